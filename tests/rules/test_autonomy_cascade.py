"""The autonomy gate fails closed: whatever is missing, broken or another text goes to people."""

import dataclasses
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.files import read_policies
from fleet.evaluation.autonomy import (
    AutonomyPolicy,
    Case,
    JudgeReply,
    Readiness,
    Seen,
    judge_draft,
    readiness,
)
from fleet.evaluation.autonomy.calibration import Calibration, fit_calibration
from fleet.evaluation.autonomy.shadow import must_demote
from fleet.evaluation.autonomy.values import ClaimSeen
from fleet.evaluation.autonomy.vetoes import banned_in
from fleet.policy import section

POLICY = section(read_policies(), "autonomy", AutonomyPolicy)
BODY = "Hello Ann. Thank you for your mail. The price of the small plan is 55 USD a month. Best."
GOOD = Case(
    draft_id="d1", graph="reply", version="v2", stored_hash="h", actual_hash="h", subject="Re: Q",
    body=BODY, language="en", languages=("en", "de"), claims=(ClaimSeen(supported=True, rows=1),),
    risk="low", suppressed=False, stop="", newer_mail=False, fits_recipient=True, banned=(),
    missing_footer=(), confidence=0.9, writer_prompt="writer",
)  # fmt: skip
JUDGE = JudgeReply(score=0.9, text_hash="h", model="m", prompt_digest="judge")
NEEDED = (
    "stored_hash", "actual_hash", "subject", "body", "language", "claims", "risk", "suppressed",
    "stop", "newer_mail", "fits_recipient", "banned", "missing_footer", "confidence",
)  # fmt: skip


def changed(**changes: Any) -> Case:
    return dataclasses.replace(GOOD, **changes)


def test_a_clean_draft_is_approved_for_its_own_hash() -> None:
    verdict = judge_draft(GOOD, POLICY)
    assert (verdict.approves, verdict.vetoes, verdict.text_hash) == (True, (), "h")
    assert verdict.composite == pytest.approx((0.4 + 0.3 + 0.1 * 0.9) / 0.8, abs=1e-6)


@pytest.mark.parametrize("name", NEEDED)
def test_each_missing_fact_goes_to_people(name: str) -> None:
    assert not judge_draft(changed(**{name: None}), POLICY).approves


@given(
    gone=st.sets(st.sampled_from(NEEDED), min_size=1), score=st.floats(0, 1),
    confidence=st.floats(0, 1),
)  # fmt: skip
def test_never_approves_when_anything_is_missing(
    gone: set[str], score: float, confidence: float
) -> None:
    known: dict[str, Any] = {
        "confidence": confidence, "judge": dataclasses.replace(JUDGE, score=score),
    }  # fmt: skip
    assert not judge_draft(changed(**(known | dict.fromkeys(gone))), POLICY).approves


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"stored_hash": "other"}, "hash names"),
        ({"suppressed": True}, "suppressed"),
        ({"stop": "opt_out"}, "stop condition: opt_out"),
        ({"newer_mail": True}, "wrote again"),
        ({"claims": (ClaimSeen(supported=False, rows=1),)}, "1 claims without a row"),
        ({"claims": (ClaimSeen(supported=True, rows=0),)}, "1 claims without a row"),
        ({"claims": ()}, "structure: claims"),
        ({"risk": "high"}, "risk is high"),
        ({"risk": "none"}, "risk is not known"),
        ({"banned": ("act now",)}, "act now"),
        ({"fits_recipient": False}, "not the one that wrote"),
        ({"body": "Hi."}, "structure: length"),
        ({"body": BODY + " {{name}}"}, "structure: no_placeholder"),
        ({"body": BODY + " [First Name]"}, "structure: no_placeholder"),
        ({"subject": " "}, "structure: subject"),
        ({"language": "xx"}, "structure: language"),
        ({"missing_footer": ("opt_out",)}, "structure: footer"),
    ],
)
def test_a_veto_stands_whatever_the_scores_say(changes: dict[str, Any], word: str) -> None:
    verdict = judge_draft(changed(judge=dataclasses.replace(JUDGE, score=1.0), **changes), POLICY)
    assert not verdict.approves
    assert any(word in veto for veto in verdict.vetoes), verdict.vetoes


