"""LangGraph's own conformance suite on each configured saver, two writers, and a killed one."""

import asyncio
import itertools
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate

from fleet.adapters.checkpoints import open_checkpoints, read_history, thread_config
from fleet.errors import EvidenceError
from tests.support.stores import fresh_database, start_postgres

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sqlite", "postgres")
BASE = ("put", "put_writes", "get_tuple", "list", "delete_thread")
WRITES = 40
TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
WRITER = """
import sys
from langgraph.checkpoint.base import empty_checkpoint
from fleet.adapters.checkpoints import open_checkpoints, thread_config

saver, config = open_checkpoints(sys.argv[1]), thread_config("t")
for step in range(1_000_000):
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"n": step, "text": "x" * 2_000}
    checkpoint["channel_versions"] = {"n": str(step), "text": str(step)}
    config = saver.put(config, checkpoint, {"step": step}, checkpoint["channel_versions"])
    saver.put_writes(config, [("n", step)], f"task {step}")
    print(step, flush=True)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from start_postgres(tmp_path_factory.mktemp("checkpoints_pg"))


@pytest.fixture
def url_of(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Return a fresh engine URL of a kind."""
    number = itertools.count()

    def make(kind: str) -> str:
        if kind == "postgres":
            return fresh_database(request.getfixturevalue("server"))
        home = tmp_path / str(next(number))
        home.mkdir()
        return f"sqlite:///{home}/engine.db"

    return make


def close(saver: Any) -> None:
    saver.conn.close()


def empty(url: str) -> None:
    """Remove every checkpoint: a database of its own for each case would take minutes."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for table in TABLES:
            connection.execute(f"TRUNCATE {table}".encode())


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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [None, "0123456789abcdef"])
def test_each_configured_saver_passes_the_suite(
    url_of: Callable[[str], str], kind: str, key: str | None
) -> None:
    shared = url_of(kind) if kind == "postgres" else None

    @checkpointer_test(name=f"fleet-{kind}-{key}")
    async def factory() -> AsyncGenerator[BaseCheckpointSaver[str], None]:
        saver = open_checkpoints(shared or url_of(kind), encryption_key=key)
        if shared:
            empty(shared)
        try:
            yield AsyncFace(saver)
        finally:
            close(saver)

    report = asyncio.run(validate(factory))
    assert report.passed_all_base(), report.to_dict()
    shown = report.to_dict()["results"]
    assert [name for name in BASE if not shown[name]["passed"]] == []
    assert sum(shown[name]["tests_passed"] for name in BASE) > 50


def put_steps(saver: Any, name: str) -> None:
    config = thread_config(name)
    for step in range(WRITES):
        checkpoint = empty_checkpoint()
        checkpoint["channel_values"] = {"n": step}
        config = saver.put(config, checkpoint, {"step": step}, {})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("names", [("a", "b"), ("t", "t")], ids=["two threads", "one thread"])
def test_two_writers_lose_nothing(
    url_of: Callable[[str], str], kind: str, names: tuple[str, str]
) -> None:
    url = url_of(kind)
    savers = [open_checkpoints(url) for _ in names]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(put_steps, savers, names))
    once = list(reversed(range(WRITES)))
    for name in set(names):
        history = read_history(savers[0], name, 1_000)
        wanted = once if len(set(names)) > 1 else sorted(once * 2, reverse=True)
        assert sorted((item.metadata["step"] for item in history), reverse=True) == wanted
        by_id = {item.config["configurable"]["checkpoint_id"]: item for item in history}
        parents = [item.parent_config for item in history if item.parent_config]
        assert all(parent["configurable"]["checkpoint_id"] in by_id for parent in parents)
    for saver in savers:
        close(saver)


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_writer_leaves_every_step_it_had_said_was_kept(
    url_of: Callable[[str], str], kind: str
) -> None:
    url = url_of(kind)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    while int(writer.stdout.readline()) < WRITES:
        continue
    time.sleep(0.013)  # somewhere inside a step
    writer.send_signal(signal.SIGKILL)
    said = [int(line) for line in writer.stdout.read().split("\n") if line.strip().isdigit()]
    writer.wait()
    last = max(said, default=WRITES)
    saver = open_checkpoints(url)
    history = read_history(saver, "t", 10_000)
    steps = [item.metadata["step"] for item in history]
    assert steps == list(reversed(range(len(steps))))
    assert len(steps) in (last + 1, last + 2)
    assert [item.checkpoint["channel_values"]["n"] for item in history] == steps
    assert all(item.pending_writes for item in history[1:])
    close(saver)


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
