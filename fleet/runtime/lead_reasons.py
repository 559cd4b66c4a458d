"""Why a lead stands where it stands: the rows behind its chance, and what each is worth.

A row is taken away in thought: the deal is scored as if it had never been there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from fleet.adapters.store.leads import Mailed, Won, read_deals, read_lead_history
from fleet.adapters.store.leads_reads import count_above
from fleet.policy import section
from fleet.propensity.model import Model
from fleet.propensity.snapshots import Deal, History, LeadPolicy, features_on
from fleet.runtime.scoring import model_folder

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

SHORTEST = 3  # rows; a shorter path says no more than the lead itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """The path to a contact, its rank by chance, and chance and rank without each row of it."""

    path: tuple[dict[str, Any], ...]
    chance: float
    rank: int
    without: tuple[dict[str, Any], ...]


def lead_reasons(fleet: "Fleet", lead: Mapping[str, Any]) -> Reasons | None:
    """Return the rows that speak for a scored lead; None without a model or without such rows.

    The path is won deal, company, contact, newest scored mail, as far as they are there; each
    element but the first names the key that joins it to the one before.
    """
    detail = lead["detail"] if isinstance(lead["detail"], Mapping) else {}
    policy = section(fleet.policies, "lead_scoring", LeadPolicy)
    deal_id, model = detail.get("opportunity_id"), _model(fleet)
    found = read_deals(fleet.store, policy, only=str(deal_id)) if deal_id else []
    if model is None or not found or found[0].contact_id != lead["id"]:
        return None
    deal = found[0]
    history, wins, mails = read_lead_history(fleet.store, deal)
    path = _path(deal, str(lead["company_id"] or ""), wins, mails)
    if len(path) < SHORTEST:
        return None
    today = fleet.clock.now().date()

    def placed(known: History) -> tuple[float, int]:
        chance = model.score(features_on(deal, today, known, policy)).propensity
        return chance, count_above(fleet.store, chance, but=deal.contact_id or "") + 1

    chance, rank = placed(history)
    without = []
    for step in path:
        rest = _without(step, history, deal, wins, mails)
        if rest is not None:
            less, place = placed(rest)
            without.append({"table": step["table"], "id": step["id"], "chance": less,
                            "rank": place})  # fmt: skip
    return Reasons(path=tuple(path), chance=chance, rank=rank, without=tuple(without))


def _model(fleet: "Fleet") -> Model | None:
    try:
        return Model(json.loads((model_folder(fleet) / "model.json").read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(
    deal: Deal, company_id: str, wins: list[Won], mails: list[Mailed]
) -> list[dict[str, Any]]:
    """Return the elements in walking order; deals of another company than the contact's are out."""
    path: list[dict[str, Any]] = []
    if company_id:
        if wins and deal.company_id == company_id:
            path.append({"table": "opportunities", "id": wins[0][0], "via": None})
        via = "opportunities.company_id" if path else None
        path.append({"table": "companies", "id": company_id, "via": via})
    via = "contacts.company_id" if path else None
    path.append({"table": "contacts", "id": deal.contact_id, "via": via})
    if mails:
        path.append({"table": "emails", "id": mails[0][0], "via": "emails.contact_id"})
    return path


def _without(
    step: Mapping[str, Any], history: History, deal: Deal, wins: list[Won], mails: list[Mailed]
) -> History | None:
    """Return the history without a row; None for a row that no feature is made of."""
    if step["table"] == "opportunities":
        days: list[date] = sorted(day for row_id, day in wins if row_id != step["id"])
        return replace(history, wins={deal.company_id or "": days})
    if step["table"] == "emails":
        rest = sorted((day, value) for row_id, day, value in mails if row_id != step["id"])
        return replace(history, intents={deal.contact_id or "": rest})
    return None
