"""A version's voice and its running sums: what moves them, and what does not."""

import json
import random
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.monitor.persona import persona_distances
from fleet.monitor.policy import DriftPolicy
from fleet.monitor.stream import StreamPolicy
from fleet.monitor.version_drift import PERSONA, VersionDrift, compare_runs
from fleet.monitor.version_stream import Kept, features_of, go_on, start
from fleet.policy import section
from fleet.runtime.monitor_streams import with_streams

STREAM = section(read_policies(), "monitor.stream", StreamPolicy)
DRIFT = section(read_policies(), "monitor.drift", DriftPolicy)
NAMES = ("Ann", "Bo", "Cy", "Dee", "Eve")
PARTS = (
    "Thank you for your mail about the renewal.", "We would be glad to show you the product.",
    "Would Tuesday at {} suit you?", "The price of the plan is {} euros a seat.",
    "I have attached the overview that you asked for.",
)  # fmt: skip
BLUNT = ("U WANT IT OR NOT", "gr8 deal!!! act NOW {}", "lol no worries m8", "price = {}, cheap!!!")


def letter(rng: random.Random, parts: tuple[str, ...] = PARTS) -> str:
    chosen = [part.format(rng.randint(1, 99)) for part in rng.sample(parts, 3)]
    return f"Dear {rng.choice(NAMES)},\n\n" + " ".join(chosen)


def run(
    rng: random.Random, *, spans: float = 8.0, failed: float = 0.05, text: str | None = None
) -> dict[str, Any]:
    return {
        "spans": max(1, round(rng.gauss(spans, 1.0))), "tokens": 0, "cost_usd": 0.0, "tools": (),
        "path": ("a",), "status": "error" if rng.random() < failed else "ok", "verdict": {},
        "kind": "all", "started_at": None, "ended_at": None, "text": text,
    }  # fmt: skip


def runs(seed: int, n: int, **more: Any) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [run(rng, **more) for _ in range(n)]


def states(kept: Kept) -> dict[str, str]:
    return {f["name"]: f["state"] for f in features_of(kept)}


def test_another_voice_is_far_and_the_same_one_is_not() -> None:
    rng = random.Random(1)
    before = [letter(rng) for _ in range(80)]
    same, other = [letter(rng) for _ in range(80)], [letter(rng, BLUNT) for _ in range(80)]
    first, near = persona_distances(before, same)
    _, far = persona_distances(before, other)
    middle = [sorted(d for d in side if d is not None)[40] for side in (first, near, far)]
    assert middle[1] == pytest.approx(middle[0], abs=0.02)
    assert middle[2] > 2 * middle[0]


def test_runs_without_a_text_have_no_distance() -> None:
    assert persona_distances([None, "short", "x" * 30], ["y" * 30]) == ([None] * 3, [None])
    first, second = persona_distances(
        ["dear ann, hello there"] * 2, [None, "dear ann, hello there"]
    )
    assert first == [pytest.approx(0), pytest.approx(0)]
    assert second == [None, pytest.approx(0)]


def test_a_version_that_changes_its_voice_drifts_in_it_alone() -> None:
    rng = random.Random(3)
    before = [run(rng, text=letter(rng)) for _ in range(200)]
    after = [run(rng, text=letter(rng, BLUNT)) for _ in range(200)]
    assert compare_runs(before, after, DRIFT).drifted == [PERSONA]
    same = [run(rng, text=letter(rng)) for _ in range(200)]
    assert compare_runs(before, same, DRIFT).drifted == []


def test_a_shift_too_small_for_a_window_is_found_in_the_end() -> None:
    """Half a step on eight, in windows of 200 runs that each look alike."""
    before = runs(1, 400)
    kept = start(before, STREAM)
    assert states(kept)["steps (stream)"] == "STABLE"
    for week in range(2, 12):
        kept = go_on(kept, runs(week, 200, spans=8.6))
    assert states(kept)["steps (stream)"] == "DRIFT"
    assert states(kept)["failed (stream)"] == "STABLE"


def test_runs_that_do_not_change_stay_silent() -> None:
    kept = start(runs(1, 400), STREAM)
    for week in range(2, 12):
        kept = go_on(kept, runs(week, 200))
    assert set(states(kept).values()) <= {"STABLE", "WATCH"}


