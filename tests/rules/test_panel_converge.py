"""Convergence and rule lenses: pure, cited, deterministic, and deaf to orders in the evidence."""

import dataclasses
from typing import Any

import pytest

from fleet.adapters.files import read_policies
from fleet.campaign_panel.brief import parse_brief
from fleet.campaign_panel.compare import compare_answers
from fleet.campaign_panel.converge import converge, force_objection
from fleet.campaign_panel.objections import Case, criticise
from fleet.campaign_panel.outcomes import (
    Heard,
    Sent,
    TouchOutcome,
    count_outcomes,
    score_dissent,
)
from fleet.campaign_panel.policy import Lens, read_panel_policy
from fleet.campaign_panel.reading import read_facts
from fleet.campaign_panel.record import objections, stop_reason
from fleet.campaign_panel.rules import Table, rule_note
from fleet.campaign_panel.values import (
    Demand,
    Note,
    Objection,
    Remedy,
    Severity,
    Stage,
    Touch,
    read_note,
)
from tests.support.panel_briefs import ALL, DEMO, POLICY, brief

LENSES = tuple(POLICY.lenses)


def touch(index: int, day: int, fact: str, angle: str, channel: str = "email") -> Touch:
    return Touch(
        index=index, day_offset=day, channel=channel, angle=angle, goal="Show value",
        evidence=(fact,),
    )  # fmt: skip


SHORT = (touch(1, 0, "f2", "A result in numbers"), touch(2, 7, "f3", "Who relies on it"))
LONG = (*SHORT, touch(3, 14, "f1", "How it fits"))


def idea(lens: str, touches: tuple[Touch, ...], round_: int = 1, origin: str = "rule") -> Note:
    return Note(lens=lens, stage=Stage.IDEATE, round=round_, stance="proposes", touches=touches,
                origin=origin)  # fmt: skip


def critique(lens: str, *raised: Objection, round_: int = 1) -> Note:
    return Note(lens=lens, stage=Stage.CRITIQUE, round=round_, stance="objects", objections=raised)


def objection(
    lens: str, against: str, severity: Severity, demand: Demand | None = None
) -> Objection:
    return Objection(
        lens=lens, against=against, severity=severity, reason=f"{lens} against {against}",
        evidence=("f1",), demand=demand or Demand(),
    )  # fmt: skip


def table(*notes: Note, lenses: tuple[str, ...] = LENSES, **changed: Any) -> Table:
    return Table(brief=brief(**changed), notes=notes, lenses=lenses, policy=POLICY)


def settled(*notes: Note, lenses: tuple[str, ...] = LENSES) -> Any:
    return converge(table(*notes, lenses=lenses), need=("skeptic",))


BASE = (
    idea("strategist", LONG), idea("skeptic", SHORT), idea("brand_voice", SHORT),
    critique("strategist"), critique("skeptic"), critique("brand_voice"),
)  # fmt: skip


def test_without_objections_the_first_lens_of_the_policy_wins_the_tie() -> None:
    found = settled(*BASE)
    assert (found.lens, found.touches, found.failure) == ("strategist", LONG, None)
    assert found.support == {"strategist": 2.9, "skeptic": 2.9, "brand_voice": 2.9}


def test_the_order_in_which_notes_of_a_stage_come_changes_nothing_of_the_choice() -> None:
    there, back = settled(*BASE), settled(*BASE[2::-1], *BASE[:2:-1])
    assert (there.lens, there.touches) == (back.lens, back.touches)


def test_an_open_blocker_vetoes_however_light_the_rest() -> None:
    stop = objection("brand_voice", "strategist", Severity.BLOCKER,
                     Demand(remedy=Remedy.LEAVE_OUT, target="f1"))  # fmt: skip
    found = settled(*BASE, critique("brand_voice", stop))
    assert (found.lens, found.open) == ("skeptic", ())
    assert found.resolved == (stop,)


def test_an_open_major_weighs_against_a_plan_and_a_minor_less() -> None:
    few = Demand(remedy=Remedy.FEWER, number=2)
    major = settled(
        *BASE, critique("skeptic", objection("skeptic", "strategist", Severity.MAJOR, few))
    )
    minor = settled(
        *BASE, critique("skeptic", objection("skeptic", "strategist", Severity.MINOR, few))
    )
    assert major.support == {"strategist": 2.4, "skeptic": 2.9, "brand_voice": 2.9}
    assert minor.support == {"strategist": 2.75, "skeptic": 2.9, "brand_voice": 2.9}


