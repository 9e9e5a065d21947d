"""`pytest --shuffle-rows`: rows that a select leaves equal come in any order, which is all that the database ever promises."""

from __future__ import annotations

from sqlalchemy import Select, event, func
from sqlalchemy.orm import ORMExecuteState, Session


def shuffle_rows() -> None:
    event.listen(Session, "do_orm_execute", _shuffle)


def _shuffle(state: ORMExecuteState) -> None:
    statement = state.statement
    # Beside `distinct` only what is selected may be ordered by.
    if isinstance(statement, Select) and not statement._distinct:
        state.statement = statement.order_by(func.random())
