"""Panels, wired: run one, follow it stage by stage, steer it, hold it without a lens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.panels import load_panel, save_panel
from fleet.campaign_panel.brief import brief_json, parse_brief
from fleet.campaign_panel.compare import compare_answers
from fleet.campaign_panel.emit import edited
from fleet.campaign_panel.graph import HEARD, build_graph
from fleet.campaign_panel.policy import PanelPolicy, read_panel_policy
from fleet.campaign_panel.record import PERSON
from fleet.campaign_panel.steering import read_steering
from fleet.campaign_panel.validate import find_problems
from fleet.campaign_panel.values import Brief, Note, Stage, Touch, read_note
from fleet.errors import InputError
from fleet.ports import ChatModel, Store, Tracer
from fleet.runtime.panel_room import PanelRoom
from fleet.runtime.panel_trace import steps

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

ORDER = tuple(Stage)
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRun:
    """One panel that was held: its brief, its answer in the wire format, and all its notes."""

    brief: Brief
    answer: dict[str, Any]
    notes: tuple[Note, ...]


class Panels:
    """The panel over one policy; with a chat model its lenses speak by model."""

    def __init__(
        self, policies: Mapping[str, Any], chat: ChatModel | None = None,
        tracer: Tracer | None = None,
    ) -> None:  # fmt: skip
        self.policy: PanelPolicy = read_panel_policy(policies)
        self._chat, self._tracer = chat, tracer

    def read(self, raw: Any, where: str = "the brief") -> Brief:
        """Parse a decoded brief; raises InputError."""
        return parse_brief(raw, self.policy, where)

    def run(
        self, brief: Brief, notes: Sequence[Note] = (), lenses: Sequence[str] | None = None
    ) -> PanelRun:
        """Hold a panel; stages whose `notes` are given are not asked again."""
        *_, (_, last) = self.follow(brief, notes, lenses)
        assert last is not None
        return last

    def follow(
        self, brief: Brief, notes: Sequence[Note] = (), lenses: Sequence[str] | None = None
    ) -> Iterator[tuple[tuple[Note, ...], PanelRun | None]]:
        """Yield the new notes as they come in; the last item carries the whole run.

        A model's notes come one by one, whoever answers first; those of rules a stage at a time.
        """
        room = PanelRoom(brief, self.policy, self._chat, lenses)
        held: list[Note] = list(notes)
        start = {"notes": [note.as_json() for note in notes]}
        told: list[Note] = []
        for changed in steps(build_graph(room), start, self._tracer, room.key):
            if HEARD in changed:
                told.append(read_note(changed[HEARD]))
                yield (told[-1],), None
                continue
            notes_now = tuple(read_note(raw) for raw in changed.get("notes") or ())
            held += notes_now
            fresh = tuple(note for note in notes_now if note not in told)
            answer = changed.get("answer")
            done = PanelRun(brief=brief, answer=answer, notes=tuple(held)) if answer else None
            yield fresh, done

    def steer(self, run: PanelRun, text: str, *, after: Stage) -> dict[str, Any]:
        """Say a word to a panel after a stage of its first round, and hold the rest again.

        Returns `{run, after, text, changes}`: the new run, and what it changed against the old.
        """
        steering = read_steering(text, after, run.brief)
        heard = ORDER[: ORDER.index(after) + 1]
        kept = [
            note
            for note in run.notes
            if note.lens == PERSON or (note.round == 1 and note.stage in heard)
        ]
        steered = self.run(run.brief, [*kept, steering.note()], _lenses(run))
        return {
            "run": steered, "after": after.value, "text": text,
            "changes": compare_answers(run.answer, steered.answer),
        }  # fmt: skip

    def edit(self, run: PanelRun, touches: Sequence[Touch]) -> PanelRun:
        """Return the run with a person's touches in place of the panel's, and what they changed.

        Raises InputError when the edited plan does not hold.
        """
        problems = find_problems(touches, run.brief, self.policy)
        if problems:
            raise InputError(f"the edited plan does not hold: {problems[0]}")
        return PanelRun(brief=run.brief, answer=edited(run.answer, touches), notes=run.notes)

    def without(self, run: PanelRun, lens: str) -> dict[str, Any]:
        """Hold the panel again without one lens: `{run, lens, changes}`.

        What the others found and proposed in their first round, alone, stands; what they said
        after hearing the lens is asked again. A comparison only: nothing adopts it.
        """
        if lens not in self.policy.lenses or len(self.policy.lenses) == 1:
            known = ", ".join(self.policy.lenses)
            raise InputError(f"lens {lens[:40]!r} does not sit in the panel: it has {known}")
        others = [name for name in self.policy.lenses if name != lens]
        kept = [
            note for note in run.notes
            if note.lens == PERSON or (note.stage is Stage.EMPATHISE and note.lens != lens)
        ]  # fmt: skip
        left = self.run(run.brief, kept, others)
        return {"run": left, "lens": lens, "changes": compare_answers(run.answer, left.answer)}


def panels_of(fleet: "Fleet") -> Panels:
    """Return the panel of a fleet: its policy, its exit to the model, its traces."""
    return Panels(fleet.policies, fleet.chat, fleet.tracer)


def start_plan(
    fleet: "Fleet", run: PanelRun, *, name: str, contact_ids: Sequence[str], actor: str
) -> dict[str, Any]:
    """Start a campaign with a plan; day 0 falls on the next Monday, as the panel reckoned.

    Returns `{campaign_id, contacts, touches, skipped: {reason: n}}`. Raises InputError when the
    campaign engine refuses.
    """
    from fleet.runtime.campaigns import create_campaign

    wait = DAYS_A_WEEK - fleet.clock.now().weekday()
    moved = [
        dict(touch)
        | {"day_offset": touch["day_offset"] + wait, "channel": touch["channel"].strip().lower()}
        for touch in run.answer["touches"]
    ]
    plan = {"source": run.answer["source"], "touches": moved}
    brief = brief_json(run.brief) | {"panel_id": run.answer["id"]}
    return create_campaign(
        fleet, name=name, plan=plan, contact_ids=contact_ids, actor=actor, brief=brief
    )


def keep_run(store: Store, run: PanelRun, *, actor: str) -> dict[str, Any]:
    """Store a run once and return its answer as stored."""
    kept = save_panel(
        store, brief_json(run.brief), run.answer, [note.as_json() for note in run.notes],
        now=SystemClock().now(), actor=actor,
    )  # fmt: skip
    answer: dict[str, Any] = kept["answer"]
    return answer


def stored_run(store: Store, panels: Panels, panel_id: str) -> PanelRun:
    """Read a stored run, fit to be steered or compared; raises RowNotFound."""
    kept = load_panel(store, panel_id)
    notes = tuple(read_note(raw) for raw in kept["notes"])
    return PanelRun(brief=panels.read(kept["brief"]), answer=kept["answer"], notes=notes)


def _lenses(run: PanelRun) -> list[str]:
    lenses: list[str] = run.answer["provenance"]["lenses"]
    return lenses
