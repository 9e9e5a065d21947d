"""The embedded servers keep their data, survive being killed, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from sandbox import processes
from sandbox.embedded import (
    APP_ROLE,
    EmbeddedError,
    EmbeddedPostgres,
    EmbeddedValkey,
    start_postgres,
    start_valkey,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Not pytest's own folder: another pytest that starts meanwhile closes that to the user Postgres runs as."""
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        yield Path(folder)


async def ask(url: str, *statements: str) -> Sequence[Any]:
    engine = create_async_engine(url)
    rows: Sequence[Any] = ()
    try:
        async with engine.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement))
                rows = result.fetchall() if result.returns_rows else ()
    finally:
        await engine.dispose()
    return rows


def password_in(url: str) -> str:
    password = make_url(url).password
    assert password is not None
    return password


async def test_postgres_is_18_with_pgvector(tmp_path: Path) -> None:
    with start_postgres(tmp_path / "pg", durable=False) as urls:
        rows = await ask(
            urls.owner,
            "create extension vector",
            "select '[1,2]'::vector <-> '[1,4]'::vector, current_setting('server_version_num')::int / 10000",
        )
    assert [tuple(row) for row in rows] == [(2.0, 18)]


async def test_postgres_keeps_data_and_the_app_password_over_a_restart(tmp_path: Path) -> None:
    with start_postgres(tmp_path / "pg", durable=False) as urls:
        await ask(
            urls.owner,
            f"create role {APP_ROLE} login password '{password_in(urls.app)}'",
            "create table kept (x int)",
            f"grant select on kept to {APP_ROLE}",
            "insert into kept values (7)",
        )
    with start_postgres(tmp_path / "pg", durable=False) as again:
        assert again == urls
        rows = await ask(again.app, "select x from kept")
    assert [row.x for row in rows] == [7]


async def test_the_app_role_must_know_its_password(tmp_path: Path) -> None:
    with start_postgres(tmp_path / "pg", durable=False) as urls:
        await ask(urls.owner, f"create role {APP_ROLE} login password '{password_in(urls.app)}'")
        wrong = urls.app.replace(password_in(urls.app), "wrong")
        with pytest.raises(Exception, match="password authentication failed"):
            await ask(wrong, "select 1")


async def test_postgres_urls_reach_other_databases_and_hide_the_password(tmp_path: Path) -> None:
    with start_postgres(tmp_path / "pg", durable=False) as urls:
        other = urls.database("postgres")
        rows = await ask(other.owner, "select current_database()")
        assert rows[0][0] == "postgres"
        assert password_in(urls.app) not in repr(urls)


async def test_postgres_comes_back_after_kill_9(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg")
    urls = server.start()
    await ask(urls.owner, "create table kept (x int)", "insert into kept values (1)")
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    assert (tmp_path / "pg/pgdata/postmaster.pid").exists()
    with start_postgres(tmp_path / "pg") as again:
        rows = await ask(again.owner, "select x from kept")
    assert [row.x for row in rows] == [1]


async def test_a_pid_file_with_a_strangers_number_is_no_obstacle(tmp_path: Path) -> None:
    with start_postgres(tmp_path / "pg", durable=False):
        pass
    pid_file = tmp_path / "pg/pgdata/postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n/elsewhere\n1\n5432\n\n\n\nready\n")
    with start_postgres(tmp_path / "pg", durable=False) as urls:
        rows = await ask(urls.owner, "select 1")
    assert len(rows) == 1


def test_a_half_done_first_start_is_done_again(tmp_path: Path) -> None:
    with start_postgres(tmp_path / "pg", durable=False):
        pass
    (tmp_path / "pg/initialised").unlink()
    (tmp_path / "pg/pgdata/PG_VERSION").write_text("")
    with start_postgres(tmp_path / "pg", durable=False):
        assert (tmp_path / "pg/initialised").exists()


