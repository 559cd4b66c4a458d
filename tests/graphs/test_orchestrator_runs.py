"""Runs of the orchestrator over a real store: the sample, off-path cases, decisions, restarts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from langgraph.checkpoint.memory import InMemorySaver

from fleet.adapters.store import audit
from fleet.adapters.store.controls import halt, suppress
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import (
    actions,
    campaigns,
    contacts,
    defects,
    emails,
    eval_cases,
    opportunities,
    outbox,
    recommendations,
    runs,
    scores,
    step_decisions,
)
from fleet.errors import GovernanceError, InputError, StoreError
from fleet.orchestrator.rdav.gate import replay_step
from fleet.orchestrator.rdav.graph import build_graph
from fleet.orchestrator.rdav.values import State, canonical
from fleet.runtime.campaigns import default_plan, start_campaign
from fleet.runtime.rdav_decide import decide_step, replay_run
from fleet.runtime.rdav_view import recent_runs, run_view, waiting_queue
from fleet.runtime.threads import cancel_thread, show_thread
from tests.support.rdav_store import ADDRESS, RdavStore, before

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")} | {
    "FLEET_POSTAL_ADDRESS": "Sample Sales, 1 Main Street, Springfield",
    "FLEET_SENDER": "Sales <sales@us.example>",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RdavStore]:
    made = RdavStore(tmp_path)
    yield made
    made.fleet.close()


def fleet(home: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "fleet", *words, "--home", str(home), "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_sample_ends_in_named_states_and_a_second_run_adds_nothing(tmp_path: Path) -> None:
    limit = 80
    fleet(tmp_path, "init", "--sample")
    first = fleet(tmp_path, "run", "orchestrator", "--limit", str(limit))
    assert set(first) == {"handled", "created", "held", "skipped", "failed", "repeated"}
    assert (first["handled"], first["failed"]) == (limit, 0)
    assert first["created"] > 0
    assert first["held"] > 0
    assert first["skipped"]["nothing_to_do"] > 0
    store = open_store(f"sqlite:///{tmp_path}/fleet.db", read_only=True)
    mine = store.read(sa.select(runs).where(runs.c.graph == "orchestrator"))
    named = {str(row["outcome"]).partition(":")[0] for row in mine}
    assert named <= {state.value for state in State}
    assert len({row["subject_id"] for row in mine}) == limit
    taken = store.read(sa.select(step_decisions))
    assert {row["decision"] for row in taken if row["status"] == "done"} == {"ALLOW"}
    assert all(replay_step(row) == canonical(row["result"]) for row in taken)
    stopped = {r["subject_id"] for r in mine if str(r["outcome"]).startswith("stopped")}
    acted = {row["run_id"].split(":")[1] for row in taken}
    assert not stopped & acted
    assert store.read(sa.select(outbox)) == []
    assert audit.verify(store).ok
    store.close()
    done = {row["id"] for row in mine}
    second = fleet(tmp_path, "run", "orchestrator", "--limit", "5")
    store = open_store(f"sqlite:///{tmp_path}/fleet.db", read_only=True)
    again = store.read(sa.select(runs).where(runs.c.graph == "orchestrator"))
    store.close()
    assert second["handled"] == 5  # the next five, not the first ones again
    assert len({row["id"] for row in again} - done) == 5


def test_a_clear_mail_is_scored_drafted_and_verified(world: RdavStore) -> None:
    world.mail("em-1")
    assert world.run()["outcome"] == "waiting_human"  # the stage waits for a person
    assert world.said() == [
        ("score", "ALLOW", "done"), ("draft_reply", "ALLOW", "done"),
        ("recommend", "ALLOW", "done"), ("update_stage", "HOLD", "waiting"),
    ]  # fmt: skip
    (draft,) = world.drafts()
    assert (draft["to_address"], draft["status"], draft["graph"]) == (ADDRESS, "pending", "reply")
    assert world.row(opportunities, "op-1")["stage"] == "qualification"
    assert world.row(emails, "em-1")["handled_as"] in ("created", "held")
    (run,) = world.runs()
    (held,) = world.steps(status="waiting")
    assert run["waits_for"] == f"a decision on step {held['id']}"
    assert run["due_at"] > run["started_at"]
    assert all(line["same"] for line in replay_run(world.fleet, run["id"]))


def test_ambiguous_mail_is_held_and_never_guessed(world: RdavStore) -> None:
    world.mail("em-1", "Hm. Well, the thing from the other day, you know.")
    assert world.run()["outcome"] == "waiting_human"
    (held,) = world.steps(action="draft_reply")
    assert (held["decision"], held["status"]) == ("HOLD", "waiting")
    assert held["result"]["rules"] == ["low_confidence"]
    assert held["result"]["confidence"] == 0.25
    assert world.drafts() == []
    assert world.row(emails, "em-1")["handled_at"] is None


def test_flaky_enrichment_is_retried_a_bounded_number_of_times(world: RdavStore) -> None:
    world.mail("em-1")
    acts, calls = world.acts(), []
    inner = acts._effects.recommend

    def flaky(*args: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise StoreError("the service does not answer")
        return inner(*args, **named)

    acts._effects.recommend = flaky
    world.run(acts)
    assert len(calls) == 3
    assert [row["status"] for row in world.steps(action="recommend")] == ["done"]
    (run,) = world.runs()
    proofs = {step["action"]: step["proof"] for step in run_view(world.fleet, run["id"])["steps"]}
    assert proofs["recommend"] == "the store keeps what was shown; it took 3 tries"
    assert proofs["score"] == "the row is there"


def test_enrichment_that_stays_down_costs_only_the_steps_that_need_it(world: RdavStore) -> None:
    world.mail("em-1")
    acts, calls = world.acts(), []

    def down(*args: Any, **named: Any) -> Any:
        calls.append(1)
        raise StoreError("the service does not answer")

    acts._effects.recommend = down
    world.run(acts)
    assert len(calls) == acts.policy.tries
    assert [row["status"] for row in world.steps(action="recommend")] == ["failed"]
    assert [row["status"] for row in world.steps(action="draft_reply")] == ["done"]


def test_a_step_whose_required_evidence_failed_is_held(world: RdavStore) -> None:
    world.mail("em-1")
    acts = world.acts()

    def down(*args: Any, **named: Any) -> Any:
        raise StoreError("the service does not answer")

    acts._effects._score = down  # type: ignore[method-assign]  # the scorer is down
    world.run(acts)
    (held,) = world.steps(action="draft_reply")
    assert held["decision"] == "HOLD"
    assert held["result"]["rules"] == ["dependency_unverified", "low_confidence"]
    assert world.drafts() == []


def test_a_reply_in_the_middle_of_the_automation_supersedes_the_rest(world: RdavStore) -> None:
    acts = world.acts()
    before(acts, "observe", lambda: world.mail("em-late"))
    assert world.run(acts)["outcome"] == "stopped_replied"
    assert world.said() == [
        ("recommend", "ALLOW", "done"), ("draft_first_touch", "DENY", "superseded"),
    ]  # fmt: skip
    assert world.drafts() == []
    (run,) = world.runs()
    assert (run["status"], run["outcome"]) == ("completed", "stopped_replied")
    world.run()  # the next run answers the mail instead
    assert [row["email_id"] for row in world.drafts()] == ["em-late"]


def test_a_reply_between_gate_and_act_wins(world: RdavStore) -> None:
    acts = world.acts()
    before(acts, "act", lambda: world.mail("em-late"))
    assert world.run(acts)["outcome"] == "stopped_replied"
    assert world.said() == [("recommend", "ALLOW", "superseded")]
    assert world.count(recommendations) == 0


@pytest.mark.parametrize("call", ["plan", "weigh", "act"])
def test_an_opt_out_in_the_middle_stops_everything(world: RdavStore, call: str) -> None:
    acts = world.acts()

    def opts_out() -> None:
        suppress(world.store, ADDRESS, reason="asked", origin="test", now=world.clock.now(),
                 actor="t")  # fmt: skip

    before(acts, call, opts_out)
    assert world.run(acts)["outcome"] == "stopped_suppressed:suppressed"
    assert world.drafts() == []
    assert world.count(recommendations) == 0


@pytest.mark.parametrize(
    ("stop", "outcome"),
    [
        ("suppressed", "stopped_suppressed:suppressed"),
        ("domain", "stopped_suppressed:suppressed"),
        ("do_not_contact", "stopped_suppressed:do_not_contact"),
        ("halted", "stopped_suppressed:halted"),
        ("opted_out", "stopped_suppressed:opted_out"),
        ("opt_out_text", "stopped_suppressed:opted_out"),
        ("no_address", "nothing_to_do:no_address"),
        ("odd_address", "stopped_suppressed:suppressed"),
    ],
)
def test_the_veto_comes_before_any_planner(world: RdavStore, stop: str, outcome: str) -> None:
    now = world.clock.now()
    if stop in ("suppressed", "domain"):
        address = ADDRESS.upper() if stop == "suppressed" else "@buyer.test"
        suppress(world.store, address, reason="r", origin="o", now=now, actor="t")
    elif stop == "do_not_contact":
        world.change(contacts, "ct-1", do_not_contact=True)
    elif stop == "halted":
        halt(world.store, "test", actor="t", now=now)
    elif stop == "opted_out":
        world.mail("em-0", kind="opt_out", handled_at="2026-01-01")
    elif stop == "opt_out_text":
        world.mail("em-0", "Please unsubscribe me from this list.")
    else:
        world.change(contacts, "ct-1", email=None if stop == "no_address" else "no address")

    def planner(*_: Any) -> Any:
        raise AssertionError("the planner was asked")

    assert world.run(world.acts(planner))["outcome"] == outcome
    assert world.steps() == []


@pytest.mark.parametrize("readable", [0, 1, 2])
def test_an_unreadable_store_fails_closed(world: RdavStore, readable: int) -> None:
    acts, left = world.acts(), [readable]
    inner = acts.context
    run_id = "orchestrator:ct-1:x"

    def breaks(contact_id: str) -> dict[str, Any]:
        left[0] -= 1
        if left[0] < 0:
            raise StoreError("the store does not answer")
        return inner(contact_id)

    acts.context = breaks  # type: ignore[method-assign]  # the veto's own reads fail
    with pytest.raises(StoreError):
        build_graph(acts).invoke({"run_id": run_id, "contact_id": "ct-1"})
    assert world.drafts() == []
    assert world.count(recommendations) == 0
    assert [row["status"] for row in world.steps()] == ["allowed"] * (readable // 2)


def test_an_invented_id_is_denied_and_counted(world: RdavStore) -> None:
    world.mail("em-1")
    plan = {
        "source": "model",
        "steps": [
            {"action": "draft_reply", "args": {"email_id": "em-of-somebody-else"}},
            {"action": "send_email", "args": {"to": "evil@attacker.test"}},
            {"action": "recommend", "args": {"contact_id": "ct-1"}},
        ],
    }
    assert world.run(world.acts(lambda *_: plan))["outcome"] == "completed"
    assert [(row["action"], row["decision"]) for row in world.steps()] == [
        ("draft_reply", "DENY"), ("send_email", "DENY"), ("recommend", "ALLOW"),
    ]  # fmt: skip
    counted = world.store.read(sa.select(defects).order_by(defects.c.id))
    assert sorted(row["code"] for row in counted) == ["invented_action", "invented_id"]
    assert {row["severity"] for row in counted} == {"critical"}


def test_an_act_without_a_stored_allow_is_refused(world: RdavStore) -> None:
    world.mail("em-1", "Hm.")
    acts = world.acts()
    world.run(acts)
    (held,) = world.steps(action="draft_reply")
    with pytest.raises(GovernanceError, match="may not be done"):
        acts.act(held["id"])
    assert world.drafts() == []


def test_verification_that_fails_plans_anew_a_bounded_number_of_times(world: RdavStore) -> None:
    plan = {"source": "rule", "steps": [{"action": "recommend", "args": {"contact_id": "ct-1"}}]}
    acts = world.acts(lambda *_: plan)
    acts.observe = lambda *_: {"kept": -1}  # type: ignore[method-assign]  # the rows never show it
    assert world.run(acts)["outcome"] == "failed"
    assert len(world.steps(action="recommend")) == acts.policy.max_replans + 1
    (item,) = world.store.read(sa.select(actions))
    assert (item["kind"], item["reason"], item["status"]) == ("hand_over", "step_failed", "open")


@pytest.mark.parametrize("call", ["plan", "weigh", "record", "act", "observe", "settle", "finish"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_repeats_no_effect(world: RdavStore, call: str, after: bool) -> None:
    world.mail("em-1")
    acts, left = world.acts(), [2]
    inner = getattr(acts, call)

    def dies(*args: Any, **named: Any) -> Any:
        done = inner(*args, **named) if after else None
        if left[0]:
            left[0] -= 1
            raise RuntimeError("killed")
        return done if after else inner(*args, **named)

    setattr(acts, call, dies)
    ended = world.run(acts, saver=InMemorySaver(), tries=4)
    assert ended["outcome"] == "waiting_human"
    assert world.said() == [
        ("score", "ALLOW", "done"), ("draft_reply", "ALLOW", "done"),
        ("recommend", "ALLOW", "done"), ("update_stage", "HOLD", "waiting"),
    ]  # fmt: skip
    assert len(world.drafts()) == 1
    assert world.count(scores) == 1
    assert audit.verify(world.store).ok


def held_stage(world: RdavStore) -> dict[str, Any]:
    world.mail("em-1")
    world.run()
    (held,) = world.steps(status="waiting")
    return held


def test_an_approved_step_is_done_and_verified_once(world: RdavStore) -> None:
    held = held_stage(world)
    done = decide_step(world.fleet, held["id"], approve=True, actor="ann", note="fine")
    assert (done["status"], done["changed"]) == ("done", True)
    deal = world.row(opportunities, "op-1")
    assert (deal["stage"], deal["row_version"]) == ("proposal", 2)
    again = decide_step(world.fleet, held["id"], approve=True, actor="ann")
    assert (again["status"], again["changed"]) == ("done", False)
    assert world.row(opportunities, "op-1")["row_version"] == 2
    (run,) = world.runs()
    assert run["status"] == "completed"
    (row,) = world.steps(action="update_stage")
    assert (row["decided_by"], row["status"]) == ("ann", "done")
    assert replay_step(row) == canonical(row["result"])


def test_a_rejected_step_is_not_done_not_planned_again_and_kept_as_a_case(
    world: RdavStore,
) -> None:
    held = held_stage(world)
    done = decide_step(world.fleet, held["id"], approve=False, actor="ann", note="too early")
    assert (done["status"], done["changed"]) == ("rejected", True)
    assert world.row(opportunities, "op-1")["stage"] == "qualification"
    (case,) = world.store.read(sa.select(eval_cases))
    assert (case["prompt"], case["status"], case["note"]) == (
        "orchestrator.plan", "quarantined", "too early",
    )  # fmt: skip
    with pytest.raises(InputError, match="waits for nobody"):
        decide_step(world.fleet, held["id"], approve=True, actor="ann")
    world.run()
    assert len(world.steps(action="update_stage")) == 1


def test_a_rejected_reply_leaves_the_mail_alone(world: RdavStore) -> None:
    world.mail("em-1", "Hm.")
    world.run()
    (held,) = world.steps(status="waiting")
    decide_step(world.fleet, held["id"], approve=False, actor="ann")
    assert world.row(emails, "em-1")["handled_as"] == "skipped:left_alone"
    assert world.drafts() == []


def test_an_approved_reply_is_drafted_for_review_and_not_sent(world: RdavStore) -> None:
    world.mail("em-1", "Hm.")
    world.run()
    (held,) = world.steps(status="waiting")
    done = decide_step(world.fleet, held["id"], approve=True, actor="ann")
    assert done["status"] == "done"
    assert [row["status"] for row in world.drafts()] == ["pending"]
    assert world.count(outbox) == 0


@pytest.mark.parametrize("change", ["reply", "suppressed", "row", "halted"])
def test_an_approval_in_a_changed_world_is_worth_nothing(world: RdavStore, change: str) -> None:
    held = held_stage(world)
    now = world.clock.now()
    if change == "reply":
        world.mail("em-2")
    elif change == "suppressed":
        suppress(world.store, ADDRESS, reason="r", origin="o", now=now, actor="t")
    elif change == "row":
        world.change(opportunities, "op-1", stage="negotiation")
    else:
        halt(world.store, "test", actor="t", now=now)
    done = decide_step(world.fleet, held["id"], approve=True, actor="ann")
    assert (done["status"], done["changed"]) == ("superseded", True)
    assert world.row(opportunities, "op-1")["stage"] != "proposal"


def test_an_edit_stays_within_the_closed_sets(world: RdavStore) -> None:
    held = held_stage(world)
    for bad in ({"to_stage": "closed won"}, {"opportunity_id": "op-2"}, {"to": "x@y.test"}):
        with pytest.raises(InputError, match="does not fit"):
            decide_step(world.fleet, held["id"], approve=True, actor="ann", edit=bad)
    done = decide_step(
        world.fleet, held["id"], approve=True, actor="ann", edit={"to_stage": "negotiation"}
    )
    assert done["status"] == "done"
    assert world.row(opportunities, "op-1")["stage"] == "negotiation"
    assert {row["status"] for row in world.steps(action="update_stage")} == {"edited", "done"}


def test_a_step_nobody_decides_comes_back_with_fresh_evidence(world: RdavStore) -> None:
    held = held_stage(world)
    world.clock.move(73 * 3600)
    with pytest.raises(InputError, match="expired"):
        decide_step(world.fleet, held["id"], approve=True, actor="ann")
    assert world.row(opportunities, "op-1")["stage"] == "qualification"


def test_an_unknown_step_is_named(world: RdavStore) -> None:
    with pytest.raises(InputError, match="no step 'st-x'"):
        decide_step(world.fleet, "st-x", approve=True, actor="ann")


def test_two_people_at_once_settle_a_step_once(world: RdavStore) -> None:
    held = held_stage(world)
    decide_step(world.fleet, held["id"], approve=True, actor="ann")
    with pytest.raises(InputError, match="waits for nobody"):
        decide_step(world.fleet, held["id"], approve=False, actor="bob")
    assert world.row(opportunities, "op-1")["stage"] == "proposal"


def test_an_approved_campaign_starts_once_and_sends_nothing(world: RdavStore) -> None:
    plan = {
        "source": "rule",
        "steps": [{"action": "start_campaign", "args": {"contact_id": "ct-1"}}],
    }
    world.run(world.acts(lambda *_: plan))
    (held,) = world.steps(status="waiting")
    assert held["result"]["rules"] == ["uncalibrated", "rung"]
    assert world.count(campaigns) == 0
    done = decide_step(world.fleet, held["id"], approve=True, actor="ann")
    assert done["status"] == "done"
    assert world.count(campaigns) == 1
    assert world.count(outbox) == 0
    world.acts()._effects._start_campaign("ct-1")
    assert world.count(campaigns) == 1


def test_a_campaign_is_paused_only_by_a_person(world: RdavStore) -> None:
    plan = default_plan(world.fleet)
    made = start_campaign(world.fleet, name="c", plan=plan, contact_ids=["ct-1"], actor="ann")
    world.mail("em-1", "This is the third time I complain. You invoiced us twice. Unacceptable.")
    world.run()
    held = [row for row in world.steps(status="waiting") if row["action"] == "pause_campaign"]
    assert world.row(campaigns, made)["status"] == "running"
    assert [row["result"]["rules"] for row in held] == [["uncalibrated", "rung"]]
    decide_step(world.fleet, held[0]["id"], approve=True, actor="ann")
    assert world.row(campaigns, made)["status"] == "paused"


def test_threads_show_replays_every_decision_without_a_model(world: RdavStore) -> None:
    world.mail("em-1")
    world.run()
    (run,) = world.runs()
    shown = show_thread(world.fleet, run["id"])["decisions"]
    assert [line["action"] for line in shown] == [
        "score",
        "draft_reply",
        "recommend",
        "update_stage",
    ]
    assert all(line["same"] for line in shown)
    (forged,) = world.steps(action="update_stage")
    world.change(
        step_decisions, forged["id"], result=forged["result"] | {"decision": "ALLOW"}
    )  # somebody with the database
    assert [line["same"] for line in show_thread(world.fleet, run["id"])["decisions"]] == [
        True, True, True, False,
    ]  # fmt: skip


def test_a_cancelled_run_acts_no_more(world: RdavStore) -> None:
    held = held_stage(world)
    cancel_thread(world.fleet, held["run_id"], actor="ann")
    done = decide_step(world.fleet, held["id"], approve=True, actor="ann")
    assert (done["status"], done["why"]) == ("superseded", "run_cancelled")
    assert world.row(opportunities, "op-1")["stage"] == "qualification"


def test_a_run_is_shown_with_gate_act_and_proof(world: RdavStore) -> None:
    held = held_stage(world)
    (row,) = recent_runs(world.fleet)
    assert (row["contact"], row["status"]) == ("Ben", "waiting_human")
    view = run_view(world.fleet, row["id"])
    assert view["goal"] == "answer"
    shown = [(s["action"], s["decision"], s["verified"], s["proof"]) for s in view["steps"]]
    assert shown == [
        ("score", "ALLOW", True, "the row is there"),
        ("draft_reply", "ALLOW", True, "the draft waits for a reviewer"),
        ("recommend", "ALLOW", True, "the store keeps what was shown"),
        ("update_stage", "HOLD", None, None),
    ]
    (waits,) = waiting_queue(world.fleet)
    assert (waits["decision_id"], waits["contact_id"], waits["rules"]) == (
        held["id"], "ct-1", ["uncalibrated", "rung"],
    )  # fmt: skip
    with pytest.raises(InputError, match="no run"):
        run_view(world.fleet, "reply:em-1")
