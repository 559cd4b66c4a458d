"""`fleet ladder`: what it shows, what it refuses, and that of two gates at once one moves a rung."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.clock import SystemClock
from fleet.adapters.store.audit import verify
from fleet.adapters.store.grants import (
    MONITOR,
    beat,
    last_beat,
    move_rung,
    read_grant,
    read_history,
)
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import grants
from fleet.domain.trust import Rung
from fleet.errors import InputError, WriteConflict
from fleet.release_gate.ladder import Grant
from fleet.runtime import ladder as ladder_acts
from tests.support.autonomy_world import GRAPH, VERSION, AutonomyWorld
from tests.support.verdicts import window

Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    assert main(["init", "--home", str(folder), "--json"]) == 0
    return folder


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        capsys.readouterr()
        code = main([*words, "--home", str(home), "--json"])
        out, err = capsys.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return call


def record(run: Run, folder: Path, size: int = 200, **changes: Any) -> int:
    file = folder / f"w{size}.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in window(size, **changes)), "utf-8")
    return run("gate", "decide", "--verdicts", str(file), "--record")[0]


def standing(run: Run, version: str) -> dict[str, Any]:
    _, rows, _ = run("ladder", "show")
    return next(row for row in rows if row["version"] == version)


def test_a_new_store_shows_its_graphs_at_draft(run: Run) -> None:
    code, rows, err = run("ladder")
    assert (code, err) == (0, "")
    reply = next(row for row in rows if row["graph"] == "reply")
    assert (reply["rung"], reply["effective"], reply["fell_back"]) == ("DRAFT", "DRAFT", None)
    assert reply["up"]["to"] == "SHADOW"
    assert reply["up"]["needed_verdicts"] > 0
    assert run("ladder", "show")[1] == rows


def test_a_rise_needs_a_recorded_promote(run: Run, tmp_path: Path) -> None:
    words = ("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "it is good", "--as", "ann")
    code, rows, err = run(*words)
    assert (code, rows) == (2, [])
    assert "no recorded decision" in err
    assert record(run, tmp_path, 10) == 10
    judged = standing(run, "v2")
    assert (judged["rung"], judged["last_decision"]["decision"]) == ("DRAFT", "HOLD")
    assert "PROMOTE is needed" in run(*words)[2]
    assert record(run, tmp_path) == 0
    code, (moved,), _ = run(*words)
    assert (code, moved["from"], moved["rung"], moved["by"]) == (0, "DRAFT", "SHADOW", "ann")
    assert "lifted it before" in run(*words)[2]


def test_two_rungs_at_once_are_refused(run: Run, tmp_path: Path) -> None:
    assert record(run, tmp_path) == 0
    code, _, err = run("ladder", "grant", "reply", "v2", "UNATTENDED", "--reason", "hurry")
    assert (code, "SHADOW comes first" in err) == (2, True)


def test_verdicts_from_a_file_never_let_a_machine_answer(run: Run, tmp_path: Path) -> None:
    assert record(run, tmp_path) == 0
    assert run("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "ok")[0] == 0
    assert record(run, tmp_path, 210) == 0
    code, _, err = run("ladder", "grant", "reply", "v2", "CONDITIONAL", "--reason", "ok")
    assert code == 2
    assert "not, or no longer, ours" in err
    assert "50 more verdicts beside people" in err
    assert "15 more drafts that people refuse" in err


def test_silence_of_the_monitor_is_shown_as_the_fall_it_is(
    run: Run, home: Path, tmp_path: Path
) -> None:
    record(run, tmp_path)
    run("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "ok")
    row = standing(run, "v2")
    assert (row["rung"], row["effective"], row["fell_back"]) == (
        "SHADOW", "DRAFT", "monitor silent",
    )  # fmt: skip
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    beat(store, MONITOR, SystemClock().now())
    row = standing(run, "v2")
    assert (row["effective"], row["fell_back"]) == ("SHADOW", None)
    assert row["up"]["shadow"]["needed"]["verdicts"] == 50
    run("halt", "--reason", "stop")
    assert standing(run, "v2")["fell_back"] == "halted"
    run("unhalt")
    store.write(sa.update(grants).values(expires_at="2020-01-01T00:00:00.000000Z"))
    assert standing(run, "v2")["fell_back"] == "expired"
    store.close()


def test_down_at_once_and_up_only_after_cooling(run: Run, home: Path, tmp_path: Path) -> None:
    record(run, tmp_path)
    run("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "ok")
    code, (done,), _ = run(
        "ladder", "grant", "reply", "v2", "ASSIST", "--reason", "too many errors"
    )
    assert (code, done["rung"], done["until"]) == (0, "ASSIST", None)
    assert run("ladder", "grant", "reply", "v2", "DRAFT", "--reason", "again")[0] == 0
    record(run, tmp_path, 220)
    code, _, err = run("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "again")
    assert (code, "it fell: no way up before" in err) == (2, True)
    history = standing(run, "v2")["history"]
    assert [move["to_rung"] for move in history] == ["SHADOW", "ASSIST", "DRAFT"]
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    assert verify(store).ok
    store.close()


def test_a_revocation_can_be_looked_at_first(run: Run, tmp_path: Path) -> None:
    record(run, tmp_path)
    run("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "ok")
    code, (shown,), _ = run("ladder", "revoke", "reply", "v2", "--reason", "x", "--preview")
    assert (code, shown["from"], shown["to"], shown["preview"]) == (0, "SHADOW", "DRAFT", [])
    assert standing(run, "v2")["rung"] == "SHADOW"
    code, (done,), _ = run("ladder", "revoke", "reply", "v2", "--reason", "x", "--as", "ann")
    assert (code, done["rung"], done["moved"]) == (0, "DRAFT", True)
    code, (again,), _ = run("ladder", "revoke", "reply", "v2", "--reason", "x")
    assert (code, again["moved"]) == (0, False)


def test_a_waiver_lifts_by_name_and_is_scored(run: Run, tmp_path: Path) -> None:
    assert record(run, tmp_path, 200, latency_ms=None) == 10
    grant = ("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "no timer that week",
             "--waive", "latency_p95")  # fmt: skip
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    assert "named person" in run(*grant, "--until", soon)[2]
    assert "give --until" in run(*grant, "--as", "ann")[2]
    high = ("ladder", "grant", "reply", "v2", "UNATTENDED", *grant[5:], "--as", "ann")
    assert "not enough for UNATTENDED" in run(*high, "--until", soon)[2]
    assert standing(run, "v2")["waivers"] == []
    code, (done,), _ = run(*grant, "--as", "ann", "--until", soon)
    assert (code, done["rung"], done["waiver"]["dimensions"]) == (0, "SHADOW", ["latency_p95"])
    (waiver,) = standing(run, "v2")["waivers"]
    assert (waiver["by"], waiver["score"]) == ("ann", "OPEN")


def test_safety_is_never_waived(run: Run, tmp_path: Path) -> None:
    assert record(run, tmp_path, 200, safety_pass=None) == 10
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    code, _, err = run("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "x", "--as", "ann",
                       "--until", soon, "--waive", "safety")  # fmt: skip
    assert (code, "never waived" in err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("grant", "reply", "v2", "SHADOW"),
        ("grant", "reply", "v2", "KING", "--reason", "x"),
        ("grant", "reply", "v2", "SHADOW", "--reason", "x", "--until", "soon"),
        ("grant", "reply", "v2", "SHADOW", "--reason", "x", "--until", "2020-01-01"),
        ("grant", "reply", "v2", "SHADOW", "--reason", " "),
        ("revoke", "reply"),
        ("grant", "reply", "v2", "SHADOW", "--reason", "x", "--waive", "beauty"),
    ],
)
def test_bad_usage_is_one_line_and_exit_two(run: Run, words: tuple[str, ...]) -> None:
    try:
        code, rows, err = run("ladder", *words)
    except SystemExit as left:  # argparse prints its line and leaves
        code, rows, err = int(left.code or 0), [], "\n"
    assert (code, rows, err.count("\n")) == (2, [], 1)


def test_of_two_gates_that_saw_the_same_rung_one_moves_it(tmp_path: Path) -> None:
    world = AutonomyWorld(tmp_path)
    world.stand_on(Rung.SHADOW)
    for round_ in range(5):
        seen = read_grant(world.store, GRAPH, VERSION)

        def move(actor: str, seen: Grant | None = seen) -> str | None:
            try:
                move_rung(
                    world.store, seen, GRAPH, VERSION, Rung.CONDITIONAL, start=Rung.DRAFT,
                    reason="earned", actor=actor, now=world.clock.now(), until=None,
                )  # fmt: skip
            except WriteConflict:
                return None
            return actor

        with ThreadPoolExecutor(4) as pool:
            winners = [name for name in pool.map(move, "abcd") if name]
        found = read_grant(world.store, GRAPH, VERSION)
        assert found is not None
        assert (winners, found.version_seen) == ([found.granted_by], round_ + 2)
    assert len(read_history(world.store, GRAPH, VERSION)) == 6
    assert verify(world.store).ok
    world.close()


def test_of_two_first_grants_one_is_written(tmp_path: Path) -> None:
    world = AutonomyWorld(tmp_path)

    def move(actor: str) -> bool:
        try:
            move_rung(
                world.store, None, GRAPH, "new", Rung.SHADOW, start=Rung.DRAFT, reason="earned",
                actor=actor, now=world.clock.now(), until=None,
            )  # fmt: skip
        except WriteConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(move, "abcd")) == [False, False, False, True]
    assert len(read_history(world.store, GRAPH, "new")) == 1
    assert verify(world.store).ok
    world.close()


def test_the_loser_is_told_that_another_gate_was_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = AutonomyWorld(tmp_path)
    world.stand_on(Rung.SHADOW)
    stale = read_grant(world.store, GRAPH, VERSION)
    world.stand_on(Rung.CONDITIONAL)
    monkeypatch.setattr(ladder_acts, "read_grant", lambda *_: stale)
    with pytest.raises(InputError, match="another gate moved reply reply-9 first"):
        ladder_acts.demote(world.fleet, GRAPH, VERSION, Rung.DRAFT, reason="drift", actor="monitor")
    world.close()


def test_a_late_heartbeat_never_overwrites_a_newer_one(tmp_path: Path) -> None:
    world = AutonomyWorld(tmp_path)
    now = world.clock.now()
    beat(world.store, MONITOR, now)
    beat(world.store, MONITOR, now - timedelta(hours=1))
    assert last_beat(world.store) == now
    assert last_beat(world.store, "nobody") is None
    world.close()


def test_a_round_of_the_worker_keeps_the_grants_of_a_watched_fleet_alive(
    run: Run, home: Path, tmp_path: Path
) -> None:
    from argparse import Namespace

    from fleet.commands.worker_ import _round

    args = Namespace(home=str(home), concurrency=1, json=True)
    assert _round(args, polls=True)["demoted"] == 0
    record(run, tmp_path)
    run("ladder", "grant", "reply", "v2", "SHADOW", "--reason", "ok")
    assert standing(run, "v2")["fell_back"] == "monitor silent"
    assert _round(args, polls=True)["demoted"] == 0
    assert standing(run, "v2")["fell_back"] is None