@pytest.mark.parametrize(
    "reply",
    [
        JudgeReply(score=None, text_hash="h", prompt_digest="judge"),
        JudgeReply(score=math.nan, text_hash="h", prompt_digest="judge"),
        JudgeReply(score=math.inf, text_hash="h", prompt_digest="judge"),
        JudgeReply(score=1.2, text_hash="h", prompt_digest="judge"),
        JudgeReply(score=-0.1, text_hash="h", prompt_digest="judge"),
        JudgeReply(score=1.0, text_hash="h", prompt_digest="judge", error="timeout"),
        JudgeReply(score=1.0, text_hash="another", prompt_digest="judge"),
        JudgeReply(score=1.0, text_hash="h", prompt_digest="writer"),
        JudgeReply(score=1.0, text_hash="h", prompt_digest=None),
    ],
)
def test_a_judge_that_did_not_judge_this_text_refuses(reply: JudgeReply) -> None:
    assert not judge_draft(changed(judge=reply), POLICY).approves


def test_no_other_signal_outvotes_a_low_judge() -> None:
    low = judge_draft(changed(judge=dataclasses.replace(JUDGE, score=0.59)), POLICY)
    assert (low.vetoes, low.approves) == (("the judge gives 0.59, 0.60 is least",), False)
    assert low.composite is not None
    assert low.composite > POLICY.composite_bar
    assert judge_draft(changed(judge=dataclasses.replace(JUDGE, score=0.6)), POLICY).approves


def test_a_composite_under_the_bar_refuses_without_any_veto() -> None:
    heavy = dataclasses.replace(POLICY, weight_judge=4.0)
    low = judge_draft(changed(judge=dataclasses.replace(JUDGE, score=0.65)), heavy)
    assert (low.vetoes, low.approves) == ((), False)
    assert "under the bar 0.80" in low.reason


def test_without_the_judge_a_policy_needs_nothing_is_approved() -> None:
    strict = dataclasses.replace(POLICY, judge_required=True)
    assert not judge_draft(GOOD, strict).approves
    assert judge_draft(changed(judge=JUDGE), strict).approves


@pytest.mark.parametrize("confidence", [math.nan, math.inf, -0.1, 1.1])
def test_a_confidence_that_is_no_share_refuses(confidence: float) -> None:
    assert not judge_draft(changed(confidence=confidence), POLICY).approves


def test_people_who_refuse_half_take_the_composite_down() -> None:
    fitted = fit_calibration([(0.98, n % 2 == 0) for n in range(200)], min_labels=100)
    verdict = judge_draft(GOOD, POLICY, fitted)
    assert verdict.composite == pytest.approx(100 / 201, abs=1e-6)
    assert not verdict.approves


@given(
    pairs=st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40),
    low=st.floats(0, 1), high=st.floats(0, 1),
)  # fmt: skip
def test_calibration_rises_and_never_promises_certainty(
    pairs: list[tuple[float, bool]], low: float, high: float
) -> None:
    fitted = fit_calibration(pairs, min_labels=1)
    assert isinstance(fitted, Calibration)
    a, b = sorted((low, high))
    assert 0.0 <= fitted.apply(a) <= fitted.apply(b) < 1.0


def test_too_few_labels_calibrate_nothing() -> None:
    assert fit_calibration([(0.9, True)] * 99, min_labels=100) is None
    assert fit_calibration([], min_labels=0) is None


def test_banned_words_are_whole_words() -> None:
    assert banned_in("ACT\n now, it is 100% free", ["act now", "100%", "fre"]) == (
        "act now",
        "100%",
    )


def seen(approved: int, refused: int, *, missed: int = 0, composite: float = 0.95) -> list[Seen]:
    return [
        *(Seen(composite=composite, approves=True, human="approve") for _ in range(approved)),
        *(Seen(composite=0.4, approves=False, human="reject") for _ in range(refused - missed)),
        *(Seen(composite=0.9, approves=True, human="reject") for _ in range(missed)),
    ]


def shown(rows: list[Seen]) -> Readiness:
    return readiness(rows, POLICY.shadow)


def test_sixty_verdicts_and_twenty_seen_refusals_leave_shadow() -> None:
    found = shown(seen(60, 20))
    assert (found.ready, found.verdicts, found.rejections) == (True, 80, 20)
    assert found.needed == {
        "verdicts": 0, "rejections": 0, "composite": 0, "rejected_agreement": 0,
    }  # fmt: skip
    assert found.kappa is not None
    assert found.kappa[0] == pytest.approx(1.0)


