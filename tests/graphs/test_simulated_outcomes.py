"""Deals end in a simulated past as in a CRM: scored before, held against the outcome after."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.sample import make_sample
from fleet.adapters.store.audit import verify
from fleet.adapters.store.lead_outcomes import GIVEN, read_given
from fleet.adapters.store.leads import KIND
from fleet.adapters.store.played import OUTCOME, PLAYED, is_played_outcome
from fleet.adapters.store.schema import actions, activities, audit_log, opportunities, scores
from fleet.adapters.store.simulated_deals import rewind_deals
from fleet.evaluation.simulation import Scenario
from fleet.propensity.follow_up import OFF, is_counted
from fleet.runtime.fleet import Fleet
from fleet.runtime.scoring import read_report, score_leads
from fleet.runtime.scoring_watch import read_ended, read_follow_up
from fleet.runtime.simulate import Plan, _cast, simulate
from fleet.runtime.simulate_deals import NEW, Pipeline
from fleet.settings import Settings, read_settings
from tests.support.played_home import NOW, sample_home, write_policies

DAYS = 16
FIRST = (NOW - timedelta(days=DAYS)).date().isoformat()
UNTIL = NOW.date().isoformat()
PLAN = Plan(days=DAYS, seed=3, mails=1, scenario=Scenario.DRIFT)
QUICK = {  # a training that costs less, and a second one within these days
    r"bootstrap = \d+": "bootstrap = 10", r"inner_folds = \d+": "inner_folds = 2",
    r"refit_days = 16\.0": "refit_days = 6.0",
    r"market_fall = -2\.0": "market_fall = -9.0", r"start = 0\.5 ": "start = 0.2 ",
}  # fmt: skip  # and a fall that so few deals show


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = sample_home(tmp_path_factory.mktemp("sample"))
    write_policies(home / "quick.toml", QUICK)
    return home


def home_of(template: Path, folder: Path) -> Settings:
    shutil.copytree(template, folder / "home")
    home = folder / "home"
    return read_settings(str(home), {"FLEET_POLICIES": str(home / "quick.toml")})


@pytest.fixture(scope="module")
def played(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Fleet, dict[str, Any]]:  # fmt: skip
    """Sixteen days of a falling market, in a home whose leads were scored today."""
    settings = home_of(template, tmp_path_factory.mktemp("played"))
    today = Fleet(settings)
    today.clock = Today()  # type: ignore[assignment]  # the clock is a port
    score_leads(today)
    today.close()
    answer = simulate(settings, PLAN, now=NOW)
    return Fleet(settings), answer


class Today:
    """The real time of the home."""

    def now(self) -> datetime:
        return NOW


def ended(fleet: Fleet) -> list[dict[str, Any]]:
    """Return the deals that ended in the played days."""
    o = opportunities.c
    query = sa.select(opportunities).where(o.outcome.is_not(None), o.closed_at >= FIRST)
    return fleet.store.read(query.order_by(o.id))


def test_deals_end_on_their_days_marked_and_in_the_audit_log(
    played: tuple[Fleet, dict[str, Any]],
) -> None:
    fleet, answer = played
    rows = ended(fleet)
    assert all(FIRST <= row["closed_at"] < UNTIL for row in rows)
    assert all(row["extra"][PLAYED][OUTCOME] == row["outcome"] for row in rows)
    assert all((row["lost_reason"] is None) == (row["outcome"] == "won") for row in rows)
    assert answer["summary"]["deals"] == {
        outcome: sum(row["outcome"] == outcome for row in rows) for outcome in ("won", "lost")
    }
    new = [row for row in rows if row["id"].startswith(NEW)]
    assert 15 < len(new) < len(rows)
    log = sa.select(audit_log.c.payload).where(audit_log.c.kind == "simulate.deals")
    told = [row["payload"] for row in fleet.store.read(log.order_by(audit_log.c.seq))]
    assert len({each["day"] for each in told}) == len(told) == DAYS
    named = [deal_id for each in told for deal_id in (*each["won"], *each["lost"])]
    assert sorted(named) == [row["id"] for row in rows]
    assert verify(fleet.store).ok


def test_the_sample_is_whole_again_when_the_days_are_over(
    played: tuple[Fleet, dict[str, Any]],
) -> None:
    """Every deal of the sample began on its day, and those it ended in these days ended on it."""
    fleet, _ = played
    stored = {row["id"]: row for row in fleet.store.read(sa.select(opportunities))}
    noon = NOW.replace(hour=12, minute=0)
    for deal in make_sample(noon)["opportunities"]:
        row = stored[deal["id"]]
        assert row["opened_at"] == deal["opened_at"]
        if deal["outcome"]:
            assert row["closed_at"] == deal["closed_at"]
            within = deal["closed_at"] >= FIRST
            assert is_played_outcome(row["extra"]) == within
            assert within or row["outcome"] == deal["outcome"]
        assert not {"opens", "ends"} & set((row["extra"] or {}).get(PLAYED, ()))


def test_no_chance_was_given_before_a_deal_began_or_knowing_how_it_ended(
    played: tuple[Fleet, dict[str, Any]],
) -> None:
    fleet, answer = played
    joined = scores.join(opportunities, opportunities.c.id == scores.c.subject_id)
    query = (
        sa.select(scores.c.recorded_at, scores.c.kind, opportunities.c.opened_at,
                  opportunities.c.closed_at, opportunities.c.outcome)
        .select_from(joined)
        .where(scores.c.kind.in_([KIND, GIVEN]))
    )  # fmt: skip
    rows = fleet.store.read(query)
    assert len(rows) > 300
    assert all(row["opened_at"] <= row["recorded_at"][:10] < UNTIL for row in rows)
    given = read_given(fleet.store, 9_999)
    assert len(given) > 0.9 * len(ended(fleet))
    assert all(is_counted(row) and row.played for row in given)
    log = sa.select(audit_log.c.at, audit_log.c.payload).where(
        audit_log.c.kind == "propensity.fit", audit_log.c.at < UNTIL
    )
    fits = fleet.store.read(log.order_by(audit_log.c.seq))
    assert len(fits) == answer["summary"]["scoring"]["trained"] == 3
    assert all(fit["payload"][PLAYED] for fit in fits)
    for fit in fits:
        o, day = opportunities.c, fit["at"][:10]
        known = sa.select(o.id).where(o.outcome.is_not(None), o.closed_at <= day)
        assert fit["payload"]["deals"] == len(fleet.store.read(known))
    report = read_report(fleet.settings.home / "models" / "propensity")
    assert report is not None
    assert report["deals"] == fits[-1]["payload"]["deals"]


def test_a_fallen_market_is_seen_by_segment_and_raises_one_simulated_warning(
    played: tuple[Fleet, dict[str, Any]],
) -> None:
    fleet, answer = played
    found = read_follow_up(fleet)["trained"]
    assert found["n"] == answer["summary"]["scoring"]["n"] > 60
    assert found["rate"] < found["chance"]
    assert {row["column"] for row in found["segments"]} >= {"lead source", "company size"}
    real, simulated = read_ended(fleet)
    assert answer["summary"]["scoring"]["state"] == found["state"] == OFF
    (raised,) = fleet.store.read(sa.select(actions).where(actions.c.id.startswith("cal-")))
    assert raised["reason"].startswith("simulated: chances of leads are off: said 0.")
    assert (real, len(simulated)) == ([], found["n"])
    assert read_follow_up(fleet, real)["trained"]["n"] == 0


def test_a_day_that_is_played_again_changes_nothing(template: Path, tmp_path: Path) -> None:
    settings = home_of(template, tmp_path)
    first = simulate(settings, Plan(days=3, seed=3, mails=1), now=NOW)
    fleet = Fleet(settings)
    plan, begin = Plan(days=3, seed=3, mails=1), NOW.replace(hour=0, minute=0) - timedelta(days=3)
    play = _cast(fleet, plan, begin, first["summary"]["version"])
    before = kept(fleet)
    game = Pipeline(fleet, play, 3, begin, ())
    for day in range(3):
        game.play_day(day, begin + timedelta(days=day), down=True)
    assert kept(fleet) == before
    fleet.close()


def kept(fleet: Fleet) -> list[list[dict[str, Any]]]:
    tables = (opportunities, activities, audit_log)
    return [fleet.store.read(sa.select(table)) for table in tables]


def test_a_rewind_that_is_cut_short_or_done_twice_takes_each_deal_back_once(
    template: Path, tmp_path: Path
) -> None:
    fleet = Fleet(home_of(template, tmp_path))
    args = (NOW.date() - timedelta(days=30), NOW.date(), "v+sim.good.1", NOW)
    assert rewind_deals(fleet.store, *args) > 80
    before = fleet.store.read(sa.select(opportunities))
    assert rewind_deals(fleet.store, *args) == 0
    assert fleet.store.read(sa.select(opportunities)) == before
    since = args[0].isoformat()
    assert all((row["opened_at"] or "") < since for row in before)
    assert all((row["closed_at"] or "") < since for row in before)
    fleet.close()
