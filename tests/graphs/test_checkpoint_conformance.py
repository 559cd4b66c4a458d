"""LangGraph's own conformance suite on the configured saver, and two writers on one file."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate

from fleet.adapters.checkpoints import open_checkpoints, read_history, thread_config
from fleet.errors import EvidenceError

BASE = ("put", "put_writes", "get_tuple", "list", "delete_thread")
WRITES = 40


class AsyncFace(BaseCheckpointSaver[str]):
    """The suite speaks async, our runs do not: each call goes to the saver as it is."""

    def __init__(self, saver: Any) -> None:
        super().__init__(serde=saver.serde)
        self.saver = saver

    async def aget_tuple(self, config: Any) -> Any:
        return self.saver.get_tuple(config)

    async def alist(
        self,
        config: Any,
        *,
        filter: Any = None,  # noqa: A002  # the base class names it so
        before: Any = None,
        limit: Any = None,
    ) -> AsyncIterator[Any]:
        for item in self.saver.list(config, filter=filter, before=before, limit=limit):
            yield item

    async def aput(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        return self.saver.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: Any, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self.saver.put_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        self.saver.delete_thread(thread_id)

    def get_next_version(self, current: str | None, channel: None) -> str:
        return str(self.saver.get_next_version(current, channel))


@pytest.mark.parametrize("key", [None, "0123456789abcdef"])
def test_the_configured_sqlite_saver_passes_the_suite(tmp_path: Path, key: str | None) -> None:
    number = iter(range(10_000))

    @checkpointer_test(name=f"fleet-sqlite-{key}")
    async def factory() -> AsyncGenerator[BaseCheckpointSaver[str], None]:
        home = tmp_path / str(next(number))
        home.mkdir()
        saver = open_checkpoints(f"sqlite:///{home}/engine.db", encryption_key=key)
        try:
            yield AsyncFace(saver)
        finally:
            saver.conn.close()

    report = asyncio.run(validate(factory))
    assert report.passed_all_base(), report.to_dict()
    shown = report.to_dict()["results"]
    assert [name for name in BASE if not shown[name]["passed"]] == []
    assert sum(shown[name]["tests_passed"] for name in BASE) > 50


def test_two_writers_on_one_file_lose_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/engine.db"
    savers = [open_checkpoints(url) for _ in range(2)]

    def write(saver: Any, name: str) -> None:
        config = thread_config(name)
        for step in range(WRITES):
            checkpoint = empty_checkpoint()
            checkpoint["channel_values"] = {"n": step}
            config = saver.put(config, checkpoint, {"step": step}, {})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, savers, ["a", "b"]))
    for name in ("a", "b"):
        history = read_history(savers[0], name, 1_000)
        assert [item.metadata["step"] for item in history] == list(reversed(range(WRITES)))


def test_the_file_is_written_with_normal_sync_and_a_log_ahead(tmp_path: Path) -> None:
    saver = open_checkpoints(f"sqlite:///{tmp_path}/engine.db")
    pragma = saver.conn.execute
    assert pragma("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert pragma("PRAGMA synchronous").fetchone()[0] == 1


def test_a_corrupt_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    saver = open_checkpoints(f"sqlite:///{tmp_path}/engine.db")
    for name in ("good", "bad"):
        saver.put(thread_config(name), empty_checkpoint(), {"step": 0}, {})
    with sqlite3.connect(tmp_path / "checkpoints.db") as other:
        other.execute("UPDATE checkpoints SET checkpoint = x'c1c1' WHERE thread_id = 'bad'")
    with pytest.raises(EvidenceError, match="a checkpoint of bad cannot be read"):
        read_history(saver, "bad", 10)
    assert len(read_history(saver, "good", 10)) == 1


def test_an_encrypted_channel_is_not_readable_in_the_file(tmp_path: Path) -> None:
    saver = open_checkpoints(f"sqlite:///{tmp_path}/engine.db", encryption_key="0123456789abcdef")
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"draft": {"body": "kim@buyer.test"}}
    saver.put(thread_config("t"), checkpoint, {"step": 0}, {})
    saver.conn.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("checkpoints.db*"))
    assert b"kim@buyer.test" not in raw
