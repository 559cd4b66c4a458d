"""The constant that stands when the panel fails: six weekly touches, clipped to the brief."""

from fleet.campaign_panel.brief import open_days
from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.reading import read_facts
from fleet.campaign_panel.values import Brief, Touch


def weekly_drip(brief: Brief, policy: PanelPolicy) -> tuple[Touch, ...]:
    """Return the default drip inside the constraints; facts are cited in the brief's order.

    Weekly days closer than the smallest gap, closed, or beyond the horizon are left out.
    """
    limits = brief.constraints
    open_to = set(open_days(limits))
    days: list[int] = []
    for step in range(policy.drip_touches):
        day = step * policy.drip_step_days
        if day in open_to and (not days or day - days[-1] >= limits.min_gap_days):
            days.append(day)
    days = days or [min(open_to)]
    ids = [reading.id for reading in read_facts(brief, policy) if not reading.forbidden]
    return tuple(
        Touch(
            index=place + 1, day_offset=day, channel=limits.channels[0],
            angle=policy.drip_angles[place % len(policy.drip_angles)],
            goal=policy.drip_goals[place % len(policy.drip_goals)],
            evidence=(ids[place % len(ids)],) if ids else (),
        )
        for place, day in enumerate(days[: limits.max_touches])
    )  # fmt: skip