async def test_reset_forgets_everything(tmp_path: Path) -> None:
    with start_postgres(tmp_path / "pg", durable=False) as urls:
        await ask(urls.owner, "create table gone (x int)")
    with start_valkey(tmp_path / "vk") as url:
        await put(url, "x", "1")
    with (
        start_postgres(tmp_path / "pg", durable=False, reset=True) as urls,
        pytest.raises(DBAPIError, match="gone"),
    ):
        await ask(urls.owner, "select * from gone")
    with start_valkey(tmp_path / "vk", reset=True) as url:
        assert await get(url, "x") is None


def test_a_second_start_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (
        start_postgres(tmp_path / "pg", durable=False),
        pytest.raises(EmbeddedError, match="Postgres is running already"),
    ):
        EmbeddedPostgres(tmp_path / "pg").start()
    with start_valkey(tmp_path / "vk"), pytest.raises(EmbeddedError, match="Valkey is running already"):
        EmbeddedValkey(tmp_path / "vk").start()


def test_stopping_ends_the_process_and_twice_is_fine(tmp_path: Path) -> None:
    servers = (EmbeddedPostgres(tmp_path / "pg", durable=False), EmbeddedValkey(tmp_path / "vk"))
    for server in servers:
        server.start()
        pid = server.pid
        assert processes.alive(pid)
        server.stop()
        server.stop()
        assert not processes.alive(pid)


async def test_a_deep_folder_does_not_matter(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    with start_postgres(deep / "pg", durable=False) as urls, start_valkey(deep / "vk") as url:
        assert len(await ask(urls.owner, "select 1")) == 1
        await put(url, "x", "1")
        assert await get(url, "x") == b"1"


async def test_a_folder_with_odd_characters_does_not_matter(tmp_path: Path) -> None:
    odd = tmp_path / "my data & 100%"
    with start_postgres(odd / "pg", durable=False) as urls, start_valkey(odd / "vk") as url:
        assert len(await ask(urls.owner, "select 1")) == 1
        await put(url, "x", "1")


async def test_without_a_folder_the_data_are_thrown_away() -> None:
    with start_postgres() as urls, start_valkey() as url:
        (row,) = await ask(urls.owner, "select current_setting('data_directory')")
        await put(url, "x", "1")
        assert exists(row[0])
    assert not exists(row[0])


async def test_valkey_keeps_data_over_a_restart(tmp_path: Path) -> None:
    with start_valkey(tmp_path / "vk") as url:
        await put(url, "kept", "1")
    with start_valkey(tmp_path / "vk") as url:
        assert await get(url, "kept") == b"1"


async def test_valkey_comes_back_after_kill_9(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "vk")
    await put(server.start(), "before", "1")
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    with start_valkey(tmp_path / "vk") as url:
        assert await get(url, "before") == b"1"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_killed_starters_take_their_servers_with_them(tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from sandbox.embedded import EmbeddedPostgres, EmbeddedValkey
        postgres, valkey = EmbeddedPostgres(Path("pg"), durable=False), EmbeddedValkey(Path("vk"))
        postgres.start(), valkey.start()
        print(postgres.pid, valkey.pid, flush=True)
        time.sleep(60)
    """
    starter = subprocess.Popen(  # noqa: S603 - this very file's script
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    pids = [int(number) for number in starter.stdout.readline().split()]
    assert [processes.alive(pid) for pid in pids] == [True, True]
    starter.kill()
    starter.communicate()
    assert wait_until_gone(pids)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's start is what the other tests show then")
def test_an_ordinary_user_can_start_them_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    script = """
        import os, sys
        from pathlib import Path
        from sandbox.embedded import start_postgres, start_valkey
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        with start_postgres(Path(sys.argv[1]) / "pg", durable=False), start_valkey(Path(sys.argv[1]) / "vk"):
            print("started as", os.geteuid())
    """
    done = subprocess.run(  # noqa: S603 - this very file's script
        [sys.executable, "-c", textwrap.dedent(script), str(home)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "started as 65534\n", done.stderr


def wait_until_gone(pids: Sequence[int], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(processes.alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def exists(path: str) -> bool:
    return Path(path).exists()


async def put(url: str, key: str, value: str) -> None:
    async with Redis.from_url(url) as client:
        await client.set(key, value)


async def get(url: str, key: str) -> bytes | None:
    async with Redis.from_url(url) as client:
        value: bytes | None = await client.get(key)
    return value
