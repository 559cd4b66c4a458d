"""Every run leaves one whole trace, whatever kills the process."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.engine import DEAD_AFTER_S
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import runs, spans, traces
from fleet.adapters.trace_files import TraceFiles
from fleet.traces.spans import trace_id_of
from tests.support.cli import environment, rows, run_fleet
from tests.support.langsmith_receiver import Receiver, receiver

MAILS = 20
KEY = "lsv2-never-in-a-body"
DRAFTED = ("screen", "score", "compose", "queue", "close")
STOPPED = ("screen", "close")
KILLS = (
    ("inbox_acts.StoreInbox", "queue", "3"),  # in the middle of a run
    ("checkpoints.SqliteSaver", "put", "17"),  # between a step's writes and the checkpoint after
    ("checkpoints.SqliteSaver", "put_writes", "18"),  # between a step's effect and its writes
    ("tracing.LocalTracer", "record", "4"),  # after the end of a run, before its trace
    ("tracing", "write_run", "3"),  # between the line of a trace and its rows
)


KILLER = """
import os, sys
from fleet.adapters import checkpoints, tracing, tracing_files
from fleet.runtime import inbox_acts

owner, name, when = eval(sys.argv[1]), sys.argv[2], int(sys.argv[3])
real, calls = getattr(owner, name), []

def dying(*given, **more):
    calls.append(1)
    if len(calls) == when:
        os._exit(9)
    return real(*given, **more)

setattr(owner, name, dying)
from fleet.__main__ import main
sys.exit(main(sys.argv[4:]))
"""


def fleet(
    home: Path, *words: str, more: dict[str, str] | None = None, kill: tuple[str, ...] = ()
) -> list[Any]:
    """Run a command; `kill` names a function whose n-th call ends the process at once."""
    start = ("-c", KILLER, *kill) if kill else ("-m", "fleet")
    return run_fleet(
        home, *words, env=environment(**(more or {})), code=9 if kill else 0, start=start
    )


def nodes(home: Path) -> dict[str, Counter[str]]:
    """The good node spans of each trace, by name."""
    query = sa.select(spans.c.trace_id, spans.c.name).where(
        spans.c.kind == "node", spans.c.parent_id.is_not(None), spans.c.status == "ok"
    )
    found: dict[str, Counter[str]] = {}
    for row in rows(home, query):
        found.setdefault(row["trace_id"], Counter())[row["name"]] += 1
    return found


def test_every_run_leaves_one_whole_trace_though_the_process_is_killed(home: Path) -> None:
    for kill in KILLS:
        fleet(home, "run", "inbox", "--limit", str(MAILS), kill=kill)
    time.sleep(DEAD_AFTER_S + 1)  # a fast machine asks before the killed worker's heart is over
    fleet(home, "run", "inbox", "--limit", str(MAILS))
    ended = rows(home, sa.select(runs).where(runs.c.status == "completed"))
    assert len(ended) >= MAILS
    assert {run["trace_id"] for run in ended} == {trace_id_of(run["id"]) for run in ended}
    found = nodes(home)
    for run in ended:
        wanted = STOPPED if run["outcome"].startswith("skipped:") else DRAFTED
        assert found[run["trace_id"]] == Counter(wanted), run
    kept = rows(home, sa.select(traces))
    assert len(kept) == len(ended)
    read = {run.id: run for run in TraceFiles(home / "traces").runs()}
    assert set(read) >= {run["trace_id"] for run in ended}
    assert {step.name for step in read[ended[0]["trace_id"]].steps} >= set(STOPPED)


def people(home: Path) -> set[str]:
    """Words of the sample that name a person or reach one."""
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    try:
        mails = store.read(
            sa.text("SELECT from_address, from_name FROM emails WHERE direction='in'")
        )
    finally:
        store.close()
    addresses = {row["from_address"] for row in mails}
    return addresses | {row["from_name"] for row in mails if row["from_name"]}


def told_of(told: Receiver, project: str) -> dict[str, str]:
    return {
        "LANGSMITH_API_KEY": KEY, "LANGSMITH_ENDPOINT": told.url, "LANGSMITH_PROJECT": project,
        "LANGSMITH_TRACING": "true",
    }  # fmt: skip


def langsmith_item(
    home: Path, told: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, str]:
    """What the doctor says of LangSmith."""
    for name, value in told_of(told, "sales").items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    assert main(["doctor", "--home", str(home), "--json"]) == 0
    items: list[dict[str, str]] = json.loads(capsys.readouterr().out)["items"]
    return next(item for item in items if item["name"] == "langsmith")


def test_langsmith_gets_every_run_and_nobodys_name(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with receiver() as told:
        fleet(home, "run", "inbox", "--limit", str(MAILS), more=told_of(told, "sales"))
        item = langsmith_item(home, told, monkeypatch, capsys)
    roots = [run for run in told.runs.values() if run.get("parent_run_id") is None]
    assert len(roots) == MAILS
    assert {run["session_name"] for run in told.runs.values()} == {"sales"}
    sent = b"".join(told.bodies).decode()
    assert [word for word in people(home) if word in sent] == []
    assert KEY not in sent
    assert (item["state"], item["detail"]) == ("ok", f"{MAILS} traces sent, 0 dropped")


def test_a_broken_langsmith_costs_the_run_nothing_but_counts(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with receiver() as told:
        told.status = 500
        (answer,) = fleet(home, "run", "inbox", "--limit", "5", more=told_of(told, "sales"))
        item = langsmith_item(home, told, monkeypatch, capsys)
    assert (answer["handled"], answer["failed"]) == (5, 0)
    assert item["state"] == "degraded"
    assert item["detail"] == "0 traces sent, 5 dropped (last: HTTP 500)"
