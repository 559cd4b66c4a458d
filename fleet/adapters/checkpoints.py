"""LangGraph checkpoints: SQLite with `synchronous=NORMAL` or PostgreSQL; strict deserialising."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from fleet.errors import InputError


def open_checkpoints(engine_url: str, *, encryption_key: str | None = None) -> Any:
    """Return the saver beside an engine URL; its channels are encrypted when a key is set."""
    serde = _serializer(encryption_key)
    if engine_url.startswith("postgresql"):
        return _open_postgres(engine_url, serde)
    database = sa.make_url(engine_url).database
    if not database:
        raise InputError(f"FLEET_ENGINE_URL {engine_url!r} names no file: give sqlite:///path")
    file = Path(database).with_name("checkpoints.db")
    connection = sqlite3.connect(file, check_same_thread=False, timeout=30)
    saver = SqliteSaver(connection, serde=serde)
    saver.setup()
    connection.execute("PRAGMA synchronous=NORMAL")
    return saver


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
    saver.setup()
    return saver
