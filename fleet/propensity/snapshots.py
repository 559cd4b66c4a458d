"""Deals as they looked on a day: only what was known then, so that no outcome leaks into a feature.

A closed deal is looked back at on several ages at which it was still open (landmarks); the model
then answers the question asked of an open deal: will it be won, given that it is this old?
"""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

FEATURES = (
    "lead source", "seniority", "industry", "country", "company size", "product", "amount",
    "touches", "touches lately", "bought before", "intent", "age in days",
)  # fmt: skip
NOT_USED = (
    ("closed at", "leak", "known only after the outcome"),
    ("stage", "leak", "only today's stage is stored: for closed deals it is the outcome"),
    ("lost reason", "leak", "filled for losers only, after the outcome"),
    ("expected close", "leak", "moved while the deal runs: its first value is not stored"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPolicy:
    """Table [lead_scoring] of the policies."""

    ages_days: tuple[int, ...]
    judge_share: float
    size_edges: tuple[int, ...]
    recent_days: int
    wait_below: float
    recommend_each: int
    recommend_leads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One opportunity with what hangs on it; `fixed` are features that do not change with time."""

    id: str
    company_id: str | None
    contact_id: str | None
    opened: date
    closed: date | None
    outcome: str | None
    fixed: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Days of touches a deal, of wins a company, and intents a contact; each ascending."""

    touches: Mapping[str, Sequence[date]] = field(default_factory=dict)
    wins: Mapping[str, Sequence[date]] = field(default_factory=dict)
    intents: Mapping[str, Sequence[tuple[date, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A deal on a day; `known` is the day its outcome was known, `label` 1 for won."""

    deal_id: str
    day: date
    known: date
    label: int
    features: Mapping[str, str]


def look_back(deals: Sequence[Deal], history: History, policy: LeadPolicy) -> list[Snapshot]:
    """Return the snapshots of closed deals, in time order."""
    found = [shot for deal in deals for shot in _snapshots(deal, history, policy)]
    return sorted(found, key=lambda shot: (shot.day, shot.deal_id))


def _snapshots(deal: Deal, history: History, policy: LeadPolicy) -> Iterator[Snapshot]:
    if deal.outcome is None or deal.closed is None or deal.closed < deal.opened:
        return
    for age in policy.ages_days:
        day = deal.opened + timedelta(days=age)
        if age and day >= deal.closed:
            return
        yield Snapshot(
            deal_id=deal.id, day=day, known=deal.closed, label=int(deal.outcome == "won"),
            features=features_on(deal, day, history, policy),
        )  # fmt: skip


def features_on(deal: Deal, day: date, history: History, policy: LeadPolicy) -> dict[str, str]:
    """Return what was known of a deal before the end of `day`; unknown features are empty."""
    touches = history.touches.get(deal.id, ())
    so_far = bisect.bisect_right(touches, day)
    lately = so_far - bisect.bisect_right(touches, day - timedelta(days=policy.recent_days))
    wins = history.wins.get(deal.company_id or "", ())
    mails = [value for at, value in history.intents.get(deal.contact_id or "", ()) if at <= day]
    return {
        **deal.fixed,
        "touches": str(so_far),
        "touches lately": str(lately),
        "bought before": "yes" if bisect.bisect_left(wins, day) else "no",
        "intent": f"{mails[-1]:.3f}" if mails else "",
        "age in days": str(max(0, (day - deal.opened).days)),
    }


def size_class(employees: float | None, edges: Sequence[int]) -> str:
    """Return the size class of a company, empty when unknown.

    >>> size_class(46, (10, 50, 250))
    '10 to 49'
    """
    if employees is None or employees < 0:
        return ""
    place = bisect.bisect_right(edges, employees)
    if place == 0:
        return f"under {edges[0]}"
    return (
        f"{edges[-1]} or more"
        if place == len(edges)
        else f"{edges[place - 1]} to {edges[place] - 1}"
    )


def split_in_time(
    shots: Sequence[Snapshot], share: float
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return row numbers to learn from and to be judged on, of snapshots in time order.

    Rows are learned from when their outcome was known before the first judged day: no deal stands
    on both sides.
    """
    if not shots:
        return (), ()
    first = shots[min(len(shots) - 1, int(len(shots) * (1 - share)))].day
    learn = tuple(row for row, shot in enumerate(shots) if shot.known < first)
    judge = tuple(row for row, shot in enumerate(shots) if shot.day >= first)
    return learn, judge