def test_a_stream_goes_on_from_what_a_report_kept_as_json() -> None:
    kept, whole = start(runs(1, 400), STREAM), start(runs(1, 400), STREAM)
    for week in range(2, 6):
        kept = go_on(kept, runs(week, 100, failed=0.08))
        report = json.loads(json.dumps(features_of(kept), allow_nan=False))
        kept = Kept.of(report, STREAM)
        whole = go_on(whole, runs(week, 100, failed=0.08))
    assert features_of(kept) == features_of(whole)
    assert "over 400 runs" in features_of(kept)[0]["test"]


PAIRS: dict[str, dict[str, Any]] = {  # states of reports that kept one pair of sums, after 99 runs without a change
    "steps": {
        "mean": 8.0, "spread": 1.0, "threshold": 14.4, "slack": 0.05, "n": 99, "state": "STABLE",
        "up": {"total": 1.5, "zero": 90, "held": False},
        "down": {"total": 0.0, "zero": 99, "held": False},
        "at": None, "change_point": None, "recent": [0.5] * 9,
    },
    "failed": {
        "mean": 0.05, "spread": None, "threshold": 5.37, "slack": 0.2, "n": 99, "state": "WATCH",
        "up": {"total": 5.0, "zero": 60, "held": True},
        "down": {"total": 0.0, "zero": 99, "held": False}, "at": None, "change_point": None,
    },
}  # fmt: skip


def kept_pairs(**changed: Any) -> Kept:
    features = [{"name": f"{n} (stream)", "sums": s | changed} for n, s in PAIRS.items()]
    return Kept.of(features, STREAM)


def test_a_report_that_kept_one_pair_of_sums_goes_on_with_it() -> None:
    kept = kept_pairs()
    assert {f["name"]: f["effect"] for f in features_of(kept)} == {
        "steps (stream)": round(1.5 / 14.4, 6), "failed (stream)": round(5.0 / 5.37, 6),
    }  # fmt: skip
    quiet = go_on(kept, runs(5, 100, failed=0.0))
    assert states(quiet)["steps (stream)"] == "STABLE"
    loud = go_on(quiet, runs(6, 40, spans=11.0, failed=0.5))
    assert set(states(loud).values()) == {"DRIFT"}
    found = {f["name"]: f["change_point"] for f in features_of(loud)}
    assert found["steps (stream)"] == pytest.approx(199, abs=4)
    assert features_of(Kept.of(json.loads(json.dumps(features_of(quiet))), STREAM)) == features_of(
        quiet
    )


def test_a_pair_takes_its_next_run_by_its_own_allowance_slack_and_window() -> None:
    """The window ends with the 100th run, the second in a row above the watch line."""
    row = run(random.Random(1), failed=1.0) | {"spans": 9}
    found = {name: each for name, each in go_on(kept_pairs(), [row]).sums.items()}
    assert found["steps"].bank[0].total == pytest.approx(1.5 + 1.0 - 0.25 - 0.05)
    assert found["failed"].bank[0].total == pytest.approx(5.0 + 0.6345, abs=1e-4)
    assert found["failed"].state == "DRIFT"


def test_a_pair_that_had_drifted_stays_so() -> None:
    kept = kept_pairs(state="DRIFT", at=98, change_point=91)
    assert features_of(go_on(kept, runs(7, 50))) == features_of(kept)
    assert [f["change_point"] for f in features_of(kept)] == [91, 91]


def test_few_runs_or_runs_all_alike_give_no_stream() -> None:
    assert features_of(start(runs(1, 20), STREAM)) == []
    alike = [run(random.Random(1)) for _ in range(200)]
    assert "steps (stream)" not in states(start(alike, STREAM))


@pytest.mark.parametrize(
    ("windows", "input_mix", "stream", "state"),
    [
        ("STABLE", "STABLE", "DRIFT", "DRIFT"),
        ("STABLE", "STABLE", "WATCH", "WATCH"),
        ("WATCH", "DRIFT", "DRIFT", "WATCH"),
        ("DRIFT", "STABLE", "STABLE", "DRIFT"),
        ("WARMING", "STABLE", "STABLE", "WARMING"),
    ],
)
def test_the_worse_of_windows_and_streams_counts_while_the_input_stays(
    windows: str, input_mix: str, stream: str, state: str
) -> None:
    found = VersionDrift(
        state=windows, features=({"name": "input_mix", "state": input_mix},), reference_n=1,
        current_n=1,
    )  # fmt: skip
    assert with_streams(found, [{"name": "steps (stream)", "state": stream}]) == state
