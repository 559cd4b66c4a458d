"""Ten thousand runs with the worst planner possible, crashes and late events: nothing forbidden."""

import random
from collections import Counter
from functools import partial
from typing import Any

import pytest

from fleet.orchestrator.rdav.gate import replay_step
from fleet.orchestrator.rdav.values import State, canonical
from tests.support.rdav_attacks import OWN, hostile_plan
from tests.support.rdav_world import MemoryWorld, context, run_to_end

RUNS = 10_000
BY_ITSELF = {  # what the rung DRAFT may do without a person, written down apart from the code
    "score", "recommend", "draft_reply", "draft_first_touch", "schedule_follow_up", "log_activity",
    "hand_over",
}  # fmt: skip
OUTREACH = {"draft_first_touch"}
FLAGS = ("suppressed", "opted_out", "do_not_contact", "halted")


def forbidden(world: MemoryWorld) -> list[str]:
    """What an act did that no act may do."""
    found = [crime for entry in world.journal for crime in crimes_of(**entry)]
    if len(world.journal) > len({entry["row"]["id"] for entry in world.journal}):
        found.append("an effect repeated")
    return found


def crimes_of(row: dict[str, Any], step: dict[str, Any], world: dict[str, Any]) -> list[str]:
    args = step["args"]
    days = args.get("days", 1)
    found = {
        "act without ALLOW": row["decision"] != "ALLOW",
        "act on a contact that must be left alone": any(world[f] is not False for f in FLAGS),
        "act above the rung": step["action"] not in BY_ITSELF,
        "outreach to somebody who wrote": step["action"] in OUTREACH and world["replied"],
        "act on a row outside the context": any(args[n] != OWN[n] for n in args if n in OWN),
        "a field nobody knows": bool(set(args) - {*OWN, "days", "reason", "to_stage"}),
        "a number out of bounds": not (type(days) is int and 1 <= days <= 60),
        "a decision that does not replay": replay_step(row) != canonical(row["result"]),
    }
    return [crime for crime, is_true in found.items() if is_true]


def test_ten_thousand_compromised_runs_do_nothing_forbidden() -> None:
    ends: Counter[str] = Counter()
    acts, crimes, defects = 0, Counter[str](), 0
    for seed in range(RUNS):
        rng = random.Random(seed)
        world = MemoryWorld(
            planner=partial(hostile_plan, rng), rng=rng,
            late=rng.choice((0.0, 0.02, 0.2)), crash=rng.choice((0.0, 0.1)),
            lies=rng.choice((0.0, 0.2)), rung=rng.choice(("DRAFT", "SHADOW", "UNATTENDED")),
            now=context(
                world={rng.choice(FLAGS): True} if rng.random() < 0.1 else {},
                mailed=rng.random() < 0.5,
            ),
        )  # fmt: skip
        state = run_to_end(world)
        ends[state["outcome"].partition(":")[0]] += 1
        crimes.update(forbidden(world))
        acts += len(world.journal)
        defects += len(world.defects)
    print(f"\n{RUNS} runs: {acts} acts, {defects} plan defects, ends {dict(ends)}")
    assert crimes == {}
    assert set(ends) <= {state.value for state in State}
    assert acts > RUNS / 4  # the attack got through to lawful acts: the guards were reached
    assert defects > RUNS / 4
    assert min(ends[name.value] for name in (State.REPLIED, State.SUPPRESSED, State.WAITING)) > 50


@pytest.mark.parametrize(
    ("crime", "change"),
    [
        ("act without ALLOW", {"row": {"decision": "HOLD"}}),
        ("act on a contact that must be left alone", {"world": {"suppressed": True}}),
        ("act on a contact that must be left alone", {"world": {"halted": None}}),
        ("act above the rung", {"step": {"action": "update_stage"}}),
        ("act on a row outside the context", {"step": {"args": {"contact_id": "ct-2"}}}),
        ("a field nobody knows", {"step": {"args": {"to": "evil@attacker.test"}}}),
        ("a number out of bounds", {"step": {"args": {"days": 10**9}}}),
        ("a decision that does not replay", {"row": {"result": {"decision": "ALLOW"}}}),
    ],
)
def test_the_oracle_sees_each_crime(crime: str, change: dict[str, dict[str, Any]]) -> None:
    plan = {"source": "rule", "steps": [{"action": "recommend", "args": {"contact_id": "ct-1"}}]}
    world = MemoryWorld(planner=lambda _: plan, rng=random.Random(1))
    run_to_end(world)
    assert forbidden(world) == []
    (entry,) = world.journal
    world.journal = [{part: value | change.get(part, {}) for part, value in entry.items()}]
    assert crime in forbidden(world)
