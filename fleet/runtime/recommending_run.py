"""`fleet run recommend`: score leads, then keep the best recommendations of the top ones."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fleet.adapters.recommending import recommend, save_recommendations
from fleet.adapters.store.leads import top_leads
from fleet.errors import FleetError, RowNotFound
from fleet.policy import section
from fleet.propensity.snapshots import LeadPolicy
from fleet.runtime.scoring import TOO_FEW, score_leads

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet


def run_recommend(
    fleet: "Fleet", limit: int | None = None, note: Callable[[str], None] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `{handled, created, held, skipped, failed, repeated}`, and what `score_leads` says.

    `handled` counts leads; `created` and `repeated` count recommendations. A repeat adds nothing.
    """
    policy = section(fleet.policies, "lead_scoring", LeadPolicy)
    scored = score_leads(fleet, note)
    counts = {"handled": 0, "created": 0, "held": 0, "failed": 0, "repeated": 0}
    skipped: dict[str, int] = {}
    if scored["chosen"] is None:
        skipped[TOO_FEW] = 1
    for contact_id in top_leads(fleet.store, limit or policy.recommend_leads):
        try:
            answer = recommend(
                fleet.store, ("contacts", contact_id), fleet.policies, fleet.clock.now(),
                kind=None, k=policy.recommend_each,
            )  # fmt: skip
            kept = save_recommendations(fleet.store, answer, dated=False)
        except RowNotFound:  # deleted since it was scored
            skipped["no such contact"] = skipped.get("no such contact", 0) + 1
            continue
        except FleetError as error:
            counts["failed"] += 1
            if note:
                note(f"contacts:{contact_id}: {error}")
            continue
        shown = len(answer["recommendations"])
        counts["handled"] += 1
        counts["created"] += kept
        counts["repeated"] += shown - kept
        if not shown:
            skipped["nothing to recommend"] = skipped.get("nothing to recommend", 0) + 1
    return counts | {"skipped": skipped}, scored
