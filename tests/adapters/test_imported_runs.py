"""Imported runs in the store: by the file they came in, apart from ours, and no evidence of ours."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store.evidence_reads import (
    newest_traces,
    runs_between,
    trace_origin,
    traced_graphs,
)
from fleet.adapters.store.grants import move_rung, read_grant
from fleet.adapters.store.imported import (
    count_imported,
    imported_files,
    imported_graphs,
    newest_imported,
)
from fleet.adapters.store.open import D1Store, EngineStore
from fleet.adapters.store.schema import actions, defects, drift_reports, runs, spans, traces
from fleet.adapters.store.trace_import import import_batch
from fleet.adapters.store.traces import write_run
from fleet.adapters.trace_importing import import_path
from fleet.domain.trust import Rung
from fleet.runtime import evaluation_view, imported_defects
from fleet.runtime.ladder_watch import watch
from fleet.runtime.monitor_round import monitor_round
from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory
from tests.support.autonomy_world import AutonomyWorld
from tests.support.stores import any_store

AnyStore = EngineStore | D1Store
GRAPH, VERSION = "orchestrator", "orchestrator-9"
UNVERIFIED = ("screen", "plan", "gate", "act", "finish")
USED = {"tokens": 0, "cost_usd": 0.0, "model_calls": 0}
AT = 1_767_600_000.0


@pytest.fixture(scope="module", params=["sqlite", "postgres", "d1"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnyStore]:
    with any_store(request.param, tmp_path_factory.mktemp(f"imported_{request.param}")) as made:
        yield made


@pytest.fixture
def store(shared: AnyStore) -> AnyStore:
    shared.write(sa.delete(spans), sa.delete(traces), sa.delete(runs))
    return shared


def run(key: str, at: float | None = AT, **changes: Any) -> Trajectory:
    """A run of one of our graphs that acts and never verifies, or of what `changes` say."""
    call = ToolCall(id="c", name="notes.keep", arguments={"to": "ann@buyer.test"})
    nodes = [
        Step(id=f"n{place}", parent_id=None, position=place, kind=StepKind.NODE, name=name,
             node=name, output={"n": place}, started_at=at, ended_at=at)
        for place, name in enumerate(UNVERIFIED)
    ]  # fmt: skip
    tool = Step(
        id="e", parent_id="n3", position=5, kind=StepKind.TOOL, name=call.name, node=call.name,
        input=call.arguments, tool_calls=(call,), started_at=at, ended_at=at,
    )  # fmt: skip
    made: dict[str, Any] = {
        "id": key, "source": TraceFormat.OTLP, "steps": (*nodes, tool), "name": GRAPH,
        "version": VERSION, "started_at": at, "ended_at": at, "answer": "done",
    }  # fmt: skip
    return Trajectory(**(made | changes))


def otlp(key: int) -> str:
    span = {
        "traceId": f"{key:032x}", "spanId": f"{key:016x}", "name": "invoke_agent theirs",
        "startTimeUnixNano": "1767600000000000000", "endTimeUnixNano": "1767600001000000000",
    }  # fmt: skip
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})


def test_runs_are_told_apart_by_the_file_they_came_in(store: AnyStore, tmp_path: Path) -> None:
    (folder := tmp_path / "a folder").mkdir()
    for number in (1, 2):
        (folder / f"{number}.jsonl").write_text(otlp(number) + "\n", "utf-8")
    import_path(store, folder, "auto", lambda _: None)
    import_batch(store, [run("b1"), run("b2", None, version=None), run("b3", AT + 9)], "b.jsonl")
    import_batch(store, [run("c1", name=None, answer="nul \0 and \\u0000")], "c.jsonl")
    import_batch(store, [run("d1")])
    write_run(store, run("own"), "run-own", USED, ())
    files = imported_files(store)
    hidden = "c.jsonl" if "c.jsonl" in files else "otlp"
    assert {name: n for name, n in files.items() if name not in ("c.jsonl", "otlp")} == {
        "b.jsonl": 3, "a folder": 2,
    }  # fmt: skip
    assert next(iter(files)) == "b.jsonl"
    assert files[hidden] == (1 if hidden == "c.jsonl" else 2)  # a NUL hides a name, and no more
    assert imported_graphs(store, "a folder") == {"theirs": 2}
    assert imported_graphs(store)[GRAPH] == 4
    assert (count_imported(store), count_imported(store, "b.jsonl")) == (7, 3)
    newest = newest_imported(store, "b.jsonl", 10)
    assert [row["id"] for row in newest] == ["b3", "b1", "b2"]
    assert [row["id"] for row in newest_imported(store, None, 1)] == ["b3"]
    assert newest_imported(store, "' OR 1=1 --", 10) == []


def test_late_spans_and_known_runs_keep_the_file(store: AnyStore) -> None:
    whole = run("a")
    import_batch(store, [replace(whole, steps=whole.steps[:3])], "first.jsonl")
    assert import_batch(store, [whole], "late.jsonl")["spans"] == 3
    assert imported_files(store) == {"late.jsonl": 1}
    assert import_batch(store, [whole], "again.jsonl")["unchanged"] == 1
    assert imported_files(store) == {"late.jsonl": 1}


def test_runs_of_others_are_not_counted_as_ours(store: AnyStore) -> None:
    import_batch(store, [run("a"), run("s", version=f"{VERSION}+sim.good.1")], "f.jsonl")
    write_run(store, run("own"), "run-own", USED, ())
    assert traced_graphs(store) == [{"graph": GRAPH, "real": 1, "played": 0}]
    assert [row["id"] for row in newest_traces(store, None, 9, 99, played=False)] == ["own"]
    assert newest_traces(store, None, 9, 99, played=True) == []
    assert len(newest_traces(store, None, 9, 99)) == 3
    when = newest_imported(store, None, 1)[0]["started_at"]
    assert [r["id"] for r in runs_between(store, GRAPH, VERSION, when, when, 9)] == ["own"]
    assert trace_origin(store, "own") == (True, VERSION)
    assert trace_origin(store, "a") == (False, VERSION)
    assert trace_origin(store, "none") is None


def test_a_run_of_others_in_the_name_of_a_serving_version_moves_nothing(tmp_path: Path) -> None:
    home = AutonomyWorld(tmp_path)
    now = home.clock.now()
    move_rung(
        home.store, read_grant(home.store, GRAPH, VERSION), GRAPH, VERSION, Rung.CONDITIONAL,
        start=Rung.DRAFT, reason="test", actor="ann", now=now, until=now + timedelta(days=9),
    )  # fmt: skip
    for number in range(60):
        home.clock.move(5)
        import_batch(home.store, [run(f"t{number}", home.clock.now().timestamp())], "theirs.jsonl")
    rows = evaluation_view.imported_rows(home.fleet, None, None)
    found = imported_defects.find(home.fleet, rows)
    assert {(row["code"], row["severity"]) for row in found} == {("contract_breach", "critical")}
    assert len({row["trace_id"] for row in found}) == 60
    done = monitor_round(home.fleet)
    assert (done["scanned"], done["defects"], done["reports"], done["actions"]) == (0, 0, 0, 0)
    assert watch(home.fleet) == []
    for table in (defects, actions, drift_reports):
        assert home.store.read(sa.select(table)) == []
    grant = read_grant(home.store, GRAPH, VERSION)
    assert grant is not None
    assert grant.rung is Rung.CONDITIONAL
    home.close()
