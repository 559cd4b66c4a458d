"""What a plan must be before anybody sees it; a plan with one problem is not a plan."""

from collections.abc import Sequence

from fleet.campaign_panel.angles import similarity
from fleet.campaign_panel.brief import open_days
from fleet.campaign_panel.demands import gaps
from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.reading import has_word
from fleet.campaign_panel.values import Brief, Touch


def find_problems(touches: Sequence[Touch], brief: Brief, policy: PanelPolicy) -> list[str]:
    """Return every way in which the touches do not fit the brief; empty when they do."""
    limits = brief.constraints
    if not touches:
        return ["no touch is left"]
    problems: list[str] = []
    if len(touches) > limits.max_touches:
        problems.append(f"{len(touches)} touches, at most {limits.max_touches} are allowed")
    if [touch.index for touch in touches] != list(range(1, len(touches) + 1)):
        problems.append("touches are not numbered from 1")
    if any(gap < max(limits.min_gap_days, 1) for gap in gaps(touches)):
        problems.append(f"two touches are less than {max(limits.min_gap_days, 1)} days apart")
    days = set(open_days(limits))
    for touch in touches:
        problems += _touch_problems(touch, brief, policy, days)
    problems += _twins(touches, policy.max_similarity)
    return problems


def _touch_problems(touch: Touch, brief: Brief, policy: PanelPolicy, days: set[int]) -> list[str]:
    here, limits = f"touch {touch.index}", brief.constraints
    problems: list[str] = []
    if not 0 <= touch.day_offset < limits.horizon_days:
        problems.append(f"{here}: day {touch.day_offset} is outside the {limits.horizon_days} days")
    elif touch.day_offset not in days:
        problems.append(f"{here}: day {touch.day_offset} is not a day for a touch")
    if touch.channel not in limits.channels:
        problems.append(f"{here}: channel {touch.channel[:40]!r} is not in the brief")
    if not touch.evidence:
        problems.append(f"{here}: it rests on no fact")
    unknown = sorted(set(touch.evidence) - set(brief.fact_ids))
    if unknown:
        problems.append(f"{here}: fact {unknown[0][:40]!r} does not exist")
    return problems + _text_problems(touch, policy, here)


def _text_problems(touch: Touch, policy: PanelPolicy, here: str) -> list[str]:
    """Refuse an angle or a goal that is a message in disguise, or a promise."""
    problems: list[str] = []
    for name, text in (("angle", touch.angle), ("goal", touch.goal)):
        if not text.strip() or len(text) > policy.max_angle or not text.isprintable():
            problems.append(f"{here}: its {name} is not one line of 1 to {policy.max_angle}")
        if has_word(text, policy.message_like) or "<" in text or ">" in text:
            problems.append(f"{here}: its {name} reads like a message")
        if has_word(text, policy.forbidden):
            problems.append(f"{here}: its {name} promises what nobody may promise")
    return problems


def _twins(touches: Sequence[Touch], most: float) -> list[str]:
    return [
        f"touches {one.index} and {other.index} have the same angle"
        for place, one in enumerate(touches)
        for other in touches[place + 1 :]
        if similarity(one.angle, other.angle) > most
    ]