def test_dissent_is_kept_when_the_adopted_plan_does_not_meet_it() -> None:
    more = objection("strategist", "skeptic", Severity.MINOR, Demand(remedy=Remedy.MORE, number=3))
    few = objection("skeptic", "strategist", Severity.MAJOR, Demand(remedy=Remedy.FEWER, number=2))
    found = settled(*BASE, critique("strategist", more), critique("skeptic", few))
    assert (found.lens, found.open, found.resolved) == ("skeptic", (more,), (few,))


def test_a_doubt_without_a_remedy_stands_only_against_the_plan_it_was_raised_against() -> None:
    doubt = objection("brand_voice", "skeptic", Severity.MINOR)
    found = settled(*BASE, critique("brand_voice", doubt))
    assert (found.lens, found.open, found.resolved) == ("strategist", (), (doubt,))


@pytest.mark.parametrize(
    ("notes", "failure"),
    [
        ((), "the skeptic did not speak"),
        ((BASE[0], BASE[2], BASE[3], BASE[5]), "the skeptic did not speak"),
        ((BASE[0], BASE[1], BASE[2], BASE[3]), "the skeptic did not speak"),
        ((BASE[1], BASE[4]), "1 lenses proposed a plan"),
        ((idea("strategist", (touch(1, 99, "f1", "x"),)), idea("skeptic", (touch(1, 99, "f1", "x"),)),
          critique("skeptic")), "strategist: touch 1: day 99 is outside the 21 days"),
    ],
)  # fmt: skip
def test_a_panel_without_the_skeptic_a_quorum_or_a_valid_plan_fails(
    notes: tuple[Note, ...], failure: str
) -> None:
    assert settled(*notes).failure == failure


def test_what_a_person_asked_for_vetoes_plans_that_do_not_meet_it() -> None:
    word = Note(lens="person", stage=Stage.CRITIQUE, round=1, stance="steers",
                demands=(Demand(remedy=Remedy.FEWER, number=2),))  # fmt: skip
    assert settled(*BASE, word).lens == "skeptic"


def test_a_lens_is_judged_by_its_last_proposal() -> None:
    assert settled(*BASE, idea("strategist", SHORT, 2)).touches == SHORT


def test_the_same_objection_is_counted_once_with_its_heaviest_severity() -> None:
    few = Demand(remedy=Remedy.FEWER, number=2)
    light = objection("skeptic", "strategist", Severity.MINOR, few)
    heavy = objection("skeptic", "brand_voice", Severity.MAJOR, few)
    assert objections(
        (critique("skeptic", light, heavy), critique("skeptic", light, round_=2))
    ) == (heavy,)


def test_unanimity_makes_the_skeptic_doubt() -> None:
    note = force_objection(table(*BASE))
    assert note is not None
    assert [(o.against, o.severity, o.forced) for o in note.objections] == [
        ("strategist", Severity.MINOR, True), ("brand_voice", Severity.MINOR, True),
    ]  # fmt: skip
    assert force_objection(table(*BASE, note)) is None


def test_the_panel_stops_when_all_is_settled_when_nothing_is_new_and_at_the_bound() -> None:
    few = objection("skeptic", "strategist", Severity.MAJOR, Demand(remedy=Remedy.FEWER, number=2))
    gaps = objection("skeptic", "strategist", Severity.MAJOR, Demand(remedy=Remedy.GAPS, number=9))
    first = (*BASE[:4], critique("skeptic", few))
    again = (*first, idea("strategist", LONG, 2), critique("skeptic", few, round_=2))
    fresh = (*first, idea("strategist", LONG, 2), critique("skeptic", few, gaps, round_=2))
    settled_now = (*first, idea("strategist", SHORT, 2), critique("skeptic", round_=2))
    assert stop_reason(BASE, 3) == "every objection that names a remedy is settled"
    assert stop_reason(first, 3) is None
    assert stop_reason(first, 1) == "the bound of 1 rounds is reached"
    assert stop_reason(again, 3) == "nothing new was objected, so nothing new would be proposed"
    assert stop_reason(fresh, 3) is None
    assert stop_reason(settled_now, 3) == "every objection that names a remedy is settled"


