"""The worker's round over leads: renewed when evidence changed, trained when due, warned once."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.locks import only_one
from fleet.adapters.store import lead_outcomes
from fleet.adapters.store.audit import verify
from fleet.adapters.store.schema import (
    actions,
    activities,
    audit_log,
    companies,
    contacts,
    controls,
    opportunities,
    scores,
)
from fleet.ports import Store
from fleet.runtime.fleet import Fleet
from fleet.runtime.scoring import score_leads
from fleet.runtime.scoring_round import propensity_round
from fleet.runtime.scoring_watch import read_follow_up
from fleet.settings import read_settings
from tests.support.lead_world import OPEN, lead_home

QUIET = {"rescored": 0, "dropped": 0, "trained": None, "warned": 0}


class Clock:
    """A clock that is set by hand, from today's morning on: an hour later is the same day."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).replace(hour=9)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    for name in ("FLEET_STORE_URL", "FLEET_GATEWAY_URL"):
        monkeypatch.delenv(name, raising=False)
    lead_home(tmp_path)
    made = Fleet(read_settings(str(tmp_path)))
    quick = made.policies["propensity"] | {"bootstrap": 10, "folds": 2, "inner_folds": 2}
    quick["boosting"] = quick["boosting"] | {"rounds": 5}
    made.__dict__["policies"] = made.policies | {"propensity": quick}
    made.clock = Clock()  # type: ignore[assignment]  # the clock is a port
    return made


def later(fleet: Fleet, days: float) -> None:
    assert isinstance(fleet.clock, Clock)
    fleet.clock.at += timedelta(days=days)


def kept(store: Store, kind: str = "propensity") -> dict[str, dict[str, Any]]:
    query = sa.select(scores).where(scores.c.kind == kind).order_by(scores.c.id)
    return {row["id"]: row for row in store.read(query)}


def close(store: Store, deal_id: str, day: datetime, outcome: str = "won") -> None:
    store.write(
        sa.update(opportunities).where(opportunities.c.id == deal_id)
        .values(outcome=outcome, closed_at=day.date().isoformat())
    )  # fmt: skip


def test_the_first_round_trains_and_says_so_and_the_next_writes_nothing(fleet: Fleet) -> None:
    first = propensity_round(fleet)
    assert first["rescored"] == 2 * OPEN
    assert first["trained"].startswith("trained anew on 160 closed deals, chosen: ")
    (entry,) = fleet.store.read(sa.select(audit_log).where(audit_log.c.kind == "propensity.fit"))
    assert (entry["payload"]["deals"], entry["payload"]["before"]) == (160, None)
    assert verify(fleet.store).ok
    before, places = kept(fleet.store), fleet.store.read(sa.select(controls))
    assert propensity_round(fleet) == QUIET
    assert kept(fleet.store) == before
    assert fleet.store.read(sa.select(controls)) == places


def test_a_lead_whose_evidence_changed_is_scored_anew_and_only_that_one(fleet: Fleet) -> None:
    propensity_round(fleet)
    before = kept(fleet.store)
    later(fleet, 0.1)
    change = sa.update(contacts).where(contacts.c.id == "p160")
    fleet.store.write(change.values(lead_source="referral", seniority="director"))
    assert propensity_round(fleet) == QUIET | {"rescored": 2}
    after = kept(fleet.store)
    moved = {key for key in after if after[key] != before[key]}
    assert moved == {"propensity:opportunities:o160", "propensity:contacts:p160"}
    assert all(after[key]["value"] > before[key]["value"] for key in moved)
    assert propensity_round(fleet) == QUIET


def test_rounds_say_what_one_whole_scoring_says(fleet: Fleet) -> None:
    """Renewed in slices of two deals, or all at once: the same scores, but for their times."""
    fleet.__dict__["policies"] = fleet.policies | {
        "propensity_follow_up": fleet.policies["propensity_follow_up"] | {"round_leads": 2}
    }
    propensity_round(fleet)
    for number in (160, 161, 162, 163, 164, 165):
        row = {"id": f"a{number}", "opportunity_id": f"o{number}", "kind": "call",
               "at": fleet.clock.now().date().isoformat()}  # fmt: skip
        fleet.store.write(sa.insert(activities).values(row))
    extra = {"id": "o200", "company_id": "c160", "contact_id": "p160", "amount": 9.0,
             "opened_at": fleet.clock.now().date().isoformat()}  # fmt: skip
    fleet.store.write(sa.insert(opportunities).values(extra))
    close(fleet.store, "o161", fleet.clock.now())
    rounds = [propensity_round(fleet) for _ in range(5)]
    assert rounds[-1] == QUIET
    in_slices = {key: row["detail"] for key, row in kept(fleet.store).items()}
    # Training anew is another matter: the model that serves scores all at once.
    whole = sliced_as_whole(fleet)
    assert in_slices == whole


def sliced_as_whole(fleet: Fleet) -> dict[str, Any]:
    from fleet.adapters.store.leads import read_deals, read_history
    from fleet.policy import section
    from fleet.propensity.snapshots import LeadPolicy
    from fleet.runtime.scoring import score_by_model
    from fleet.runtime.scoring_round import serving_model

    deals = read_deals(fleet.store, section(fleet.policies, "lead_scoring", LeadPolicy))
    serving = serving_model(fleet)
    assert serving is not None
    still = [deal for deal in deals if deal.outcome is None]
    rows = score_by_model(fleet, *serving, still, read_history(fleet.store, deals))
    return {row["id"]: row["detail"] for row in rows}


