"""What a version has shown beside people, and how its composite is calibrated by them."""

from typing import TYPE_CHECKING, Any

from fleet.adapters.store.autonomy_rows import beside_people, human_acts
from fleet.adapters.store.second_reviews import second_pairs
from fleet.evaluation.autonomy.calibration import Calibration, fit_calibration
from fleet.evaluation.autonomy.people import (
    Act,
    approve_streaks,
    measure_people,
    second_kappa,
    team_kappa,
)
from fleet.evaluation.autonomy.policy import AutonomyPolicy
from fleet.evaluation.autonomy.shadow import YES, Readiness, Seen, readiness
from fleet.policy import section

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet


def autonomy_policy(fleet: "Fleet") -> AutonomyPolicy:
    """Return `[autonomy]` of the fleet's policies."""
    return section(fleet.policies, "autonomy", AutonomyPolicy)


def shadow_readiness(fleet: "Fleet", graph: str, version: str) -> Readiness:
    """Return whether a version may leave SHADOW, and how many more of each it needs."""
    seen = [
        Seen(
            composite=row["composite"], approves=row["approves"], human=row["human"],
            is_canary=row["is_canary"],
        )
        for row in beside_people(fleet.store, graph, version)
    ]  # fmt: skip
    return readiness(seen, autonomy_policy(fleet).shadow)


def calibration(fleet: "Fleet", graph: str, version: str) -> Calibration | None:
    """Fit what a raw composite of this version is worth; None before there are enough labels."""
    pairs = [
        (row["raw"], row["human"] == YES)
        for row in beside_people(fleet.store, graph, version)
        if row["raw"] is not None and not row["is_canary"]
    ]
    return fit_calibration(pairs, min_labels=autonomy_policy(fleet).calibration_labels)


def people_measures(fleet: "Fleet", *, played: bool | None = None) -> dict[str, Any]:
    """Return each reviewer's measures and the team's kappa with the gate, for people to see.

    With `played` from drafts of simulated versions only, or without them; second looks are all.
    """
    acts = [
        Act(
            actor=row["actor"], draft_id=row["draft_id"], action=row["action"],
            is_canary=row["is_canary"], seconds=row["seconds_on_item"], gate=row["gate"],
        )
        for row in human_acts(fleet.store, played=played)
    ]  # fmt: skip
    agreed = team_kappa(acts)
    streaks = approve_streaks(acts)
    pairs = second_pairs(fleet.store)
    second = second_kappa(pairs)
    return {
        "reviewers": [
            person.as_json() | {"longest_streak": streaks[person.actor]}
            for person in measure_people(acts, autonomy_policy(fleet).people)
        ],
        "kappa": None if agreed is None else [round(value, 4) for value in agreed],
        "compared": sum(act.gate is not None for act in acts),
        "second_looks": len(pairs),
        "second_kappa": None if second is None else [round(value, 4) for value in second],
    }
