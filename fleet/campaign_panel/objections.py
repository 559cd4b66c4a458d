"""What a lens objects to in another's plan, by rule; each check names what would settle it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fleet.campaign_panel.brief import open_days
from fleet.campaign_panel.demands import gaps
from fleet.campaign_panel.policy import Lens, PanelPolicy
from fleet.campaign_panel.reading import Reading, has_word
from fleet.campaign_panel.schedule import fitting
from fleet.campaign_panel.values import Brief, Demand, Objection, Remedy, Severity, Touch

LATE_THEMES = ("price", "deadline", "general")
MANY, PAIR = 4, 2
CITED = 12  # facts one objection names; more is a list nobody reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One plan under critique."""

    brief: Brief
    facts: dict[str, Reading]
    touches: Sequence[Touch]
    problem: str | None
    policy: PanelPolicy

    @property
    def half(self) -> int:
        """The last touch of the opening part."""
        return max(1, round(len(self.touches) * self.policy.opening_share))

    def first_use(self, fact_id: str) -> int | None:
        """Return the first touch that rests on a fact."""
        return next((t.index for t in self.touches if fact_id in t.evidence), None)

    def of_theme(self, *themes: str) -> list[Reading]:
        """Return the facts of some themes, in the brief's order."""
        return [fact for fact in self.facts.values() if fact.theme in themes]


Found = tuple[Severity, str, tuple[str, ...], Demand]


def criticise(name: str, lens: Lens, against: str, case: Case) -> tuple[Objection, ...]:
    """Run the checks a lens watches over one plan, in the order it lists them."""
    if not case.touches:
        return ()
    return tuple(
        Objection(
            lens=name, against=against, severity=severity, reason=reason, evidence=evidence,
            demand=demand,
        )
        for check in lens.watches
        for severity, reason, evidence, demand in RULES[check](case)
    )  # fmt: skip


def _forbidden(case: Case) -> list[Found]:
    return [
        (Severity.BLOCKER, f"Touch {place} rests on a promise that nobody may make.", (fact.id,),
         Demand(remedy=Remedy.LEAVE_OUT, target=fact.id))
        for fact in case.facts.values()
        if fact.forbidden and (place := case.first_use(fact.id))
    ]  # fmt: skip


def _too_many(case: Case) -> list[Found]:
    used = [i for i in case.facts if case.first_use(i)]
    themes = {case.facts[i].theme for i in used}
    most = len(themes) + 1
    if len(case.touches) <= max(most, PAIR):
        return []
    said = f"{len(case.touches)} touches for {len(themes)} kinds of facts: the rest repeats."
    return [
        (
            Severity.MAJOR,
            said,
            tuple(used[:CITED]),
            Demand(remedy=Remedy.FEWER, number=max(most, PAIR)),
        )
    ]


def _long(case: Case) -> list[Found]:
    most = case.policy.long_touches
    if len(case.touches) <= most:
        return []
    said = f"Who has not answered {most} touches is more likely to opt out than to answer."
    later = tuple(dict.fromkeys(i for t in case.touches[most:] for i in t.evidence))
    return [(Severity.MINOR, said, later, Demand(remedy=Remedy.FEWER, number=most))]


def _undersold(case: Case) -> list[Found]:
    limits, policy = case.brief.constraints, case.policy
    fit = len(fitting(open_days(limits), max(limits.min_gap_days, 1)))
    most = min(limits.max_touches, policy.preferred_touches, len(case.facts) + 1, fit)
    if len(case.touches) >= most:
        return []
    alone = {touch.evidence[0] for touch in case.touches[:-1] if touch.evidence}
    shared = tuple(i for i, fact in case.facts.items() if i not in alone and not fact.forbidden)
    if not shared:
        return []
    few = "1 fact gets no touch of its own"
    lack = few if len(shared) == 1 else f"{len(shared)} facts get no touch of their own"
    said = f"{lack}, though {most} touches fit."
    return [(Severity.MINOR, said, shared[:CITED], Demand(remedy=Remedy.MORE, number=most))]


def _short_gaps(case: Case) -> list[Found]:
    short, most = (
        case.policy.short_gap_days,
        len(fitting(open_days(case.brief.constraints), case.policy.short_gap_days)),
    )
    close = [after for after, gap in enumerate(gaps(case.touches), 2) if gap < short]
    if not close or most < PAIR:
        return []
    said = f"Touch {close[0]} comes less than {short} days after the one before."
    asked = Demand(remedy=Remedy.GAPS, number=short)
    return [(Severity.MAJOR, said, ("brief.constraints.horizon_days",), asked)]


