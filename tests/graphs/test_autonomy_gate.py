"""The autonomy gate over a real store: silent at SHADOW, answering under a valid grant only."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.delivery import Maildir
from fleet.adapters.store.audit import verify
from fleet.adapters.store.autonomy_rows import beside_people
from fleet.adapters.store.controls import halt, suppress
from fleet.adapters.store.grants import last_beat, read_grant
from fleet.adapters.store.outbox import Outbox
from fleet.adapters.store.recalls import recall, recall_preview
from fleet.adapters.store.schema import (
    approvals,
    decisions,
    defects,
    drafts,
    drift_reports,
    outbox,
    scores,
)
from fleet.adapters.store.verdicts import read_verdicts, stored_share, write_review_verdicts
from fleet.domain.trust import Rung
from fleet.errors import EgressTimeout, InputError
from fleet.evaluation.autonomy.values import Case, JudgeReply
from fleet.release_gate.digest import canonical_line
from fleet.release_gate.ladder import in_canary, is_sampled
from fleet.runtime.autonomy import judge_waiting
from fleet.runtime.autonomy_shadow import people_measures, shadow_readiness
from fleet.runtime.canaries import due_for_second, second_look, seed_canaries
from fleet.runtime.ladder import climb, gate_version, grant, ladder_policy, revoke
from fleet.runtime.ladder_watch import watch
from tests.support.autonomy_world import GRAPH, VERSION, AutonomyWorld

HOUR = 3600.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AutonomyWorld]:
    made = AutonomyWorld(tmp_path)
    yield made
    made.close()


def sender(world: AutonomyWorld) -> Outbox:
    return Outbox(
        world.store, world.clock, world.fleet.settings, Maildir(world.folder / "outbox"),
        policies=world.fleet.policies, alive=lambda _owner: False,
    )  # fmt: skip


def states(world: AutonomyWorld) -> dict[str, str]:
    rows = world.store.read(sa.select(drafts.c.id, drafts.c.status))
    return {row["id"]: row["status"] for row in rows}


def answered_key(world: AutonomyWorld) -> str:
    """A key whose draft is in the canary share and not sampled, as the hashes say."""
    from fleet.review.values import NewDraft, text_hash  # the ids a draft will get
    from tests.support.autonomy_world import body_for

    rule = ladder_policy(world.fleet).rungs["CONDITIONAL"]
    for number in range(200):
        key = f"k{number}"
        fake = NewDraft(
            kind="reply", graph=GRAPH, graph_version=VERSION, to_address=f"{key}@buyer.test",
            subject="Re: The plan", body=body_for(), email_id=f"m-{key}", provenance=None,  # type: ignore[arg-type]  # only its id is read
        )  # fmt: skip
        inside = in_canary(f"c-{key}", GRAPH, VERSION, rule.canary_share)
        hashed = text_hash(fake.subject, fake.body)
        if inside and not is_sampled(fake.draft_id, hashed, rule.sample_share):
            return key
    raise AssertionError("no key in 200")


@pytest.mark.parametrize("rung", [None, Rung.ASSIST, Rung.DRAFT])
def test_up_to_draft_the_gate_says_nothing(world: AutonomyWorld, rung: Rung | None) -> None:
    world.draft("a")
    if rung is not None:
        world.stand_on(rung)
    assert judge_waiting(world.fleet)["judged"] == 0
    assert world.store.read(sa.select(scores.c.id)) == []


def test_at_shadow_it_judges_in_silence_once_a_text(world: AutonomyWorld) -> None:
    good, bad = world.draft("a"), world.draft("b", supported=False)
    world.stand_on(Rung.SHADOW)
    assert judge_waiting(world.fleet) == {
        "judged": 2, "approved": 0, "sampled": 0, "left": 2, "recalled": 0, "demoted": 0,
    }  # fmt: skip
    assert judge_waiting(world.fleet)["judged"] == 0
    found = {row["subject_id"]: row["label"] for row in world.store.read(sa.select(scores))}
    assert found == {good: "approve", bad: "people"}
    assert set(states(world).values()) == {"pending"}
    world.fleet.review.edit(good, body="Another text altogether, and a longer one.", actor="ann")
    assert judge_waiting(world.fleet)["judged"] == 1
    assert verify(world.store).ok


def test_from_conditional_on_it_answers_and_the_mail_goes_out_once(world: AutonomyWorld) -> None:
    draft_id = world.draft(answered_key(world))
    world.stand_on(Rung.CONDITIONAL)
    assert judge_waiting(world.fleet)["approved"] == 1
    (made,) = world.store.read(sa.select(decisions).where(decisions.c.draft_id == draft_id))
    assert (made["actor"], made["is_machine"]) == (f"autonomy:{GRAPH}", True)
    world.clock.move(61)
    assert sender(world).drain()["sent"] == 1
    assert sender(world).drain()["sent"] == 0


@pytest.mark.parametrize("lapse", ["expired", "silent", "revoked", "halted"])
def test_nothing_goes_out_when_the_grant_lapsed_before_sending(
    world: AutonomyWorld, lapse: str
) -> None:
    draft_id = world.draft(answered_key(world))
    world.stand_on(Rung.CONDITIONAL, days=0.5)
    assert judge_waiting(world.fleet)["approved"] == 1
    world.clock.move(2 * HOUR if lapse == "silent" else 61)
    if lapse == "expired":
        world.clock.move(12 * HOUR)
        world.watch()
    if lapse == "revoked":
        revoke(world.fleet, GRAPH, VERSION, reason="it misreads prices", actor="ann")
    if lapse == "halted":
        halt(world.store, "stop", actor="ann", now=world.clock.now())
    assert sender(world).drain()["sent"] == 0
    assert judge_waiting(world.fleet)["recalled"] == (lapse != "revoked")
    assert states(world)[draft_id] == "pending"
    assert [row["status"] for row in world.store.read(sa.select(outbox))] == ["voided"]
    assert all(row["voided_at"] for row in world.store.read(sa.select(approvals)))
    assert verify(world.store).ok


def test_a_persons_approval_needs_no_grant(world: AutonomyWorld) -> None:
    draft_id = world.draft("a")
    world.fleet.review.approve(draft_id, actor="ann")
    world.clock.move(61)
    assert sender(world).drain()["sent"] == 1


def test_a_machine_without_a_grant_cannot_approve_though_it_tries(world: AutonomyWorld) -> None:
    from fleet.adapters.store.review_reads import find
    from fleet.runtime.autonomy import _conditions

    draft_id = world.draft("a")
    row = find(world.store, draft_id)
    only_if = _conditions(world.fleet, row, world.clock.now(), 400)
    with pytest.raises(InputError):
        world.fleet.review.approve(
            draft_id, actor=f"autonomy:{GRAPH}", is_machine=True, only_if=only_if
        )
    assert states(world)[draft_id] == "pending"


def test_the_daily_cap_holds_in_the_same_batch(world: AutonomyWorld) -> None:
    ladder = world.fleet.policies["ladder"]["rungs"]["CONDITIONAL"]
    ladder |= {"daily_cap": 3, "sample_share": 0.0, "canary_share": 1.0}
    for number in range(6):
        world.draft(f"k{number}")
    world.stand_on(Rung.CONDITIONAL)
    done = judge_waiting(world.fleet)
    assert (done["judged"], done["approved"], done["left"]) == (6, 3, 3)


def test_a_sample_goes_to_people_unmarked_and_their_refusal_demotes(world: AutonomyWorld) -> None:
    rungs = world.fleet.policies["ladder"]["rungs"]
    rungs["CONDITIONAL"] |= {"sample_share": 1.0, "canary_share": 1.0}
    draft_id = world.draft("a")
    world.stand_on(Rung.CONDITIONAL)
    assert judge_waiting(world.fleet)["sampled"] == 1
    shown = world.fleet.review.listing("pending")
    assert [row["draft_id"] for row in shown] == [draft_id]
    assert "autonomy" not in str(shown)
    world.fleet.review.reject(draft_id, reason="wrong_fact", actor="ann")
    assert judge_waiting(world.fleet)["demoted"] == 1
    found = read_grant(world.store, GRAPH, VERSION)
    assert found is not None
    assert (found.rung, "wrong_fact" in found.reason) == (Rung.SHADOW, True)


def test_a_suppressed_recipient_and_a_newer_mail_go_to_people(world: AutonomyWorld) -> None:
    ladder = world.fleet.policies["ladder"]["rungs"]["CONDITIONAL"]
    ladder |= {"sample_share": 0.0, "canary_share": 1.0}
    for key in ("a", "b", "c"):
        world.draft(key)
    suppress(
        world.store, "a@buyer.test", reason="asked", origin="test", now=world.clock.now(),
        actor="ann",
    )  # fmt: skip
    from fleet.adapters.store.schema import emails

    world.store.write(emails.update().where(emails.c.id == "m-b").values(reply="unsubscribe"))
    world.stand_on(Rung.CONDITIONAL)
    done = judge_waiting(world.fleet)
    assert (done["approved"], done["left"]) == (1, 2)
    vetoes = [row["detail"]["vetoes"] for row in world.store.read(sa.select(scores))]
    assert sorted(map(bool, vetoes)) == [False, True, True]


def test_a_judge_that_raises_leaves_the_draft_with_people(world: AutonomyWorld) -> None:
    ladder = world.fleet.policies["ladder"]["rungs"]["CONDITIONAL"]
    ladder |= {"sample_share": 0.0, "canary_share": 1.0}
    world.draft("a")
    world.stand_on(Rung.CONDITIONAL)

    def broken(case: Case) -> JudgeReply:
        raise TimeoutError(case.draft_id)

    done = judge_waiting(world.fleet, judge=broken)
    assert (done["judged"], done["approved"]) == (1, 0)
    (row,) = world.store.read(sa.select(scores))
    assert row["detail"]["vetoes"] == ["the judge failed: TimeoutError"]


def test_a_canary_is_judged_and_never_answered(world: AutonomyWorld) -> None:
    ladder = world.fleet.policies["ladder"]["rungs"]["CONDITIONAL"]
    ladder |= {"sample_share": 0.0, "canary_share": 1.0}
    world.draft("a", is_canary=True)
    world.stand_on(Rung.CONDITIONAL)
    assert judge_waiting(world.fleet)["approved"] == 0


def test_the_preview_names_what_the_recall_takes_back(world: AutonomyWorld) -> None:
    first, second, other = world.draft("a"), world.draft("b"), world.draft("c")
    for draft_id in (first, second):
        world.fleet.review.approve(draft_id, actor="ann")
    shown = recall_preview(world.store, GRAPH, VERSION)
    assert [(row["draft_id"], row["recallable"]) for row in shown] == [
        (first, True), (second, True),
    ]  # fmt: skip
    world.store.write(outbox.update().where(outbox.c.draft_id == first).values(status="sending"))
    assert [row["recallable"] for row in recall_preview(world.store, GRAPH, VERSION)] == [
        False, True,
    ]  # fmt: skip
    now = world.fleet.review.now()
    done = recall(world.store, GRAPH, VERSION, reason="it fell", actor="monitor", at=now)
    assert done == [second]
    assert states(world) == {first: "approved", second: "pending", other: "pending"}
    assert recall(world.store, GRAPH, "other", reason="x", actor="y", at=now) == []
    assert verify(world.store).ok


def test_decided_drafts_become_verdicts_once_the_undo_time_is_over(world: AutonomyWorld) -> None:
    policy = ladder_policy(world.fleet).verdicts
    good, edited, bad = (world.draft(key) for key in ("a", "b", "c"))
    world.draft("d", is_canary=True)
    world.fleet.review.approve(good, actor="ann")
    world.fleet.review.edit(edited, body="Short and good, with no number in it.", actor="ann")
    world.fleet.review.approve(edited, actor="ann")
    world.fleet.review.reject(bad, reason="wrong_intent", actor="ann")

    def write() -> int:
        return write_review_verdicts(world.store, policy=policy, now=world.clock.now(), settle_s=60)

    assert write() == 0
    world.clock.move(61)
    assert (write(), write()) == (3, 0)
    rows = {row["draft_id"]: row for row in read_verdicts(world.store, GRAPH, VERSION)}
    assert (rows[good]["task_success"], rows[good]["evidence_coverage"]) == (1.0, 1.0)
    assert 0 <= rows[edited]["task_success"] < 1
    assert (rows[bad]["task_success"], rows[bad]["context_preserved"]) == (0.0, 0.0)
    assert 2000 <= rows[good]["latency_ms"] < 2100
    lines = [canonical_line(row).decode() for row in rows.values()]
    assert stored_share(world.store, GRAPH, VERSION, lines) == 1.0
    forged = canonical_line(rows[bad] | {"task_success": 1.0}).decode()
    assert stored_share(world.store, GRAPH, VERSION, [lines[0], forged]) == 0.5
    assert stored_share(world.store, GRAPH, VERSION, []) is None


def test_a_version_climbs_on_evidence_falls_on_defects_and_what_was_in_flight_comes_back(
    world: AutonomyWorld,
) -> None:
    world.watch()

    def review(start: int, good: int, bad: int) -> None:
        numbers = range(start, start + good + bad)
        ids = [world.draft(f"n{n}", supported=n < start + good) for n in numbers]
        judge_waiting(world.fleet)
        for number, draft_id in zip(numbers, ids, strict=True):
            if number < start + good:
                world.fleet.review.approve(draft_id, actor="ann")
            else:
                world.fleet.review.reject(draft_id, reason="wrong_tone", actor="ann")
        world.clock.move(120)
        world.watch()

    review(0, 110, 0)
    up = climb(world.fleet, GRAPH, VERSION)
    assert (up["decision"], up["rung"], up["moved"]) == ("PROMOTE", "SHADOW", True)
    review(200, 130, 0)
    for number in range(20):
        world.draft(f"x{number}")
    assert seed_canaries(world.fleet, 1.0) == 20
    assert seed_canaries(world.fleet, 1.0) == 0
    judge_waiting(world.fleet)
    for row in world.store.read(sa.select(drafts).where(drafts.c.is_canary)):
        assert "55 USD" not in row["body"].replace("155", "").replace("385", "")
        world.fleet.review.reject(row["id"], reason="wrong_fact", actor="ann")
    ready = shadow_readiness(world.fleet, GRAPH, VERSION)
    assert (ready.ready, ready.verdicts, ready.rejections) == (True, 150, 20)
    early = climb(world.fleet, GRAPH, VERSION)
    assert early["moved"] is False
    assert early["missing"][0].startswith("24 h on SHADOW")
    world.clock.move(25 * HOUR)
    world.watch()
    assert climb(world.fleet, GRAPH, VERSION)["rung"] == "CONDITIONAL"
    draft_id = world.draft(answered_key(world))
    assert judge_waiting(world.fleet)["approved"] == 1
    review(400, 0, 1)
    assert watch(world.fleet) == []
    world.fleet.review.reject(world.draft("leak"), reason="privacy", actor="ann")
    world.clock.move(120)
    assert watch(world.fleet) == [(GRAPH, VERSION)]
    fallen = read_grant(world.store, GRAPH, VERSION)
    assert fallen is not None
    assert (fallen.rung, "ROLLBACK" in fallen.reason) == (Rung.DRAFT, True)
    assert states(world)[draft_id] == "pending"
    again = climb(world.fleet, GRAPH, VERSION)
    assert again["moved"] is False
    with pytest.raises(InputError, match="it fell: no way up before"):
        grant(world.fleet, GRAPH, VERSION, Rung.SHADOW, reason="please", actor="ann")
    assert verify(world.store).ok
    people = people_measures(world.fleet)
    assert [row["actor"] for row in people["reviewers"]] == ["ann"]
    assert people["reviewers"][0]["catch_rate"][0] == 1.0
    assert people["kappa"][0] > 0.9


def test_every_recorded_decision_rests_on_stored_runs(world: AutonomyWorld) -> None:
    for number in range(5):
        world.fleet.review.approve(world.draft(f"n{number}"), actor="ann")
    world.clock.move(61)
    decided = gate_version(world.fleet, GRAPH, VERSION)
    from fleet.adapters.store.gate_log import load_decision

    lines: list[Any] = load_decision(world.store, decided["id"])["evidence"]["verdicts"]
    assert len(lines) == 5
    assert stored_share(world.store, GRAPH, VERSION, lines) == 1.0


def test_verdicts_and_people_meet_on_the_same_text_only(world: AutonomyWorld) -> None:
    draft_id = world.draft("a")
    world.stand_on(Rung.SHADOW)
    judge_waiting(world.fleet)
    world.fleet.review.edit(draft_id, body="Another text altogether, a longer one.", actor="ann")
    world.fleet.review.approve(draft_id, actor="ann")
    (found,) = beside_people(world.store, GRAPH, VERSION)
    assert (found["human"], found["approves"]) == ("edit", True)
    world.fleet.review.undo(draft_id, actor="ann")
    assert len(beside_people(world.store, GRAPH, VERSION)) == 1


def test_a_canary_looks_like_its_twin_but_for_one_number(world: AutonomyWorld) -> None:
    draft_id = world.draft("a")
    assert seed_canaries(world.fleet) == 0
    assert seed_canaries(world.fleet, 1.0) == 1
    good, bad = sorted(world.fleet.review.listing(), key=lambda row: row["draft_id"] != draft_id)
    assert bad["body"].replace(bad["body"].split("is ")[1].split(" USD")[0], "55") == good["body"]
    for key in ("to", "subject", "in_reply_to", "graph", "version", "risk"):
        assert bad[key] == good[key]
    assert [c["supported"] for c in bad["claims"]] == [c["supported"] for c in good["claims"]]
    world.fleet.review.approve(bad["draft_id"], actor="ann")
    assert world.store.read(sa.select(outbox)) == []
    world.clock.move(61)
    assert sender(world).drain()["sent"] == 0


def test_a_second_look_is_blind_and_anothers(world: AutonomyWorld) -> None:
    first, second = world.draft("a"), world.draft("b")
    hashes = {row["draft_id"]: row["text_hash"] for row in world.fleet.review.listing()}
    world.fleet.review.approve(first, actor="ann")
    world.fleet.review.reject(second, reason="wrong_tone", actor="ann")
    assert due_for_second(world.fleet, "bob") == []
    assert due_for_second(world.fleet, "bob", 1.0) == [first, second]
    assert due_for_second(world.fleet, "ann", 1.0) == []
    with pytest.raises(InputError, match="no second look from ann"):
        second_look(world.fleet, first, approves=True, actor="ann", text_hash=hashes[first])
    second_look(world.fleet, first, approves=True, actor="bob", text_hash=hashes[first])
    second_look(world.fleet, second, approves=False, actor="bob", text_hash=hashes[second])
    with pytest.raises(InputError):
        second_look(world.fleet, first, approves=True, actor="eve", text_hash=hashes[first])
    found = people_measures(world.fleet)
    assert (found["second_looks"], found["second_kappa"][0]) == (2, 1.0)
    assert states(world) == {first: "approved", second: "rejected"}
    assert verify(world.store).ok


class StubChat:
    """Answers every question with the same marks, and remembers what it was asked."""

    def __init__(self, mark: float, *, fails: bool = False) -> None:
        self.mark, self.fails, self.asked = mark, fails, list[dict[str, str]]()

    def ask(self, prompt: str, values: dict[str, str], schema: type[Any], **_: Any) -> Any:
        self.asked.append(values | {"prompt": prompt})
        if self.fails:
            raise EgressTimeout("too late")
        marks = dict.fromkeys(("answers", "grounded", "tone", "next_step"), self.mark)
        value = schema(**marks, needs_person=False, reason="it fits")
        return SimpleNamespace(value=value, model="deepseek-flash", prompt_digest="judge")

    def close(self) -> None:
        return None


@pytest.mark.parametrize(
    ("chat", "approved", "method"),
    [(StubChat(1.0), 1, "llm"), (StubChat(0.1), 0, "llm"), (StubChat(1.0, fails=True), 0, "rules")],
)
def test_the_model_judges_what_no_veto_stopped(
    world: AutonomyWorld, chat: StubChat, approved: int, method: str
) -> None:
    rungs = world.fleet.policies["ladder"]["rungs"]
    rungs["CONDITIONAL"] |= {"sample_share": 0.0, "canary_share": 1.0}
    good = world.draft("a")
    world.draft("b", supported=False)
    world.stand_on(Rung.CONDITIONAL)
    world.fleet.__dict__["chat"] = chat
    assert judge_waiting(world.fleet)["approved"] == approved
    (asked,) = chat.asked
    assert (asked["prompt"], asked["mail"]) == ("autonomy.judge", "What does it cost?")
    (row,) = world.store.read(sa.select(scores).where(scores.c.subject_id == good))
    assert row["method"] == method


@pytest.mark.parametrize("finding", ["drift", "defect"])
def test_what_the_monitor_finds_takes_a_version_down(world: AutonomyWorld, finding: str) -> None:
    draft_id = world.draft(answered_key(world))
    world.stand_on(Rung.CONDITIONAL)
    assert judge_waiting(world.fleet)["approved"] == 1
    at = world.fleet.review.now()
    if finding == "drift":
        report = {"id": "r1", "graph": GRAPH, "graph_version": VERSION, "features": [], "at": at}
        world.store.write(sa.insert(drift_reports).values(**report, state="DRIFT"))
    else:
        row = {
            "id": "x1", "run_id": "r", "graph": GRAPH, "graph_version": VERSION, "code": "loop",
            "severity": "critical", "status": "open", "at": at,
        }  # fmt: skip
        world.store.write(sa.insert(defects).values(row))
    before = last_beat(world.store)
    assert watch(world.fleet) == [(GRAPH, VERSION)]
    after = last_beat(world.store)
    assert before is not None
    assert after is not None
    assert after > before
    found = read_grant(world.store, GRAPH, VERSION)
    assert found is not None
    assert (found.rung, found.granted_by) == (Rung.DRAFT, "monitor")
    assert states(world)[draft_id] == "pending"
    assert judge_waiting(world.fleet)["demoted"] == 0


def test_two_gates_at_once_answer_each_draft_once_and_keep_the_cap(world: AutonomyWorld) -> None:
    rungs = world.fleet.policies["ladder"]["rungs"]
    rungs["CONDITIONAL"] |= {"sample_share": 0.0, "canary_share": 1.0, "daily_cap": 8}
    for number in range(12):
        world.draft(f"k{number}")
    world.stand_on(Rung.CONDITIONAL)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(judge_waiting, world.fleet) for _ in range(2)]
    done = [each.result() for each in both]
    assert sum(each["approved"] for each in done) == 8
    live = world.store.read(sa.select(approvals.c.draft_id))
    assert len({row["draft_id"] for row in live}) == len(live) == 8
    assert verify(world.store).ok
