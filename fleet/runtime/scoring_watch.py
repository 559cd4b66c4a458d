"""Does the scoring keep its word? Given chances against the outcomes that came, and the warning."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import stamp
from fleet.adapters.store.defects import OPEN, digest_id, raise_action
from fleet.adapters.store.lead_outcomes import count_waiting, read_given
from fleet.adapters.store.played import PLAYED
from fleet.policy import section
from fleet.propensity.follow_up import KEEPS, OFF, RATES, FollowPolicy, Given, follow_up

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

METHODS = 3  # whose chances may lie among each other


def read_ended(fleet: "Fleet") -> tuple[list[Given], list[Given]]:
    """Return the newest given chances whose deal ended: by real outcomes, and by simulated ones."""
    policy = section(fleet.policies, "propensity_follow_up", FollowPolicy)
    rows = read_given(fleet.store, METHODS * policy.window)
    return [row for row in rows if not row.played], [row for row in rows if row.played]


def read_follow_up(
    fleet: "Fleet", ended: Sequence[Given] | None = None
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Return `follow_up` of the chances that this store gave, as of now, by method.

    Each also says how many deals that were given a chance are `open`. Without `ended` real outcomes
    are looked at, or, as long as there is none, simulated ones: never the two together.
    """
    if ended is None:
        real, played = read_ended(fleet)
        ended = real or played
    policy = section(fleet.policies, "propensity_follow_up", FollowPolicy)
    found = follow_up(ended, policy)
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
    real, played = read_ended(fleet)
    is_played = bool(played) and not real
    for method, found in read_follow_up(fleet, real or played).items():
        name = f"{method}, {PLAYED}" if is_played else method
        if found["state"] == KEEPS:
            off.pop(name, None)
        elif found["state"] == OFF and method in RATES and name not in off:
            off[name] = digest_id("cal-", name, found["to"], str(found["n"]))
            raised += _raise(fleet, off[name], found, f"{PLAYED}: " if is_played else "")
    place["off"] = off
    return raised


def _raise(fleet: "Fleet", key: str, found: dict[str, Any], whose: str) -> bool:
    reason = (
        f"{whose}chances of leads are off: said {found['chance']:.2f}, came true "
        f"{found['rate']:.2f} in {found['n']} ended deals; calibration error {found['ece']:.3f}, "
        f"by chance at most {found['limit']:.3f}"
    )
    evidence = {name: found[name] for name in ("n", "ece", "expected", "limit", "from", "to")}
    return raise_action(
        fleet.store,
        {
            "id": key, "kind": "watch", "graph": None, "graph_version": None, "reason": reason,
            "evidence": [evidence], "status": OPEN, "at": stamp(fleet.clock.now()),
        },
    )  # fmt: skip
