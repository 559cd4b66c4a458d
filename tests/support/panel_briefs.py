"""Briefs for the panel's tests, and its policy."""

import copy
from typing import Any

from fleet.adapters.files import read_policies
from fleet.campaign_panel.brief import parse_brief
from fleet.campaign_panel.policy import PanelPolicy, read_panel_policy
from fleet.campaign_panel.values import Brief

POLICY: PanelPolicy = read_panel_policy(read_policies())
RENEWAL: dict[str, Any] = {
    "goal": "Renew the annual plan before it lapses",
    "segment": "IT leads in the Nordics",
    "offer_facts": [
        {"id": "f1", "text": "Single sign-on is included in every plan since May."},
        {"id": "f2", "text": "Teams save 4 hours a week on reporting."},
        {"id": "f3", "text": "Rated 4.7 by 300 customers in an independent survey."},
        {"id": "f4", "text": "The price stays at 12 EUR per seat until 31 December."},
    ],
    "brand_voice": "calm, no pressure",
    "constraints": {
        "max_touches": 4,
        "horizon_days": 21,
        "min_gap_days": 4,
        "channels": ["email", "call"],
    },
}
DEMO: dict[str, Any] = {
    "goal": "Book a demo with plant managers",
    "segment": "Plant managers of mid-size food makers",
    "offer_facts": [
        {"id": "a", "text": "The line sensor cuts downtime by 18 percent."},
        {"id": "b", "text": "Setup takes one day and connects over the existing API."},
        {"id": "c", "text": "Certified to ISO 27001 and hosted in the EU."},
        {"id": "d", "text": "Three pilot customers published a case study."},
        {"id": "e", "text": "Onboarding and training are run by our consultants."},
    ],
    "brand_voice": "plain and direct",
    "constraints": {
        "max_touches": 6,
        "horizon_days": 29,
        "min_gap_days": 2,
        "channels": ["email", "linkedin", "call"],
    },
}
WIN_BACK: dict[str, Any] = {
    "goal": "Win back customers who lapsed last year",
    "segment": "Former customers",
    "offer_facts": [{"id": "only", "text": "The new version imports old projects by itself."}],
    "brand_voice": "",
    "constraints": {
        "max_touches": 5,
        "horizon_days": 14,
        "min_gap_days": 3,
        "channels": ["email"],
    },
}
ALL = {"renewal": RENEWAL, "demo": DEMO, "win_back": WIN_BACK}


def raw(base: dict[str, Any] = RENEWAL, **changed: Any) -> dict[str, Any]:
    """Return a copy of a brief; `constraints__max_touches=3` reaches into the constraints."""
    made = copy.deepcopy(base)
    for name, value in changed.items():
        if name.startswith("constraints__"):
            made["constraints"][name.removeprefix("constraints__")] = value
        else:
            made[name] = value
    return made


def brief(base: dict[str, Any] = RENEWAL, **changed: Any) -> Brief:
    """Return a parsed brief."""
    return parse_brief(raw(base, **changed), POLICY)


def with_fact(base: dict[str, Any], fact_id: str, text: str) -> dict[str, Any]:
    """Return a copy of a brief in which one fact says something else."""
    made = copy.deepcopy(base)
    for fact in made["offer_facts"]:
        if fact["id"] == fact_id:
            fact["text"] = text
    return made
