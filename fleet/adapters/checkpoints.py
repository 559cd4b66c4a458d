"""LangGraph checkpoints: SQLite with `synchronous=NORMAL` or PostgreSQL; strict deserialising."""

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from fleet.adapters.store.engine import advise
from fleet.errors import EvidenceError, InputError, StoreError

LOCK = 0x5A1E5F1EE7  # of this fleet, among the server's advisory locks
SETUP_LOOKS, SETUP_LOOK_S = 300, 0.1
BRANCH = "branch:to:"  # LangGraph's channels of the nodes to run next


def open_checkpoints(engine_url: str, *, encryption_key: str | None = None) -> Any:
    """Return the saver beside an engine URL; its channels are encrypted when a key is set.

    Raises InputError for a URL without a file, StoreError for a file that cannot be used.
    """
    serde = _serializer(encryption_key)
    if engine_url.startswith("postgresql"):
        return _open_postgres(engine_url, serde)
    database = sa.make_url(engine_url).database
    if not database:
        raise InputError(f"FLEET_ENGINE_URL {engine_url!r} names no file: give sqlite:///path")
    file = Path(database).with_name("checkpoints.db")
    try:
        connection = sqlite3.connect(file, check_same_thread=False, timeout=30)
        saver = SqliteSaver(connection, serde=serde)
        saver.setup()
        connection.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.Error as error:
        raise StoreError(f"the checkpoints cannot be opened: {advise(str(error))}") from error
    return saver


def thread_config(thread_id: str, checkpoint_id: str | None = None) -> dict[str, Any]:
    """Return the configuration that names a thread, or one of its checkpoints."""
    config = {"thread_id": thread_id, "checkpoint_ns": ""}
    return {"configurable": config | ({"checkpoint_id": checkpoint_id} if checkpoint_id else {})}


def read_state(graph: Any, config: Mapping[str, Any]) -> Any:
    """Return where a thread of a compiled graph stands.

    Raises EvidenceError when its checkpoint cannot be read, StoreError when the file cannot.
    """
    return _guarded(lambda: graph.get_state(config), config)


def read_history(saver: Any, thread_id: str, limit: int) -> list[Any]:
    """Return a thread's checkpoints (LangGraph tuples), the newest first; errors as above."""
    config = thread_config(thread_id)
    return list(_guarded(lambda: list(saver.list(config, limit=limit)), config))


def next_steps(checkpoint: Any) -> list[str]:
    """Return the nodes that a checkpoint would run next; empty at the end."""
    values = checkpoint.checkpoint["channel_values"]
    waiting = [name.removeprefix(BRANCH) for name in values if name.startswith(BRANCH)]
    return ["__start__"] if "__start__" in values else sorted(waiting)


def copy_checkpoint(saver: Any, checkpoint: Any, thread_id: str) -> None:
    """Begin a new thread with a copy of a checkpoint; the old thread stays as it is."""
    saver.put(
        thread_config(thread_id), checkpoint.checkpoint,
        dict(checkpoint.metadata) | {"source": "fork"}, checkpoint.checkpoint["channel_versions"],
    )  # fmt: skip


def run_graph(graph: Any, given: Any, config: Mapping[str, Any]) -> Any:
    """Run a compiled graph to its end or its next wait, each step kept before the next begins.

    Raises StoreError when the checkpoints cannot be kept; what a step raises comes as it is.
    """
    try:
        return graph.invoke(given, config, durability="sync")
    except Exception as error:
        if isinstance(error, sqlite3.Error) or type(error).__module__.startswith("psycopg"):
            raise StoreError(f"the checkpoints cannot be kept: {advise(str(error))}") from error
        raise


def _guarded(read: Any, config: Mapping[str, Any]) -> Any:
    try:
        return read()
    except sqlite3.Error as error:
        raise StoreError(f"the checkpoints cannot be read: {error}") from error
    except Exception as error:
        if type(error).__module__.startswith("psycopg"):
            raise StoreError(f"the checkpoints cannot be read: {error}") from error
        thread = config["configurable"]["thread_id"]
        raise EvidenceError(
            f"a checkpoint of {thread} cannot be read ({type(error).__name__}): fork the run from "
            "its start, or cancel it"
        ) from error


def _serializer(key: str | None) -> Any:
    strict = JsonPlusSerializer(allowed_msgpack_modules=None)
    if key is None:
        return strict
    from langgraph.checkpoint.serde.encrypted import EncryptedSerializer

    return EncryptedSerializer.from_pycryptodome_aes(strict, key=key.encode())


def _open_postgres(engine_url: str, serde: Any) -> Any:
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    url = engine_url.replace("postgresql+psycopg://", "postgresql://")
    settings = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: Any = ConnectionPool(url, min_size=1, max_size=8, kwargs=settings, open=True)
    saver = PostgresSaver(pool, serde=serde)
    _set_up(saver, pool)
    return saver


def _set_up(saver: Any, pool: Any) -> None:
    """Create the saver's tables, one process at a time: its migrations fail when two run at once.

    A process that blocked on the lock would hold a snapshot, which the migrations wait for to end.
    """
    with pool.connection() as connection:
        for left in reversed(range(SETUP_LOOKS)):
            if connection.execute("SELECT pg_try_advisory_lock(%s) AS ours", [LOCK]).fetchone()[
                "ours"
            ]:
                break
            if not left:
                raise StoreError(
                    "another process has set up the checkpoints for over 30 s: try again"
                )
            time.sleep(SETUP_LOOK_S)
        try:
            saver.setup()
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