def test_says_how_many_more_of_each_are_needed() -> None:
    found = shown(seen(30, 5))
    assert found.needed["verdicts"] == 15
    assert found.needed["rejections"] == 10
    assert found.missing[:2] == (
        "15 more verdicts beside people", "10 more drafts that people refuse",
    )  # fmt: skip


def test_a_gate_that_misses_what_people_refuse_stays() -> None:
    found = shown(seen(60, 20, missed=10))
    assert not found.ready
    assert found.needed["rejected_agreement"] is None
    assert any("agreement on refused drafts" in text for text in found.missing)


def test_a_mean_over_the_bar_is_not_enough() -> None:
    found = shown(seen(35, 15, composite=0.82))
    assert found.composite is not None
    assert found.composite[0] > 0.80 > found.composite[1]
    assert not found.ready
    assert (found.needed["composite"] or 0) > 100


def test_a_composite_that_could_not_be_made_counts_as_zero() -> None:
    rows = [Seen(composite=None, approves=False, human="approve") for _ in range(60)]
    found = shown([*rows, *seen(0, 20)])
    assert found.composite == (0.0, 0.0)
    assert not found.ready


def test_approving_everything_is_never_above_chance() -> None:
    rows = [Seen(composite=0.9, approves=True, human=h) for h in ["approve"] * 60 + ["reject"] * 20]
    found = shown(rows)
    assert not found.ready
    assert any("kappa" in text for text in found.missing)


def test_nothing_seen_is_nothing_shown() -> None:
    found = shown([])
    assert (found.ready, found.composite, found.kappa) == (False, None, None)
    assert found.needed["composite"] == 20
    assert found.as_json()["missing"] == list(found.missing)


def test_canaries_count_as_refusals_and_not_as_work() -> None:
    rows = [Seen(composite=0.2, approves=False, human="reject", is_canary=True)] * 15
    rows += [Seen(composite=0.1, approves=False, human="approve", is_canary=True)]
    found = shown([*seen(60, 0), *rows])
    assert found.rejections == 15
    assert found.composite is not None
    assert found.composite[0] == pytest.approx(0.95)


def leaves_shadow(rng: random.Random, *, seen_wrong: float, wrong: float, most: int) -> bool:
    """Whether a version ever leaves SHADOW when looked at after every 25 verdicts."""
    rows: list[Seen] = []
    while len(rows) < most:
        bad = rng.random() < wrong
        approves = rng.random() >= seen_wrong if bad else rng.random() < 0.97
        composite = 0.95 if approves else 0.5
        human = "reject" if bad else "approve"
        rows.append(Seen(composite=composite, approves=approves, human=human))
        if len(rows) % 25 == 0 and shown(rows).ready:
            return True
    return False


def test_a_gate_that_sees_just_its_bar_hardly_ever_leaves_shadow() -> None:
    left = sum(
        leaves_shadow(random.Random(seed), seen_wrong=0.70, wrong=0.3, most=200)
        for seed in range(30)
    )
    assert left <= 5  # 5 % are allowed; more than 5 of 30 would be chance in 3 of 1000 trials


def test_a_gate_that_sees_what_people_see_leaves_shadow_and_a_blind_one_never_does() -> None:
    for seed in range(5):
        assert leaves_shadow(random.Random(seed), seen_wrong=0.97, wrong=0.3, most=400)
        assert not leaves_shadow(random.Random(seed), seen_wrong=0.03, wrong=0.3, most=200)


def demoted(*acts: tuple[str, str | None]) -> str | None:
    return must_demote(
        acts, window=POLICY.sample_window, most=POLICY.max_disagreements,
        severe=POLICY.severe_reasons,
    )  # fmt: skip


def test_refused_samples_demote() -> None:
    mild: tuple[str, str | None] = ("reject", "wrong_tone")
    fine: tuple[str, str | None] = ("approve", None)
    assert demoted() is None
    assert demoted(mild, mild, fine) is None
    assert demoted(mild, mild, mild) == "people refused 3 of 3 sampled drafts, 2 may be"
    assert demoted(*[fine] * 20, mild, mild, mild) is None
    assert demoted(fine, ("reject", "privacy")) == (
        "people refused a sampled draft that the gate passed: privacy"
    )
