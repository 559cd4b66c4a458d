"""What a run of the evals may use of a home: the model, the store, a transcript, LangSmith."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.open import open_store
from fleet.adapters.store.revisions import current
from fleet.errors import FleetError, InputError
from fleet.evaluation.harness import PathRun
from fleet.runtime import evals
from fleet.runtime.eval_store import Admitted, admitted_cases, record_verdicts
from fleet.settings import Settings

Pairs = Sequence[tuple[PathRun, Mapping[str, Any]]]


class KeepingChat:
    """Asks the gateway for one case and keeps what it replied."""

    def __init__(self, chat: Any, case: str, kept: list[dict[str, Any]], lock: Any) -> None:
        self._chat, self._case, self._kept, self._lock = chat, case, kept, lock

    def ask(
        self, prompt: str, values: Mapping[str, str], schema: type[Any], *, purpose: str,
        run_id: str | None = None,
    ) -> Any:  # fmt: skip
        """Ask; raises EgressError."""
        found = self._chat.ask(prompt, values, schema, purpose=f"evals.{purpose}", run_id=run_id)
        line = {
            "prompt": prompt, "case": self._case, "prompt_digest": found.prompt_digest,
            "model": found.model, "reply": found.value.model_dump(mode="json"),
        }  # fmt: skip
        with self._lock:
            self._kept.append(line)
        return found


class EvalHome:
    """Opened for one run; a home without a store is no error, since golden sets are files."""

    def __init__(self, settings: Settings, policies: Mapping[str, Any], now: datetime) -> None:
        self._settings, self._policies, self._now = settings, policies, now
        self._kept: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    @cached_property
    def store(self) -> Any:
        """The store; None when this home has none."""
        url = self._settings.store_url
        if url.startswith("sqlite") and not (self._settings.home / "fleet.db").exists():
            return None
        store = open_store(url)
        if current(store):
            return store
        store.close()
        return None

    def need_store(self) -> None:
        """Raise InputError when there is no store to record into."""
        if self.store is None:
            raise InputError(f"{self._settings.home} holds no store: run 'fleet init' to record")

    @cached_property
    def admitted(self) -> Admitted:
        """The store's admitted cases."""
        if self.store is None:
            return Admitted()
        return admitted_cases(self.store, self._settings, self._now)

    @cached_property
    def chat(self) -> Any:
        """The exit to the model; None without a gateway."""
        if self._settings.gateway_url is None:
            return None
        from fleet.adapters.gateway import open_chat

        return open_chat(self._settings, self._policies, store=self.store, clock=SystemClock())

    def engine(self) -> evals.Engine:
        """Return the gateway as the engine when there is one, else the rules."""
        if self.chat is None:
            return evals.Engine()
        from fleet.adapters.gateway_policy import read_egress

        return evals.Engine(
            name=evals.GATEWAY, at_once=read_egress(self._policies).max_in_flight,
            chat_for=lambda _, case: KeepingChat(self.chat, case, self._kept, self._lock),
        )  # fmt: skip

    def save_transcript(self, path: Path) -> None:
        """Write the replies in the order of path and case; whole or not at all."""
        rows = sorted(self._kept, key=lambda line: (line["prompt"], line["case"]))
        partial = path.with_name(f".{path.name}.partial")
        try:
            partial.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise InputError(f"{path} cannot be written: {error.strerror}") from None

    def record(self, pairs: Pairs) -> int:
        """Keep the results as verdict rows; returns how many."""
        self.need_store()
        policy = evals.harness_policy(self._policies)
        return record_verdicts(self.store, pairs, policy, self._policies, self._now)

    def publish(self, pairs: Pairs, note: Callable[[str], None]) -> None:
        """Send sets and results to LangSmith when it is configured; a failure is only said."""
        if self._settings.langsmith is None:
            return
        from fleet.adapters.langsmith_datasets import publish

        try:
            sent = publish(self._settings.langsmith, pairs, now=self._now)
        except FleetError as error:
            note(f"LangSmith did not take the results: {error}")
        else:
            note(f"sent {sent} results to LangSmith")

    def close(self) -> None:
        """Give back what was opened."""
        if self.__dict__.get("chat") is not None:
            self.chat.close()
        if self.__dict__.get("store") is not None:
            self.store.close()