def test_a_score_goes_with_its_deal_and_what_was_given_stays(fleet: Fleet) -> None:
    propensity_round(fleet)
    given = kept(fleet.store, lead_outcomes.GIVEN)
    assert len(given) == OPEN
    later(fleet, 10)
    propensity_round(fleet)
    close(fleet.store, "o161", fleet.clock.now())
    done = propensity_round(fleet)
    assert done["dropped"] == 2
    assert not {"propensity:opportunities:o161", "propensity:contacts:p161"} & set(
        kept(fleet.store)
    )
    assert kept(fleet.store, lead_outcomes.GIVEN) == given
    row = next(row for row in given.values() if row["subject_id"] == "o161")
    assert row["detail"]["segments"]["lead source"] == "referral"
    found = read_follow_up(fleet)[row["method"]]
    assert (found["n"], found["late"], found["open"]) == (1, 0, OPEN - 1)
    assert found["rate"] == 1.0
    assert found["chance"] == pytest.approx(row["value"])


def test_an_outcome_that_was_entered_with_an_earlier_day_does_not_count(fleet: Fleet) -> None:
    propensity_round(fleet)
    close(fleet.store, "o161", fleet.clock.now() - timedelta(days=1))
    (found,) = read_follow_up(fleet).values()
    assert (found["n"], found["late"]) == (0, 1)


def test_training_waits_until_enough_deals_ended_or_a_week_passed(fleet: Fleet) -> None:
    propensity_round(fleet)
    close(fleet.store, "o161", fleet.clock.now())
    assert propensity_round(fleet)["trained"] is None
    later(fleet, 8)
    assert propensity_round(fleet)["trained"].startswith("trained anew on 161 closed deals")
    later(fleet, 8)
    assert propensity_round(fleet)["trained"] is None


def test_too_few_outcomes_are_judged_by_evidence_in_rounds_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLEET_STORE_URL", raising=False)
    lead_home(tmp_path, closed=12)
    fleet = Fleet(read_settings(str(tmp_path)))
    assert propensity_round(fleet) == QUIET | {"rescored": 2 * OPEN}
    assert {row["method"] for row in kept(fleet.store).values()} == {"rules"}
    assert propensity_round(fleet) == QUIET
    change = sa.update(contacts).where(contacts.c.id == "p012")
    fleet.store.write(change.values(lead_source="referral", seniority="director"))
    assert propensity_round(fleet) == QUIET | {"rescored": 2}


def fill_ended(fleet: Fleet, count: int, true: float, start: int = 0) -> None:
    """Put open deals in, let them be scored, and end them: won at `true` times their chance."""
    rng, day = random.Random(4), fleet.clock.now().date().isoformat()
    for number in range(start, start + count):
        source, title = ("referral", "cold")[number % 2], ("director", "clerk")[number // 2 % 2]
        fleet.store.write(
            sa.insert(companies).values(id=f"nc{number}", name=f"New {number}"),
            sa.insert(contacts).values(id=f"np{number}", name="N", company_id=f"nc{number}",
                                       lead_source=source, seniority=title),
            sa.insert(opportunities).values(id=f"no{number}", company_id=f"nc{number}",
                                            contact_id=f"np{number}", opened_at=day, amount=1000.0),
        )  # fmt: skip
    propensity_round(fleet)
    given = {row["subject_id"]: row for row in kept(fleet.store, lead_outcomes.GIVEN).values()}
    later(fleet, 5)
    for number in range(start, start + count):
        won = rng.random() < true * given[f"no{number}"]["value"]
        close(fleet.store, f"no{number}", fleet.clock.now(), "won" if won else "lost")


def test_chances_that_are_off_raise_one_watch_until_they_keep_their_word_again(
    fleet: Fleet,
) -> None:
    fleet.__dict__["policies"] = fleet.policies | {  # one model throughout: it is what is judged
        "propensity_follow_up": fleet.policies["propensity_follow_up"] | {"refit_each": 10_000,
                                                                           "refit_days": 9_999.0}
    }  # fmt: skip
    score_leads(fleet)
    fill_ended(fleet, 120, 0.1)
    assert propensity_round(fleet)["warned"] == 1
    (raised,) = fleet.store.read(sa.select(actions))
    assert raised["kind"] == "watch"
    assert raised["graph"] is None
    assert raised["reason"].startswith("chances of leads are off: said 0.")
    assert "in 120 ended deals" in raised["reason"]
    assert propensity_round(fleet)["warned"] == 0
    close(fleet.store, "o160", fleet.clock.now())
    assert propensity_round(fleet)["warned"] == 0  # it is off as it was: nobody is told again
    assert len(fleet.store.read(sa.select(actions.c.id))) == 1


def test_chances_that_keep_their_word_raise_nothing(fleet: Fleet) -> None:
    score_leads(fleet)
    fill_ended(fleet, 80, 1.0)
    assert propensity_round(fleet)["warned"] == 0
    assert fleet.store.read(sa.select(actions.c.id)) == []


def test_a_damaged_model_fails_the_round_in_words_and_writes_nothing(
    fleet: Fleet, tmp_path: Path
) -> None:
    propensity_round(fleet)
    before = kept(fleet.store)
    file = tmp_path / "models" / "propensity" / "model.json"
    form = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(form | {"calibration": {"kind": "isotonic", "x": [], "y": []}}))
    done = propensity_round(fleet)
    assert "holds no model that can be read" in done.pop("failed")
    assert done == QUIET
    assert kept(fleet.store) == before


def test_of_two_workers_one_trains_and_the_other_goes_on_next_time(
    fleet: Fleet, tmp_path: Path
) -> None:
    with only_one(tmp_path / "propensity.lock", "held"):
        assert "another process trains" in propensity_round(fleet)["failed"]
    assert kept(fleet.store) == {}
    assert propensity_round(fleet)["rescored"] == 2 * OPEN
