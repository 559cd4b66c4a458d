"""Words a recommendation by rule, from the rows on its path and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
STRONGEST = 2
Rows = Mapping[Any, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PathFact:
    """All that may be said of one path: its hops, what weighs most, what a hop is worth."""

    id: str
    hops: tuple[str, ...]  # such as `deal Renewal, won`
    target: str  # the name of the last row
    features: tuple[tuple[str, float], ...]
    without: str = ""

    def line(self) -> str:
        """Return the fact as one line."""
        why = ", ".join(f"{name} {value:.2f}" for name, value in self.features)
        return f"{self.id} | {' -> '.join(self.hops)} | {why or 'none'} | {self.without or 'none'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """What the model said of paths, by path id; `dropped` says what was not believed, and why."""

    texts: dict[str, str] = field(default_factory=dict)
    dropped: tuple[dict[str, str], ...] = ()
    model: str | None = None
    prompt_digest: str | None = None


def path_fact(item: Ranked, rows: Rows, path_id: str) -> PathFact:
    """Return what may be said of a recommendation's path."""
    strongest = list(item.features)[:STRONGEST]  # what adds most to the score comes first
    return PathFact(
        id=path_id,
        hops=tuple(
            _label(step.ref, rows[step.ref]) + _counts(item, step.ref) for step in item.path
        ),
        target=_name(item.path[-1].ref, rows[item.path[-1].ref]),
        features=tuple((name, item.features[name]) for name in strongest),
        without=word_counterfactual(item, rows),
    )


def word_by_rule(fact: PathFact) -> str:
    """Say how the target is joined to where the walk began, and what weighs most."""
    hops = " -> ".join(fact.hops)
    why = " and ".join(f"{name} {value:.2f}" for name, value in fact.features)
    return f"{hops}; {why}" if why else f"{hops}; no evidence beyond the path"


def word_reason(item: Ranked, rows: Rows) -> str:
    """Word one recommendation."""
    return word_by_rule(path_fact(item, rows, "p1"))


def word_counterfactual(item: Ranked, rows: Rows) -> str:
    """Say what the recommendation loses with its most needed hop; empty when it has no hop."""
    found = item.counterfactual
    if found is None:
        return ""
    hop = _label((found["table"], found["id"]), rows[found["table"], found["id"]])
    before, after = found["rank"], found["rank_without"]
    if after is None:
        return f"without {hop} no key leads to it"
    if after == before:
        return f"without {hop} it stays at place {before}"
    return f"without {hop} it moves from place {before} to {after}"


def _counts(item: Ranked, ref: tuple[str, str]) -> str:
    """Say for how many deals the one on the path stands."""
    tally = item.support.get(ref)
    if tally is None or len(tally.cited()) < 2:  # noqa: PLR2004  # one stands for itself
        return ""
    parts = [f"{len(deals)} {name}" for name, deals in (("open", tally.open), ("won", tally.won))
             if deals]  # fmt: skip
    return f" (1 of {' and '.join(parts)})"


def _label(ref: tuple[str, str], row: Mapping[str, Any]) -> str:
    outcome = f", {row['outcome']}" if row.get("outcome") else ""
    return f"{NOUNS[ref[0]]} {_name(ref, row)}{outcome}"


def _name(ref: tuple[str, str], row: Mapping[str, Any]) -> str:
    return " ".join(str(row.get("name") or ref[1]).split())[:NAME_LENGTH]
