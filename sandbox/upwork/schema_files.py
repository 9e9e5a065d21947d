"""The executable schema, with and without the later additions."""

from __future__ import annotations

from functools import cache

from graphql import GraphQLSchema, build_schema

from sandbox.upwork.agreement import ADDITIONS_PREFIX, sdl_files


@cache
def executable_schema(*, additions: bool) -> GraphQLSchema:
    """Built from ``schema/*.graphql``; files named ``after_*`` are left out unless ``additions``."""
    files = [path for path in sdl_files() if additions or not path.name.startswith(ADDITIONS_PREFIX)]
    return build_schema("\n".join(path.read_text("utf-8") for path in files))
