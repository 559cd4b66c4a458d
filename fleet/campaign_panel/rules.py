"""What a lens says by rule, in each stage; the same engine stands in where a model fails."""

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.campaign_panel.demands import is_met, say, unmet
from fleet.campaign_panel.objections import Case, criticise
from fleet.campaign_panel.policy import Lens, PanelPolicy
from fleet.campaign_panel.propose import propose
from fleet.campaign_panel.reading import Reading, read_facts
from fleet.campaign_panel.record import (
    objections,
    person_demands,
    problem_theme,
    proposals,
)
from fleet.campaign_panel.values import (
    Brief,
    Claim,
    Demand,
    Note,
    Objection,
    Remedy,
    Severity,
    Stage,
    Touch,
)

HEARD = 3  # facts a lens names when it empathises
SEVERITIES = (Severity.BLOCKER, Severity.MAJOR, Severity.MINOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What lies on the table when a lens speaks: the brief, and what was said before."""

    brief: Brief
    notes: tuple[Note, ...]
    lenses: tuple[str, ...]  # who sits in; the ablation leaves one out
    policy: PanelPolicy
    read: tuple[Reading, ...] | None = None  # the facts as read, when somebody read them already

    def readings(self) -> tuple[Reading, ...]:
        """Return the brief's facts as the panel sees them."""
        return read_facts(self.brief, self.policy) if self.read is None else self.read


def speakers(stage: Stage, table: Table) -> tuple[str, ...]:
    """Return who speaks in a stage: all side by side, but one lens states the problem."""
    if stage is Stage.DEFINE:
        return (table.policy.lead if table.policy.lead in table.lenses else table.lenses[0],)
    return table.lenses


def rule_note(name: str, stage: Stage, round_: int, table: Table) -> Note:
    """Speak by rule for a lens; a function of the brief, the notes and the policy."""
    lens = table.policy.lenses[name]
    match stage:
        case Stage.EMPATHISE:
            return _empathise(name, lens, round_, table)
        case Stage.DEFINE:
            return _define(name, round_, table)
        case Stage.IDEATE:
            return _ideate(name, lens, round_, table)
        case Stage.CRITIQUE:
            return _critique(name, lens, round_, table)
        case Stage.CONVERGE:
            raise ValueError("convergence is a function of the notes, no lens speaks in it")


def _empathise(name: str, lens: Lens, round_: int, table: Table) -> Note:
    rank = {theme: place for place, theme in enumerate(lens.order)}
    heard = sorted(table.readings(), key=lambda reading: rank.get(reading.theme, len(rank)))
    claims = tuple(_claim(reading, table.policy) for reading in heard[:HEARD])
    return Note(
        lens=name, stage=Stage.EMPATHISE, round=round_, stance="finds", claims=claims,
        theme=heard[0].theme if heard else None,
    )  # fmt: skip


def _define(name: str, round_: int, table: Table) -> Note:
    readings = {reading.id: reading for reading in table.readings()}
    votes: dict[str, float] = {}
    for note in table.notes:
        if note.stage is Stage.EMPATHISE and note.lens in table.policy.lenses:
            cited = {fact_id for claim in note.claims for fact_id in claim.evidence}
            weight = table.policy.lenses[note.lens].weight
            for fact_id in cited & set(readings):
                theme = readings[fact_id].theme
                votes[theme] = votes.get(theme, 0.0) + weight
    themes = list(table.policy.themes)
    best = max(votes, key=lambda theme: (votes[theme], -themes.index(theme)), default="general")
    resting = tuple(reading for reading in readings.values() if reading.theme == best)
    return Note(
        lens=name, stage=Stage.DEFINE, round=round_, stance="defines", theme=best,
        problem=table.policy.themes[best].problem,
        claims=tuple(_claim(reading, table.policy) for reading in resting[:HEARD]),
    )  # fmt: skip


def _ideate(name: str, lens: Lens, round_: int, table: Table) -> Note:
    accepted = [*person_demands(table.notes), *_own_demands(lens, table)]
    before = proposals(table.notes).get(name)
    touches = _build(lens, table, accepted)
    heard = objections(table.notes)  # its own too: what it asks of others it does itself
    adapted: list[Objection] = []
    for severity in SEVERITIES:
        for item in (o for o in heard if o.severity is severity and not is_met(o.demand, touches)):
            tried = _build(lens, table, [*accepted, item.demand])
            if _accepts(item, touches, tried, [*accepted, item.demand]):
                accepted.append(item.demand)
                adapted += [] if item.lens == name else [item]
                touches = tried
    stance = "proposes" if before is None else _moved(touches, before)
    return Note(
        lens=name, stage=Stage.IDEATE, round=round_, stance=stance, touches=touches,
        claims=_idea_claims(touches, adapted, before, table),
    )  # fmt: skip


def _own_demands(lens: Lens, table: Table) -> list[Demand]:
    """Return what a lens would object to in anybody's plan, and so keeps out of its own."""
    if "forbidden" not in lens.watches:
        return []
    return [
        Demand(remedy=Remedy.LEAVE_OUT, target=reading.id)
        for reading in table.readings()
        if reading.forbidden
    ]


def _moved(now: Sequence[Touch], before: Sequence[Touch]) -> str:
    return "adapts" if tuple(now) != tuple(before) else "stands by it"


def _accepts(
    item: Objection, now: Sequence[Touch], tried: Sequence[Touch], demands: Sequence[Demand]
) -> bool:
    """Give way to what is major when the plan can; to what is minor only when it costs nothing."""
    if not tried or unmet(demands, tried):
        return False
    if item.severity is not Severity.MINOR:
        return True
    return len(tried) == len(now) and tried[0].evidence == now[0].evidence


def _build(lens: Lens, table: Table, demands: Sequence[Demand]) -> tuple[Touch, ...]:
    return propose(
        table.brief, table.readings(), lens, table.policy, problem=problem_theme(table.notes),
        demands=demands,
    )  # fmt: skip


def _idea_claims(
    touches: Sequence[Touch], adapted: Sequence[Objection], before: Sequence[Touch] | None,
    table: Table,
) -> tuple[Claim, ...]:  # fmt: skip
    if adapted:
        return tuple(
            Claim(text=f"Gives way: {say(item.demand)}.", evidence=item.evidence)
            for item in adapted
        )
    if not touches:
        return ()
    cited = tuple(dict.fromkeys(fact_id for touch in touches for fact_id in touch.evidence))
    days = ", ".join(str(touch.day_offset) for touch in touches)
    lead = "Keeps" if before is not None else "Would send"
    count = "1 touch" if len(touches) == 1 else f"{len(touches)} touches"
    return (Claim(text=f"{lead} {count} on days {days}, opening with {_opening(touches, table)}.",
                  evidence=cited),)  # fmt: skip


def _opening(touches: Sequence[Touch], table: Table) -> str:
    theme = next(r.theme for r in table.readings() if r.id == touches[0].evidence[0])
    phrase = table.policy.themes[theme].angle
    return phrase[0].lower() + phrase[1:]


def _critique(name: str, lens: Lens, round_: int, table: Table) -> Note:
    facts = {reading.id: reading for reading in table.readings()}
    raised: list[Objection] = []
    for other, touches in proposals(table.notes).items():
        if other != name:
            case = Case(
                brief=table.brief, facts=facts, touches=touches,
                problem=problem_theme(table.notes), policy=table.policy,
            )  # fmt: skip
            raised += criticise(name, lens, other, case)
    known = {item.key for note in table.notes for item in note.objections}
    fresh = [item for item in raised if item.key not in known]
    return Note(
        lens=name, stage=Stage.CRITIQUE, round=round_, stance=_stance(raised, fresh),
        objections=tuple(raised), claims=_objection_claims(fresh or raised),
    )  # fmt: skip


def _stance(raised: Sequence[Objection], fresh: Sequence[Objection]) -> str:
    if not raised:
        return "accepts"
    return "objects" if fresh else "keeps a doubt"


def _objection_claims(raised: Sequence[Objection]) -> tuple[Claim, ...]:
    once = {item.reason: item for item in raised}
    return tuple(Claim(text=item.reason, evidence=item.evidence) for item in once.values())


def _claim(reading: Reading, policy: PanelPolicy) -> Claim:
    said = f": “{reading.quote}”" if reading.quote else ""
    return Claim(text=f"{policy.themes[reading.theme].angle}{said}", evidence=(reading.id,))
