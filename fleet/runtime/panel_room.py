"""Where the lenses sit: a model speaks for each, side by side, when a gateway is configured.

A reply that is late, refused or unusable costs that lens its model, never the panel: its rule note
stands in and says so. Calls are reserved before a stage goes out, so that lenses side by side
cannot overdraw the budget together, and the same one goes without whoever is quicker.
"""

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import replace

from fleet.campaign_panel.brief import brief_json, open_days
from fleet.campaign_panel.converge import converge, force_objection
from fleet.campaign_panel.emit import Spent, panel_json
from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.reading import read_facts
from fleet.campaign_panel.record import stop_reason
from fleet.campaign_panel.replies import note_from_reply
from fleet.campaign_panel.rules import Table, rule_note, speakers
from fleet.campaign_panel.values import Brief, Note, Stage
from fleet.errors import EgressError
from fleet.policy import digest
from fleet.ports import ChatModel

PROMPT = "panel.lens"
SHOWN_DAYS = 60
KEY_CHARS = 12
INDEPENDENT = (Stage.EMPATHISE,)  # nothing of the talk is shown: no anchoring


class PanelRoom:
    """One panel's room; `lenses` may leave one out, for the comparison without it."""

    def __init__(
        self, brief: Brief, policy: PanelPolicy, chat: ChatModel | None = None,
        lenses: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self._brief, self._policy, self._chat = brief, policy, chat
        self._lenses = tuple(policy.lenses) if lenses is None else tuple(lenses)
        self._read = read_facts(brief, policy)
        self._lock = threading.Lock()
        self._calls = 0
        self._cost: float | None = 0.0
        self._model: str | None = None
        self._prompt_digest: str | None = None

    @property
    def key(self) -> str:
        """What names this panel's calls and traces: a digest of its brief, no text of it."""
        return digest(brief_json(self._brief))[:KEY_CHARS]

    @property
    def spent(self) -> Spent:
        """What the panel used so far."""
        with self._lock:
            return Spent(
                calls=self._calls, cost_usd=self._cost, model=self._model,
                prompt_digest=self._prompt_digest,
            )  # fmt: skip

    def speak(
        self, stage: Stage, round_: int, notes: Sequence[Note],
        heard: Callable[[Note], object] = lambda _: None,
    ) -> list[Note]:  # fmt: skip
        """Return the notes of a stage in the lenses' order; `heard` is told whoever answers."""
        table = self._table(notes)
        names = speakers(stage, table)
        if self._chat is None:
            spoken = [rule_note(name, stage, round_, table) for name in names]
        else:
            paid = [self._reserve() for _ in names]  # in the lenses' order, before any goes out
            with ThreadPoolExecutor(min(len(names), self._policy.max_in_flight)) as pool:
                asked = [
                    pool.submit(  # a context of its own: the run's recorder hears each call
                        copy_context().run, self._ask, name, stage, round_, table, may=may
                    )
                    for name, may in zip(names, paid, strict=True)
                ]
                for future in as_completed(asked):
                    heard(future.result())
                spoken = [future.result() for future in asked]
        if stage is Stage.CRITIQUE:
            forced = force_objection(self._table((*notes, *spoken)))
            spoken += [forced] if forced else []
        return spoken

    def ask_one(self, name: str, stage: Stage, round_: int, table: Table) -> Note:
        """Ask the model for one lens; its rule note, with why, when the reply is of no use."""
        return self._ask(name, stage, round_, table, may=self._reserve())

    def stop(self, notes: Sequence[Note]) -> str | None:
        """Say why the panel stops here; None: one more round."""
        return stop_reason(notes, self._policy.max_rounds)

    def settle(self, notes: Sequence[Note], stop: str) -> dict[str, object]:
        """Return the answer in the wire format."""
        table = self._table(notes)
        mandatory = self._policy.mandatory
        need = (mandatory,) if mandatory in self._lenses else ()
        return panel_json(table, converge(table, need=need), stop=stop, spent=self.spent)

    def _table(self, notes: Sequence[Note]) -> Table:
        return Table(
            brief=self._brief,
            notes=tuple(notes),
            lenses=self._lenses,
            policy=self._policy,
            read=self._read,
        )

    def _ask(self, name: str, stage: Stage, round_: int, table: Table, *, may: bool) -> Note:
        from fleet.campaign_panel.schema import LensReply  # pydantic: rules do without

        assert self._chat is not None
        if not may:
            return self._by_rule(name, stage, round_, table, "the budget is used up")
        try:
            found = self._chat.ask(
                PROMPT,
                self._values(name, stage, round_, table),
                LensReply,
                purpose=PROMPT,
                run_id=f"panel:{self.key}",
            )
        except EgressError as error:
            return self._by_rule(name, stage, round_, table, type(error).__name__)
        with self._lock:
            cost = found.cost_usd
            self._cost = None if self._cost is None or cost is None else self._cost + cost
            self._model, self._prompt_digest = found.model, found.prompt_digest
        note = note_from_reply(name, stage, round_, found.value.model_dump(), table)
        return note if isinstance(note, Note) else self._by_rule(name, stage, round_, table, note)

    def _by_rule(self, name: str, stage: Stage, round_: int, table: Table, why: str) -> Note:
        return replace(rule_note(name, stage, round_, table), why_rule=why)

    def _reserve(self) -> bool:
        with self._lock:
            spent = self._cost if self._cost is not None else 0.0
            if self._calls >= self._policy.max_calls or spent >= self._policy.max_cost_usd:
                return False
            self._calls += 1
            return True

    def _values(self, name: str, stage: Stage, round_: int, table: Table) -> dict[str, str]:
        limits, policy = self._brief.constraints, self._policy
        days = ", ".join(str(day) for day in open_days(limits)[:SHOWN_DAYS])
        first = stage in INDEPENDENT or (stage is Stage.IDEATE and round_ == 1)
        heard = [note for note in table.notes if not first or note.stage is not Stage.IDEATE]
        talk = [] if stage in INDEPENDENT else [note.as_json() for note in heard]
        return {
            "lens": name, "charge": policy.lenses[name].charge, "stage": stage.value,
            "round": str(round_), "max_angle": str(policy.max_angle), "days": days,
            "gap": str(max(limits.min_gap_days, 1)), "touches": str(limits.max_touches),
            "channels": ", ".join(limits.channels), "themes": ", ".join(policy.themes),
            "brief": json.dumps(brief_json(self._brief), ensure_ascii=False),
            "talk": json.dumps(talk, ensure_ascii=False),
        }  # fmt: skip
