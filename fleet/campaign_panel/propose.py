"""One lens' plan by rule: which fact opens, how many touches, which days, which channels.

The plan is a function of the facts, the lens and the demands it accepted; nothing of the segment
or of a fact's wording beyond its theme and its quote enters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.campaign_panel.angles import similarity
from fleet.campaign_panel.brief import open_days
from fleet.campaign_panel.policy import Lens, PanelPolicy
from fleet.campaign_panel.reading import Reading, goal_of
from fleet.campaign_panel.schedule import fitting, spread
from fleet.campaign_panel.values import Brief, Demand, Remedy, Touch

LATE_THEMES = ("price", "deadline", "general")


@dataclass(slots=True)
class _Slot:
    angle: str
    goal: str
    evidence: list[str]
    theme: str


def propose(
    brief: Brief, readings: Sequence[Reading], lens: Lens, policy: PanelPolicy, *,
    problem: str | None, demands: Sequence[Demand] = (),
) -> tuple[Touch, ...]:  # fmt: skip
    """Build the plan of a lens; empty when the demands leave no fact to speak of."""
    left_out = {d.target for d in demands if d.remedy is Remedy.LEAVE_OUT}
    facts = [reading for reading in readings if reading.id not in left_out]
    if not facts:
        return ()
    facts = _ordered(facts, lens, problem, demands)
    gap = _gap(brief, demands)
    days = open_days(brief.constraints)
    count = _count(brief, lens, policy, len(facts), len(fitting(days, max(gap, 1))), demands)
    slots = _later(_slots(brief, facts, count, policy), demands)
    when = spread(len(slots), days, min_gap=gap, first_gap=lens.first_gap, growth=lens.growth)
    channels = _channels(brief.constraints.channels, len(when), lens, demands)
    return tuple(
        Touch(index=place, day_offset=day, channel=channel, angle=slot.angle, goal=slot.goal,
              evidence=tuple(slot.evidence))
        for place, (day, channel, slot) in enumerate(zip(when, channels, slots, strict=True), 1)
    )  # fmt: skip


def _ordered(
    facts: Sequence[Reading], lens: Lens, problem: str | None, demands: Sequence[Demand]
) -> list[Reading]:
    rank = {theme: place for place, theme in enumerate(lens.order)}
    first = {d.target for d in demands if d.remedy is Remedy.FIRST}

    def key(reading: Reading) -> tuple[bool, bool, int, bool]:
        opens = reading.theme == problem and reading.theme not in LATE_THEMES
        place = rank.get(reading.theme, len(rank))
        return (reading.id not in first, not opens, place, not reading.has_number)

    return sorted(facts, key=key)


def _gap(brief: Brief, demands: Sequence[Demand]) -> int:
    asked = [d.number or 0 for d in demands if d.remedy is Remedy.GAPS]
    return max([brief.constraints.min_gap_days, *asked])


def _count(
    brief: Brief, lens: Lens, policy: PanelPolicy, facts: int, room: int, demands: Sequence[Demand]
) -> int:
    carried = min(policy.preferred_touches, facts + 1)
    asked = [d.number or 1 for d in demands if d.remedy is Remedy.MORE]
    wanted = max([1, round(lens.share * carried), *asked])
    caps = [max(d.number or 1, 1) for d in demands if d.remedy is Remedy.FEWER]
    return min([wanted, room, brief.constraints.max_touches, *caps])


def _slots(brief: Brief, facts: Sequence[Reading], count: int, policy: PanelPolicy) -> list[_Slot]:
    """Give each fact its own touch as far as they go; facts of one theme share when they must.

    The first fact opens. The others take a touch by theme before a theme takes a second one.
    """
    content = max(1, count - 1)
    own = _chosen(facts, content)
    slots: list[_Slot] = []
    for reading in facts:
        angle = _angle(reading, slots, policy)
        twin = next((s for s in slots if similarity(s.angle, angle) > policy.max_similarity), None)
        same = twin or next((s for s in slots if s.theme == reading.theme), None)
        if reading.id in own and twin is None:
            goal = policy.themes[reading.theme].goal
            slots.append(_Slot(angle, goal, [reading.id], reading.theme))
        elif same and len(same.evidence) < policy.evidence_per_touch:
            same.evidence.append(reading.id)
    if count > 1:
        slots.append(_closing(brief, facts, slots, policy))
    return slots


def _chosen(facts: Sequence[Reading], room: int) -> set[str]:
    chosen: list[str] = []
    themes: set[str] = set()
    for reading in facts:
        if len(chosen) < room and reading.theme not in themes:
            chosen.append(reading.id)
            themes.add(reading.theme)
    for reading in facts:
        if len(chosen) < room and reading.id not in chosen:
            chosen.append(reading.id)
    return set(chosen)


def _closing(
    brief: Brief, facts: Sequence[Reading], slots: Sequence[_Slot], policy: PanelPolicy
) -> _Slot:
    used = {fact_id for slot in slots for fact_id in slot.evidence}
    unused = [reading.id for reading in facts if reading.id not in used]
    dated = [reading.id for reading in facts if reading.theme == "deadline"]
    rests = (unused or dated or [facts[0].id])[: policy.evidence_per_touch]
    kind = goal_of(brief.goal, policy.goals)
    return _Slot(kind.angle, kind.goal, list(rests), "closing")


def _angle(reading: Reading, slots: Sequence[_Slot], policy: PanelPolicy) -> str:
    phrase = policy.themes[reading.theme].angle
    if reading.quote and not reading.forbidden:
        return f"{phrase}: “{reading.quote}”"[: policy.max_angle]
    before = sum(slot.theme == reading.theme for slot in slots)
    return f"{phrase}, point {before + 1}" if before else phrase


def _later(slots: list[_Slot], demands: Sequence[Demand]) -> list[_Slot]:
    """Move facts back that must not come early; one that has no place left goes to the last."""
    for demand in demands:
        if demand.remedy is not Remedy.LATER:
            continue
        least = demand.number or 1
        early = [slot for slot in slots[: least - 1] if demand.target in slot.evidence]
        for slot in early:
            if len(slot.evidence) > 1:
                slot.evidence.remove(str(demand.target))
                if least <= len(slots):
                    slots[-1].evidence.append(str(demand.target))
            elif least < len(slots):
                slots.remove(slot)
                slots.insert(least - 1, slot)
            elif least == len(slots) and demand.target in slots[-1].evidence:
                slots.remove(slot)
            else:
                slots.remove(slot)
                if least <= len(slots) + 1 and slots:
                    slots[-1].evidence.append(str(demand.target))
    return slots


def _channels(
    channels: Sequence[str], count: int, lens: Lens, demands: Sequence[Demand]
) -> list[str]:
    limits = {d.target: d.number or 0 for d in demands if d.remedy is Remedy.LESS_OF}
    used = dict.fromkeys(channels, 0)
    found: list[str] = []
    for place in range(count):
        turn = lens.other_channel_every
        shift = (place + 1) // turn if turn and (place + 1) % turn == 0 else 0
        order = [channels[(shift + step) % len(channels)] for step in range(len(channels))]
        free = [name for name in order if used[name] < limits.get(name, count)]
        chosen = (free or order)[0]
        used[chosen] += 1
        found.append(chosen)
    return found