def test_a_note_reads_back_as_it_was_written() -> None:
    note = dataclasses.replace(BASE[0], objections=(objection("a", "b", Severity.MAJOR),),
                               demands=(Demand(remedy=Remedy.FEWER, number=2),))  # fmt: skip
    assert read_note(note.as_json()) == note


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("lens", LENSES)
def test_ideas_of_a_first_round_are_made_alone(name: str, lens: str) -> None:
    made = parse_brief(ALL[name], POLICY)
    alone = Table(brief=made, notes=(), lenses=LENSES, policy=POLICY)
    other = next(item for item in LENSES if item != lens)
    beside = dataclasses.replace(alone, notes=(rule_note(other, Stage.IDEATE, 1, alone),))
    assert rule_note(lens, Stage.IDEATE, 1, alone) == rule_note(lens, Stage.IDEATE, 1, beside)


def test_the_problem_is_the_theme_that_most_of_the_evidence_speaks_for() -> None:
    facts = [
        {"id": "p1", "text": "12 EUR per seat."}, {"id": "p2", "text": "No setup fee, whatever the price."},
        {"id": "s1", "text": "ISO 27001 certified."},
    ]  # fmt: skip
    made = table(offer_facts=facts)
    heard = tuple(rule_note(lens, Stage.EMPATHISE, 1, made) for lens in LENSES)
    note = rule_note("strategist", Stage.DEFINE, 1, dataclasses.replace(made, notes=heard))
    assert (note.theme, note.problem) == ("price", "They do not know what it would cost them.")
    assert [claim.evidence for claim in note.claims] == [("p1",), ("p2",)]


def raised_by(lens: Lens, touches: tuple[Touch, ...], **changed: Any) -> list[tuple[str, str]]:
    made = brief(**changed)
    facts = {reading.id: reading for reading in read_facts(made, POLICY)}
    case = Case(brief=made, facts=facts, touches=touches, problem="result", policy=POLICY)
    return [(o.severity.value, o.demand.remedy.value) for o in criticise("x", lens, "y", case)]


def watching(*checks: str) -> Lens:
    return dataclasses.replace(POLICY.lenses["skeptic"], watches=checks)


PRICE_FIRST = (touch(1, 0, "f4", "What it costs"), touch(2, 7, "f2", "A result"))


