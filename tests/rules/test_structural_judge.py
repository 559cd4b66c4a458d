"""The structural judge: what lowers a score, what it may not see, and that absent is not zero."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.evaluation.calibrate import auc_figure, fit, out_of_fold, probability
from fleet.evaluation.issues import IssueBook
from fleet.evaluation.judge import TrajectoryScore, judge
from fleet.evaluation.policy import EvaluationPolicy
from fleet.evaluation.rubric import make_rubric
from fleet.evaluation.signals import measure
from fleet.evaluation.system import contradiction
from fleet.policy import section
from fleet.stats.ranking import auc
from fleet.traces.model import Trajectory
from fleet.traces.read import read_runs

ROOT = Path(__file__).resolve().parents[2]
POLICY = section(read_policies(ROOT / "data" / "policies.toml"), "evaluation", EvaluationPolicy)
Message = dict[str, Any]


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def says(text: str) -> Message:
    return {"role": "assistant", "content": text}


def calls(name: str, own: str = "c", **arguments: Any) -> Message:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"role": "assistant", "content": "", "tool_calls": [{"id": own, "function": function}]}


def result(text: str, own: str = "c", name: str = "t") -> Message:
    return {"role": "tool", "tool_call_id": own, "name": name, "content": text}


def chat(*messages: Message, **record: Any) -> Trajectory:
    [run] = read_runs({"messages": list(messages), **record}, "f#1")
    return run


def judged(run: Trajectory, peers: float | None = None) -> TrajectoryScore:
    measured = measure(run, POLICY.findings)
    return judge(run, measured, make_rubric(run, measured), peers, POLICY)


def codes(run: Trajectory) -> set[str]:
    return {finding.code for finding in judged(run).findings}


GOOD = (
    user("Please cancel order A17, it came too late."), calls("get_order", "1", id="A17"),
    result('{"id": "A17", "total": 40}', "1"), says("Shall I cancel order A17 and refund 40?"),
    user("Yes, please."), calls("cancel_order", "2", id="A17"), result("cancelled", "2"),
    says("Order A17 is cancelled."), user("Thanks! ###STOP###"),
)  # fmt: skip


def test_a_clean_run_has_no_finding() -> None:
    score = judged(chat(*GOOD))
    assert score.findings == ()
    assert set(score.dimensions.values()) == {1.0}
    assert all(step.score in (None, 1.0) for step in score.steps)
    assert [line.fulfilled for line in score.rubric] == [True, True, True, True]


WORSE: dict[str, tuple[Message, ...]] = {
    "call_repeated": (*GOOD[:3], calls("get_order", "3", id="A17"), result("same", "3"), *GOOD[3:]),
    "act_unconfirmed": (*GOOD[:4], user("What would that cost me?"), *GOOD[5:]),
    "argument_ungrounded": (GOOD[0], calls("get_order", "1", id="B99"), *GOOD[2:]),
    "figure_ungrounded": (*GOOD[:3], says("Shall I cancel order A17 and refund 95?"), *GOOD[4:]),
    "tool_failed": (*GOOD[:1], calls("get_order", "0", id="A17"), result("Error: time out", "0"), *GOOD[1:]),
    "error_ignored": (*GOOD[:6], result("Error: locked", "2"), says("All done, order A17 is closed."), GOOD[-1]),
    "claim_without_act": (*GOOD[:5], says("Order A17 has been cancelled."), GOOD[-1]),
    "ask_unanswered": (*GOOD[:-1], user("And when does the refund reach my bank account?")),
    "ask_repeated": (*GOOD[:4], user("Please cancel order A17, it came too late!"), says("One more check: is it A17?"), *GOOD[4:]),
    "refused_then_done": (*GOOD[:3], says("Unfortunately I cannot cancel it. Still?"), *GOOD[4:]),
    "reply_repeated": (*GOOD[:4], user("Hm."), GOOD[3], *GOOD[4:]),
    "plan_unfinished": (*GOOD[:5], says("I will now cancel order A17.")),
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(WORSE))
def test_each_defect_is_found_and_never_raises_the_chance(code: str) -> None:
    clean, worse = judged(chat(*GOOD)), judged(chat(*WORSE[code]))
    found = [finding for finding in worse.findings if finding.code == code]
    assert found
    assert found[0].step_id is not None
    assert min(value for value in worse.dimensions.values() if value is not None) < 1
    assert clean.success_probability is not None
    assert worse.success_probability is not None
    if code not in ("refused_then_done", "claim_without_act", "plan_unfinished"):
        assert worse.success_probability < clean.success_probability


def test_the_judge_never_sees_the_outcome() -> None:
    labels: tuple[dict[str, Any], ...] = (
        {},
        {"reward": 0.0},
        {"reward": 1.0},
        {"score": 0.3, "info": {"answer": "x"}},
    )
    seen = {judged(chat(*GOOD, **label)).success_probability for label in labels}
    assert len(seen) == 1


def test_what_offers_no_evidence_is_none_and_not_a_pass() -> None:
    talk = judged(chat(user("Tell me about spring."), says("It is warm and green.")))
    assert talk.dimensions["grounding"] is None
    assert talk.dimensions["policy"] is None
    assert talk.confidence < judged(chat(*GOOD)).confidence
    empty = judged(chat())
    assert (empty.score, empty.success_probability, empty.step_mean) == (None, None, None)
    people_only = judged(chat(user("hello there")))
    assert (people_only.score, people_only.success_probability) == (None, None)


@pytest.mark.parametrize(
    ("peers", "found"), [(None, False), (4.0, False), (3.6, True), (3.7, False)]
)
def test_a_run_is_long_only_against_its_peers(peers: float | None, found: bool) -> None:
    run = chat(*GOOD)
    assert len(run.steps) == 9
    assert ("much_longer_than_peers" in {f.code for f in judged(run, peers).findings}) is found


def test_issues_keep_their_ids_over_runs_orders_and_figures() -> None:
    def book(*texts: str) -> dict[str, int]:
        kept = IssueBook()
        for place, text in enumerate(texts):
            run = chat(
                GOOD[0],
                calls("get_order", "1", id="A17"),
                result(text, "1"),
                says("I see an error."),
            )
            kept.add(f"t{place}", judged(run).findings, None)
        return {issue["id"]: issue["runs"] for issue in kept.as_json()}

    first = book(
        "Error: order 17 is locked by 'ann'", "Error: order 99 is locked by 'bob'", "Error: down"
    )
    assert sorted(first.values()) == [1, 2]
    assert first == book(
        "Error: down", "Error: order 5 is locked by 'eve'", "Error: order 6 is locked by 'joe'"
    )


def test_issue_frequency_carries_its_interval_and_what_it_did_to_success() -> None:
    kept = IssueBook()
    bad, good = judged(chat(*WORSE["call_repeated"])).findings, judged(chat(*GOOD)).findings
    for place in range(4):
        kept.add(f"t{place}", bad if place == 0 else good, float(place > 0))
    [issue] = kept.as_json()
    assert issue["frequency"] == {"value": 0.25, "low": 0.0456, "high": 0.6994, "n": 4}
    assert (issue["success_with"]["value"], issue["success_without"]["value"]) == (0.0, 1.0)
    assert issue["examples"][0]["trace_id"] == "t0"


@pytest.mark.parametrize(
    ("steps", "chance", "outcome", "kind"),
    [
        (0.95, 0.5, 0.0, "good_steps_bad_outcome"),
        (0.95, 0.5, 1.0, None),
        (0.94, 0.5, 0.0, None),
        (0.69, 0.5, 1.0, "bad_steps_good_outcome"),
        (0.95, 0.34, None, "good_steps_bad_outcome"),
        (0.95, 0.35, None, None),
        (0.69, 0.61, None, "bad_steps_good_outcome"),
        (None, 0.1, None, None),
    ],
)
def test_levels_that_disagree_are_named(
    steps: float | None, chance: float, outcome: float | None, kind: str | None
) -> None:
    score = replace(
        judged(chat(*GOOD)), step_mean=steps, success_probability=chance, confidence=1.0
    )
    assert contradiction(outcome, score, POLICY) == kind


def test_an_unlabelled_run_with_thin_evidence_contradicts_nothing() -> None:
    score = replace(judged(chat(*GOOD)), step_mean=1.0, success_probability=0.1, confidence=0.59)
    assert contradiction(None, score, POLICY) is None


def test_a_fit_finds_the_signal_and_keeps_defects_from_helping() -> None:
    rng = random.Random(3)
    rows, labels = [], []
    for _ in range(200):
        label = rng.random() < 0.5
        rows.append(
            {
                "repeats": rng.gauss(0 if label else 1, 0.5),
                "failures": rng.gauss(label, 0.5),
                "acts": None,
            }
        )
        labels.append(int(label))
    fitted = fit(rows, labels, l2=1.0)
    assert fitted.weight["repeats"] < -1
    assert fitted.weight["failures"] == -0.1  # helps in these labels, and may not
    assert probability(fitted, {"repeats": 0, "failures": 0}) > probability(
        fitted, {"repeats": 2, "failures": 0}
    )
    assert probability(fitted, {}) == pytest.approx(0.5, abs=0.1)


def test_out_of_fold_scores_know_nothing_of_their_task() -> None:
    groups = [f"g{i % 20}" for i in range(200)]
    rows = [{f"g{j}": float(group == f"g{j}") for j in range(20)} for group in groups]
    labels = [int(group[1:]) % 2 for group in groups]
    inside = fit(rows, labels, l2=1.0)
    assert auc(labels, [probability(inside, row) for row in rows]) == 1.0
    scores = out_of_fold(rows, labels, groups, l2=1.0, folds=5, rng=random.Random(1))
    figure = auc_figure(labels, scores, groups, resamples=200, rng=random.Random(2))
    assert figure.value is not None
    assert figure.value <= 0.5  # each task was met for the first time


def test_a_run_that_is_nested_deep_or_hostile_is_judged_all_the_same() -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    run = chat(
        user("<script>alert(1)</script>"),
        calls("f", "1", deep=deep),
        result("\x00\u202e", "1"),
        says("ok"),
    )
    assert judged(run).score is not None
