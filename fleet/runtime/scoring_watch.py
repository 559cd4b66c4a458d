"""Does the scoring keep its word? Given chances against the outcomes that came, and the warning."""

from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.store.defects import OPEN, digest_id, raise_action
from fleet.adapters.store.lead_outcomes import count_waiting, read_given
from fleet.policy import section
from fleet.propensity.follow_up import KEEPS, OFF, RATES, FollowPolicy, follow_up

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

METHODS = 3  # whose chances may lie among each other


def read_follow_up(fleet: "Fleet") -> dict[str, dict[str, Any]]:
    """Return `follow_up` of the chances that this store gave, as of now, by method.

    Each also says how many deals that were given a chance are `open`.
    """
    policy = section(fleet.policies, "propensity_follow_up", FollowPolicy)
    found = follow_up(read_given(fleet.store, METHODS * policy.window), policy)
    waiting = count_waiting(fleet.store)
    blank = {"n": 0, "late": 0, "state": "FEW", "ece": None}
    return {
        method: found.get(method, blank) | {"open": waiting.get(method, 0)}
        for method in sorted({*found, *waiting})
    }


def watch_calibration(fleet: "Fleet", place: dict[str, Any]) -> int:
    """Ask people to look when a method's chances left what a calibrated model shows by chance.

    `place["off"]` remembers by method what was raised: once until its chances keep their word
    again. Returns how many warnings were raised.
    """
    raised, off = 0, dict(place.get("off") or {})
    for method, found in read_follow_up(fleet).items():
        if found["state"] == KEEPS:
            off.pop(method, None)
        elif found["state"] == OFF and method in RATES and method not in off:
            off[method] = digest_id("cal-", method, found["to"], str(found["n"]))
            raised += _raise(fleet, off[method], found)
    place["off"] = off
    return raised


def _raise(fleet: "Fleet", key: str, found: dict[str, Any]) -> bool:
    reason = (
        f"chances of leads are off: said {found['chance']:.2f}, came true {found['rate']:.2f} in "
        f"{found['n']} ended deals; calibration error {found['ece']:.3f}, by chance at most "
        f"{found['limit']:.3f}"
    )
    evidence = {name: found[name] for name in ("n", "ece", "expected", "limit", "from", "to")}
    return raise_action(
        fleet.store,
        {
            "id": key, "kind": "watch", "graph": None, "graph_version": None, "reason": reason,
            "evidence": [evidence], "status": OPEN, "at": stamp(fleet.clock.now()),
        },
    )  # fmt: skip