@pytest.mark.parametrize(
    ("check", "touches", "changed", "found"),
    [
        ("price_early", PRICE_FIRST, {}, [("major", "later")]),
        ("price_early", PRICE_FIRST, {"brand_voice": "premium"}, [("major", "leave_out")]),
        ("price_early", SHORT, {}, []),
        ("pressure", SHORT, {"brand_voice": "calm"}, []),
        ("pressure", (SHORT[0], touch(2, 4, "f3", "x")), {"brand_voice": "calm"}, [("major", "wider_gaps")]),
        ("pressure", (SHORT[0], touch(2, 4, "f3", "x")), {"brand_voice": "loud"}, []),
        ("short_gaps", (SHORT[0], touch(2, 2, "f3", "x")), {}, [("major", "wider_gaps")]),
        ("short_gaps", (SHORT[0], touch(2, 3, "f3", "x")), {}, []),
        ("thin", (*SHORT, touch(3, 14, "f2", "Again")), {}, [("minor", "fewer_touches")]),
        ("thin", LONG, {}, []),
        ("long", LONG, {}, []),
        ("long", (*LONG, touch(4, 18, "f4", "x")), {}, [("minor", "fewer_touches")]),
        ("undersold", SHORT, {}, [("minor", "more_touches")]),
        ("undersold", (*LONG, touch(4, 18, "f4", "x")), {}, []),
        ("buried", SHORT, {}, []),
        ("buried", SHORT[1:], {}, [("major", "first")]),
        ("no_proof", SHORT, {}, []),
        ("no_proof", (touch(1, 0, "f1", "x"),), {}, [("minor", "first")]),
        ("one_channel", (*LONG, touch(4, 18, "f4", "x")), {}, [("minor", "less_of_channel")]),
        ("one_channel", LONG, {}, []),
        ("calls", (touch(1, 0, "f1", "x", "call"), touch(2, 7, "f2", "y", "call")), {}, [("minor", "less_of_channel")]),
        ("hidden_terms", SHORT, {}, [("minor", "none")]),
        ("hidden_terms", PRICE_FIRST, {}, []),
        ("too_many", (touch(1, 0, "f2", "a"), touch(2, 4, "f2", "b"), touch(3, 8, "f2", "c")), {}, [("major", "fewer_touches")]),
        ("too_many", LONG, {}, []),
        ("forbidden", SHORT, {}, []),
    ],
)  # fmt: skip
def test_each_check_fires_on_its_case_and_on_no_other(
    check: str, touches: tuple[Touch, ...], changed: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert raised_by(watching(check), touches, **changed) == found


def test_a_forbidden_promise_is_a_blocker_that_names_the_fact() -> None:
    facts = [
        {"id": "f2", "text": "We guarantee 4 hours."},
        {"id": "f3", "text": "Rated by customers."},
    ]
    assert raised_by(watching("forbidden"), SHORT, offer_facts=facts) == [("blocker", "leave_out")]


def test_a_team_adds_a_lens_as_data() -> None:
    policies = read_policies()
    lenses = policies["campaign_panel"]["lenses"]
    lenses["buyer"] = lenses["skeptic"] | {"title": "Buyer", "watches": ["hidden_terms", "calls"]}
    policy = read_panel_policy(policies)
    made = Table(brief=brief(DEMO), notes=(), lenses=tuple(policy.lenses), policy=policy)
    assert rule_note("buyer", Stage.IDEATE, 1, made).touches != ()


def outcome(index: int, sent: int, replied: int) -> TouchOutcome:
    return TouchOutcome(index=index, sent=sent, replied=replied, opted_out=0)


@pytest.mark.parametrize(
    ("here", "there", "state"),
    [
        (outcome(4, 19, 0), outcome(1, 500, 200), "INSUFFICIENT"),
        (outcome(4, 200, 2), outcome(1, 200, 60), "BORNE_OUT"),
        (outcome(4, 200, 60), outcome(1, 200, 2), "REFUTED"),
        (outcome(4, 200, 20), outcome(1, 200, 22), "OPEN"),
    ],
)
def test_dissent_is_scored_by_what_came_of_the_touches_at_issue(
    here: TouchOutcome, there: TouchOutcome, state: str
) -> None:
    assert score_dissent({"touches": [4]}, [there, here])["state"] == state


def test_an_answer_counts_once_and_for_the_last_touch_before_it() -> None:
    sent = [
        Sent(contact="a", index=1, at="2026-11-02"), Sent(contact="a", index=2, at="2026-11-09"),
        Sent(contact="b", index=1, at="2026-11-02"), Sent(contact="c", index=1, at="2026-11-02"),
    ]  # fmt: skip
    heard = [
        Heard(contact="a", at="2026-11-11"), Heard(contact="a", at="2026-11-10"),
        Heard(contact="b", at="2026-11-01"), Heard(contact="c", at="2026-11-03", opted_out=True),
        Heard(contact="x", at="2026-11-03"),
    ]  # fmt: skip
    assert count_outcomes(sent, heard) == (
        TouchOutcome(index=1, sent=3, replied=0, opted_out=1),
        TouchOutcome(index=2, sent=1, replied=1, opted_out=0),
    )
    assert count_outcomes([], heard) == ()


def test_a_comparison_names_what_moved() -> None:
    before = {"source": "panel", "objections": {"open": 0}, "touches": [
        {"day_offset": 0, "channel": "email", "angle": "a", "evidence": ["x"]}]}  # fmt: skip
    after = {"source": "panel", "objections": {"open": 0}, "touches": [
        {"day_offset": 3, "channel": "email", "angle": "a", "evidence": ["x"]}]}  # fmt: skip
    assert compare_answers(before, before) == []
    assert compare_answers(before, after) == [
        {"what": "days", "touch": None, "before": [0], "after": [3]},
        {"what": "day", "touch": 1, "before": 0, "after": 3},
    ]
