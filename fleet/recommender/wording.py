"""Words a recommendation by rule, from the rows on its path and nothing else."""

from collections.abc import Mapping
from typing import Any

from fleet.recommender.rank import Ranked

NOUNS = {
    "companies": "account",
    "contacts": "contact",
    "opportunities": "deal",
    "products": "product",
    "emails": "mail",
    "activities": "activity",
    "people": "seller",
}
NAME_LENGTH = 60


def word_reason(item: Ranked, rows: Mapping[Any, Mapping[str, Any]]) -> str:
    """Say how the target is joined to where the walk began, and what weighs most."""
    hops = " -> ".join(_label(step.ref, rows[step.ref]) for step in item.path)
    strongest = sorted(item.features, key=lambda name: (-item.features[name], name))[:2]
    why = " and ".join(f"{name} {item.features[name]:.2f}" for name in strongest)
    return f"{hops}; {why}" if why else f"{hops}; no evidence beyond the path"


def _label(ref: tuple[str, str], row: Mapping[str, Any]) -> str:
    name = " ".join(str(row.get("name") or ref[1]).split())[:NAME_LENGTH]
    outcome = f", {row['outcome']}" if row.get("outcome") else ""
    return f"{NOUNS[ref[0]]} {name}{outcome}"