def _no_proof(case: Case) -> list[Found]:
    shown = [fact for fact in case.facts.values() if fact.has_number and not fact.forbidden
             and fact.theme not in LATE_THEMES]  # fmt: skip
    if not shown:
        said = "No fact of the offer holds a number that a reader could check."
        return [(Severity.MINOR, said, tuple(case.facts)[:1], Demand())]
    if any(fact.id in case.touches[0].evidence for fact in shown):
        return []
    said = "The opening asks for trust before it shows a number."
    asked = Demand(remedy=Remedy.FIRST, target=shown[0].id)
    return [(Severity.MINOR, said, (shown[0].id,), asked)]


def _thin(case: Case) -> list[Found]:
    seen: set[str] = set()
    for touch in case.touches:
        if touch.evidence and set(touch.evidence) <= seen:
            said = f"Touch {touch.index} rests only on what an earlier touch has said."
            asked = Demand(remedy=Remedy.FEWER, number=max(1, len(case.touches) - 1))
            return [(Severity.MINOR, said, touch.evidence, asked)]
        seen |= set(touch.evidence)
    return []


def _price_early(case: Case) -> list[Found]:
    if has_word(case.brief.brand_voice, case.policy.no_price_words):
        return [
            (Severity.MAJOR, "The brand's voice does not sell by price.",
             (fact.id, "brief.brand_voice"),
             Demand(remedy=Remedy.LEAVE_OUT, target=fact.id))
            for fact in case.of_theme("price") if case.first_use(fact.id)
        ]  # fmt: skip
    return _early(case, "price", 1, "A price in touch {} comes before its worth is shown.")


def _pressure(case: Case) -> list[Found]:
    calm = has_word(case.brief.brand_voice, case.policy.calm_words)
    found = _early(case, "deadline", case.half if calm else 1,
                   "A date in touch {} reads as pressure.")  # fmt: skip
    gap = case.policy.calm_gap_days
    fits = len(fitting(open_days(case.brief.constraints), gap)) >= PAIR
    if calm and fits and any(days < gap for days in gaps(case.touches)):
        said = f"A calm voice leaves {gap} days between touches."
        asked = Demand(remedy=Remedy.GAPS, number=gap)
        found.append((Severity.MAJOR, said, ("brief.brand_voice",), asked))
    return found


def _early(case: Case, theme: str, until: int, said: str) -> list[Found]:
    others = [fact for fact in case.facts.values() if fact.theme != theme and not fact.forbidden]
    if not others or len(case.touches) < PAIR:
        return []
    return [
        (Severity.MAJOR, said.format(place), (fact.id,),
         Demand(remedy=Remedy.LATER, target=fact.id, number=until + 1))
        for fact in case.of_theme(theme)
        if (place := case.first_use(fact.id)) and place <= until
    ]  # fmt: skip


def _buried(case: Case) -> list[Found]:
    if case.problem is None or case.problem in LATE_THEMES:
        return []
    answers = [fact for fact in case.of_theme(case.problem) if not fact.forbidden]
    if not answers or any(fact.id in case.touches[0].evidence for fact in answers):
        return []
    said = "The opening does not speak to the problem the panel agreed on."
    asked = Demand(remedy=Remedy.FIRST, target=answers[0].id)
    return [(Severity.MAJOR, said, (answers[0].id,), asked)]


def _one_channel(case: Case) -> list[Found]:
    used = {touch.channel for touch in case.touches}
    count = len(case.touches)
    if len(case.brief.constraints.channels) < PAIR or len(used) > 1 or count < MANY:
        return []
    channel = case.touches[0].channel
    said = f"All {count} touches come by {channel}, though the brief allows more."
    asked = Demand(remedy=Remedy.LESS_OF, target=channel, number=count - 1)
    return [(Severity.MINOR, said, ("brief.constraints.channels",), asked)]


def _calls(case: Case) -> list[Found]:
    return [
        (Severity.MINOR, f"More than one touch by {name} takes time nobody offered.",
         ("brief.constraints.channels",), Demand(remedy=Remedy.LESS_OF, target=name, number=1))
        for name in case.brief.constraints.channels
        if name.strip().lower() in case.policy.call_channels
        and sum(touch.channel == name for touch in case.touches) > 1
    ]  # fmt: skip


def _hidden_terms(case: Case) -> list[Found]:
    prices = [fact.id for fact in case.of_theme("price")]
    if not prices or any(case.first_use(fact_id) for fact_id in prices):
        return []
    return [(Severity.MINOR, "The plan keeps the price to itself.", tuple(prices), Demand())]


RULES: dict[str, Callable[[Case], list[Found]]] = {
    "forbidden": _forbidden, "too_many": _too_many, "short_gaps": _short_gaps, "thin": _thin,
    "no_proof": _no_proof, "price_early": _price_early, "pressure": _pressure, "buried": _buried,
    "long": _long, "undersold": _undersold, "one_channel": _one_channel, "calls": _calls,
    "hidden_terms": _hidden_terms,
}  # fmt: skip
