"""A worker's round over leads: renew the scores whose evidence changed, train anew when due, watch.

One round looks through a slice of the open deals, the next goes on behind it; what says the same as
before is not written. Every part can be cut short and done again.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.locks import only_one
from fleet.adapters.store.lead_outcomes import count_outcomes, keep_given, known_scores
from fleet.adapters.store.lead_round import ended_scores, keep_place, read_place
from fleet.adapters.store.leads import (
    KIND,
    drop_scores,
    open_deals_after,
    open_deals_of,
    read_history_of,
    write_scores,
)
from fleet.errors import EvidenceError, FleetError
from fleet.policy import section
from fleet.propensity.follow_up import FollowPolicy
from fleet.propensity.model import Model
from fleet.propensity.snapshots import Deal, LeadPolicy
from fleet.runtime.scoring import model_folder, read_report, score_by_model, score_leads
from fleet.runtime.scoring_evidence import mark_of, score_by_evidence
from fleet.runtime.scoring_watch import watch_calibration

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

LOCK = "propensity.lock"
Row = dict[str, Any]


def propensity_round(fleet: "Fleet") -> dict[str, Any]:
    """Return `{rescored, dropped, trained, warned}`; all of them falsy when nothing changed.

    `trained` says in words what was chosen when a model was trained anew, else it is None. A round
    that cannot go on says why in `failed`: no mail waits for a chance.
    """
    done: dict[str, Any] = {"rescored": 0, "dropped": 0, "trained": None, "warned": 0}
    try:
        _round(fleet, done)
    except (FleetError, OSError) as error:
        done["failed"] = f"leads could not be scored: {error}"
    return done


def _round(fleet: "Fleet", done: dict[str, Any]) -> None:
    policy = section(fleet.policies, "propensity_follow_up", FollowPolicy)
    place, ended = read_place(fleet.store), list(count_outcomes(fleet.store))
    before = dict(place)  # of plain values, and of ones that are replaced whole
    if _due(fleet, place, ended[0], policy):
        with only_one(fleet.settings.home / LOCK, "another process trains on the same outcomes"):
            done |= _train(fleet)
        place |= {"trained_on": ended[0], "trained_at": stamp(fleet.clock.now()), "last": ""}
    else:
        renewed, dropped, place["last"] = _renew(fleet, str(place.get("last", "")), policy)
        done |= {"rescored": renewed, "dropped": dropped}
    if place.get("watched") != ended:
        done["warned"] = watch_calibration(fleet, place)
        place["watched"] = ended
    if place != before:
        keep_place(fleet.store, place, fleet.clock.now())


def _due(fleet: "Fleet", place: Row, ended: int, policy: FollowPolicy) -> bool:
    """Whether so many deals ended since the last training, or any a good while ago."""
    if "trained_on" not in place:
        known = read_report(model_folder(fleet))
        place |= {"trained_on": known["deals"] if known else 0,
                  "trained_at": known["trained_at"] if known else ""}  # fmt: skip
    fresh = abs(ended - int(place["trained_on"]))
    old = place["trained_at"] < stamp(fleet.clock.now() - timedelta(days=policy.refit_days))
    return fresh >= policy.refit_each or bool(fresh and old)


def _train(fleet: "Fleet") -> Row:
    before = read_report(model_folder(fleet))
    found = score_leads(fleet)
    done: Row = {"rescored": found["changed"], "dropped": found["dropped"]}
    after = read_report(model_folder(fleet))
    if found["model_version"] and after and (
        before is None or before["model_version"] != after["model_version"]
    ):  # fmt: skip
        done["trained"] = (
            f"trained anew on {after['deals']} closed deals, chosen: {after['chosen']}, "
            f"because {after['why']}"
        )
    return done


def _renew(fleet: "Fleet", last: str, policy: FollowPolicy) -> tuple[int, int, str]:
    """Return how many scores of a slice were written, how many dropped, and where it ends."""
    leads, store = section(fleet.policies, "lead_scoring", LeadPolicy), fleet.store
    slice_ = open_deals_after(store, leads, last, policy.round_leads)
    ended = ended_scores(store, policy.round_leads)
    moved = _moved(fleet, slice_) if slice_ else []
    people = {deal.contact_id for deal in moved if deal.contact_id}
    people |= {row["contact_id"] for row in ended if row["contact_id"]}
    deals = {deal.id: deal for deal in open_deals_of(store, leads, sorted(people))}
    deals |= {deal.id: deal for deal in moved}
    rows = _judge(fleet, list(deals.values())) if deals else []
    known = known_scores(store, [row["id"] for row in rows])
    keep_given(store, rows, deals)  # first: a score that is as it was is not looked at again
    renewed = write_scores(store, rows, known)
    idle = people - {deal.contact_id for deal in deals.values()}
    gone = known_scores(store, [f"{KIND}:contacts:{person}" for person in sorted(idle)])
    dropped = [row["id"] for row in ended] + sorted(gone)
    drop_scores(store, dropped)
    is_whole = len(slice_) < policy.round_leads
    return renewed, len(dropped), "" if is_whole else slice_[-1].id


def _moved(fleet: "Fleet", deals: Sequence[Deal]) -> list[Deal]:
    """Return the deals whose kept score is not what their evidence says now."""
    by_id = {deal.id: deal for deal in deals}
    known = known_scores(fleet.store, [f"{KIND}:opportunities:{deal.id}" for deal in deals])
    if fleet.chat is not None and serving_model(fleet) is None:  # each answer is a call: look first
        marks = mark_of(fleet, deals, read_history_of(fleet.store, deals))
        return [
            deal for deal in deals
            if (known.get(f"{KIND}:opportunities:{deal.id}") or {}).get("evidence_digest")
            != marks[deal.id]
        ]  # fmt: skip
    rows = [row for row in _judge(fleet, deals) if row["subject_table"] == "opportunities"]
    return [by_id[r["subject_id"]] for r in rows if known.get(r["id"]) != r["detail"]]


def _judge(fleet: "Fleet", deals: Sequence[Deal]) -> list[Row]:
    history, serving = read_history_of(fleet.store, deals), serving_model(fleet)
    if serving is None:
        return score_by_evidence(fleet, deals, history)[1]
    return score_by_model(fleet, *serving, deals, history)


def serving_model(fleet: "Fleet") -> tuple[Model, Row] | None:
    """Return the model that scores this store's leads, with its report; None without one.

    Raises EvidenceError when what lies there is no model.
    """
    folder = model_folder(fleet)
    report = read_report(folder)
    if report is None or "deals" not in report:
        return None
    try:
        return Model(json.loads((folder / "model.json").read_text("utf-8"))), report
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise EvidenceError(
            f"{folder} holds no model that can be read ({error!r}): delete it, and run "
            "'fleet run recommend'"
        ) from None
