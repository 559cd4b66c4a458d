"""A simulated past is made by the product: it climbs, falls, recalls, and can be proved."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.__main__ import main
from fleet.adapters.store.open import EngineStore, open_store
from fleet.adapters.store.schema import (
    approvals,
    companies,
    decisions,
    drafts,
    emails,
    gate_decisions,
    grants,
    outbox,
    runs,
    traces,
    verdicts,
)
from fleet.adapters.store.simulated import read_simulated, unapproved_sends, unresolved_decisions
from fleet.adapters.store.verdicts import stored_share
from fleet.domain.trust import Rung
from fleet.errors import InputError
from fleet.evaluation.simulation import Scenario
from fleet.runtime import open_fleet
from fleet.runtime.autonomy_shadow import people_measures
from fleet.runtime.simulate import GRAPH, Plan, simulate
from fleet.settings import Settings, read_settings
from tests.support.played_home import NOW, sample_home, write_policies

SCALED = {  # a fifth of the shipped evidence and a steeper fall, so that days stand for weeks
    r"promote_bar = 0\.95": "promote_bar = 0.80", r"rollback_floor = 0\.80": "rollback_floor = 0.40",
    r"min_n = \d+": "min_n = 12", r"min_verdicts = 50": "min_verdicts = 12",
    r"min_rejections = 15": "min_rejections = 6", r"composite_bar = 0\.80  ": "composite_bar = 0.60  ",
    r"rejected_bar = 0\.70": "rejected_bar = 0.40", r"sample_share = 0\.20": "sample_share = 0.50",
    r"max_disagreements = 2": "max_disagreements = 1", r"start = 0\.5 ": "start = 0.7 ",
    r"rise = 0\.2 ": "rise = 0.9 ", r"most = 0\.7": "most = 0.9",
    r"evasive_share = 0\.5": "evasive_share = 0.8",
}  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = sample_home(tmp_path_factory.mktemp("sample"))
    write_policies(home / "scaled.toml", SCALED)
    return home


def home_of(template: Path, folder: Path, **env: str) -> Settings:
    home = folder / "home"
    shutil.copytree(template, home)
    return read_settings(str(home), {"FLEET_POLICIES": str(home / "scaled.toml")} | env)


def rows_of(settings: Settings, query: Any) -> list[dict[str, Any]]:
    store = open_store(settings.store_url)
    try:
        return store.read(query)
    finally:
        store.close()


@pytest.fixture(scope="module")
def drifted(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, dict[str, Any]]:
    """Ten days of a version that climbs and then fails; the relay would refuse every mail."""
    settings = home_of(
        template, tmp_path_factory.mktemp("drift"), FLEET_SMTP_URL="smtp://127.0.0.1:1",
        FLEET_SENDER="Ann <ann@acme.test>",
    )  # fmt: skip
    plan = Plan(days=10, seed=3, scenario=Scenario.DRIFT, mails=14)
    return settings, simulate(settings, plan, now=NOW)


def test_a_version_climbs_on_evidence_and_a_drift_demotes_it(
    drifted: tuple[Settings, dict[str, Any]],
) -> None:
    _, answer = drifted
    summary = answer["summary"]
    assert summary["rung_path"][:4] == ["DRAFT", "SHADOW", "CONDITIONAL", "SHADOW"]
    assert summary["machine_approved"] > 0
    assert summary["falls"][0]["from"] == "CONDITIONAL"
    start = round(0.7 * 10)
    climbed = next(day["day"] for day in answer["days"] if day["rung"] == "CONDITIONAL")
    fell = next(
        day["day"]
        for day in answer["days"]
        if any(move["to"] == "SHADOW" for move in day["moves"]) and day["day"] > climbed
    )
    assert climbed <= start < fell


def test_what_was_in_flight_is_recalled_and_nothing_left_without_leave(
    drifted: tuple[Settings, dict[str, Any]],
) -> None:
    settings, answer = drifted
    summary = answer["summary"]
    assert summary["recalled"] > 0
    assert summary["sends"] == sum(day["sent"] for day in answer["days"]) > 50
    assert summary["sends_without_approval_or_grant"] == 0
    assert summary["audit_ok"] is True
    assert not (settings.home / "outbox").exists()
    waiting = sa.select(drafts.c.id).where(
        drafts.c.graph_version == summary["version"],
        drafts.c.status.in_(["pending", "approved", "leased"]),
    )
    assert rows_of(settings, waiting) == []


def test_every_decision_rests_on_runs_that_the_product_made(
    drifted: tuple[Settings, dict[str, Any]],
) -> None:
    settings, answer = drifted
    version = answer["summary"]["version"]
    assert answer["summary"]["decisions_without_stored_evidence"] == 0
    assert sum(answer["summary"]["decisions"].values()) == 10
    made = rows_of(settings, sa.select(verdicts).where(verdicts.c.version == version))
    assert {row["origin"] for row in made} == {"product"}
    assert all(row["record"]["latency_ms"] > 1000 for row in made)
    ran = rows_of(settings, sa.select(runs.c.id, runs.c.trace_id, runs.c.started_at))
    assert {row["run_id"] for row in made} <= {row["id"] for row in ran}
    began = rows_of(settings, sa.select(sa.func.min(traces.c.started_at).label("at")))[0]["at"]
    assert began.startswith(answer["summary"]["from"])
    newest = rows_of(
        settings,
        sa.select(gate_decisions)
        .where(gate_decisions.c.decision == "PROMOTE")
        .order_by(gate_decisions.c.decided_at)
        .limit(1),
    )[0]
    store = open_store(settings.store_url)
    assert stored_share(store, GRAPH, version, newest["evidence"]["verdicts"]) == 1.0
    store.close()


def test_a_simulated_past_is_labelled_and_touches_nothing_real(
    drifted: tuple[Settings, dict[str, Any]], template: Path
) -> None:
    settings, answer = drifted
    store = open_store(settings.store_url)
    past = read_simulated(store)
    store.close()
    assert past is not None
    assert (past["label"], past["seed"], past["days"], past["done"]) == ("simulated", 3, 10, True)
    assert past["answer"]["summary"] == answer["summary"]
    open_mails = sa.select(emails.c.id).where(
        emails.c.handled_at.is_(None), emails.c.direction == "in"
    )
    before = rows_of(read_settings(str(template)), open_mails)
    assert len(before) > 100
    assert rows_of(settings, open_mails) == before
    assert {row["version"] for row in rows_of(settings, sa.select(grants.c.version))} == {
        answer["summary"]["version"]
    }
    names = rows_of(settings, sa.select(decisions.c.actor).distinct())
    people = {row["actor"] for row in names if row["actor"].endswith("(simulated)")}
    assert len(people) == 3
    timed = sa.select(decisions.c.seconds_on_item).where(
        decisions.c.action.in_(["edit", "reject"]), decisions.c.is_machine == sa.false()
    )
    seconds = [row["seconds_on_item"] for row in rows_of(settings, timed)]
    assert len(seconds) > 20
    assert all(each is not None and 1 < each < 200 for each in seconds)


def test_the_proofs_find_a_send_without_approval_and_a_changed_window(
    drifted: tuple[Settings, dict[str, Any]], tmp_path: Path
) -> None:
    settings, answer = drifted
    version = answer["summary"]["version"]
    shutil.copytree(settings.home, tmp_path / "copy")
    store = open_store(f"sqlite:///{tmp_path / 'copy' / 'fleet.db'}")
    rungs = ("CONDITIONAL", "UNATTENDED")
    assert unapproved_sends(store, GRAPH, version, rungs) == []
    sent = store.read(sa.select(outbox).where(outbox.c.status == "sent").limit(2))
    early = {"approved_at": "2027-01-01T00:00:00.000000Z"}
    store.write(
        sa.update(approvals).where(approvals.c.id == sent[0]["approval_id"]).values(early),
        sa.update(outbox).where(outbox.c.id == sent[1]["id"]).values(text_hash="other"),
    )
    assert set(unapproved_sends(store, GRAPH, version, rungs)) == {row["id"] for row in sent}
    by_machine = set(unapproved_sends(store, GRAPH, version, ())) - {row["id"] for row in sent}
    assert by_machine
    one = store.read(sa.select(gate_decisions).order_by(gate_decisions.c.decided_at).limit(1))[0]
    less = one["evidence"] | {"verdicts": one["evidence"]["verdicts"][1:]}
    change = sa.update(gate_decisions).where(gate_decisions.c.id == one["id"])
    store.write(change.values(evidence=less))
    assert unresolved_decisions(store, GRAPH, version) == [one["id"]]
    store.close()


def test_a_worse_version_never_leaves_the_rung_on_which_people_decide(
    template: Path, tmp_path: Path
) -> None:
    settings = home_of(template, tmp_path)
    plan = Plan(days=4, seed=3, scenario=Scenario.WORSE, mails=14)
    summary = simulate(settings, plan, now=NOW)["summary"]
    assert summary["rung_path"] == [Rung.DRAFT.value]
    assert summary["drafts"] > 40
    assert summary["rejected"] > 10
    assert "PROMOTE" not in summary["decisions"]
    assert summary["sends_without_approval_or_grant"] == 0


def test_careless_reviewers_miss_planted_drafts_that_never_leave(
    template: Path, tmp_path: Path, drifted: tuple[Settings, dict[str, Any]]
) -> None:
    settings = home_of(template, tmp_path)
    simulate(settings, Plan(days=3, seed=3, mails=14, careless=True), now=NOW)
    careless, careful = (caught(each) for each in (settings, drifted[0]))
    assert careless[1] >= 12
    assert careless[0] / careless[1] < 0.75 < 0.85 < careful[0] / careful[1]
    sent = (
        sa.select(outbox.c.id)
        .select_from(outbox.join(drafts, drafts.c.id == outbox.c.draft_id))
        .where(drafts.c.is_canary == sa.true())
    )
    assert rows_of(settings, sent) == []


def caught(settings: Settings) -> tuple[int, int]:
    fleet = open_fleet(settings)
    people = people_measures(fleet)["reviewers"]
    fleet.close()
    return sum(p["caught"] for p in people), sum(p["canaries"] for p in people)


def test_on_a_day_of_an_outage_nothing_runs_and_the_next_one_catches_up(
    template: Path, tmp_path: Path
) -> None:
    settings = home_of(template, tmp_path)
    file = settings.home / "scaled.toml"
    file.write_text(
        re.sub("outage_every = 9", "outage_every = 2", file.read_text("utf-8")), "utf-8"
    )
    days = simulate(settings, Plan(days=3, seed=5, mails=6, outage=True), now=NOW)["days"]
    assert [day["outage"] for day in days] == [False, True, False]
    assert [day["decision"] for day in days][1] is None
    assert (days[1]["mails"], days[1]["drafts"], days[1]["sent"]) == (6, 0, 0)
    assert days[2]["drafts"] > days[2]["mails"] == 6


def test_the_same_plan_gives_the_same_past_and_is_played_once(
    template: Path, tmp_path: Path
) -> None:
    plan = Plan(days=2, seed=5, mails=6, outage=True)
    first = home_of(template, tmp_path / "one")
    answer = simulate(first, plan, now=NOW)
    assert simulate(home_of(template, tmp_path / "two"), plan, now=NOW) == answer
    assert simulate(first, plan, now=NOW) == answer
    with pytest.raises(InputError, match="holds a simulated past already"):
        simulate(first, Plan(days=2, seed=6, mails=6), now=NOW)
    other = simulate(home_of(template, tmp_path / "three"), Plan(days=1, seed=6, mails=6), now=NOW)
    assert other["days"][0] != answer["days"][0]


def test_a_home_with_a_real_past_is_refused(template: Path, tmp_path: Path) -> None:
    settings = home_of(template, tmp_path)
    store = open_store(settings.store_url)
    assert isinstance(store, EngineStore)
    store.insert_many(companies, [{"id": "real", "name": "Real Ltd"}])
    with pytest.raises(InputError, match="imported companies"):
        simulate(settings, Plan(days=1), now=NOW)
    store.write(sa.delete(companies).where(companies.c.id == "real"))
    row = {
        "id": "g", "graph": GRAPH, "version": "reply-1", "rung": "SHADOW", "reason": "r",
        "granted_by": "ann", "granted_at": "2026-03-01T00:00:00.000000Z",
    }  # fmt: skip
    store.insert_many(grants, [row])
    with pytest.raises(InputError, match="that past is real"):
        simulate(settings, Plan(days=1), now=NOW)
    assert read_simulated(store) is None
    store.close()


@pytest.mark.parametrize("words", [["--days", "0"], ["--days", "2", "--mails", "0"]])
def test_what_cannot_be_played_is_said_in_one_line(
    template: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    home = home_of(template, tmp_path).home
    assert main(["simulate", *words, "--json", "--home", str(home)]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert main(["simulate", "--days", "1", "--home", str(tmp_path / "none")]) == 2
