"""Calls through the real exit: a prompt, a schema, a clock that stands, and short waits."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydantic

from fleet.adapters.files import read_policies
from fleet.adapters.gateway import Chat, Reading, open_chat
from fleet.adapters.prompts import Prompt
from fleet.adapters.store.open import EngineStore, open_store
from fleet.adapters.store.schema import METADATA
from fleet.settings import read_settings
from tests.support.scripted_gateway import ScriptedGateway

PROMPT = Prompt("test.scores", "Score the mail as JSON.\n--- user ---\n{{mail}}", "d" * 64)
OFF_PEAK = datetime(2026, 11, 25, 12, tzinfo=UTC)
FAST: dict[str, Any] = {"backoff_base_s": 0.01, "backoff_cap_s": 0.02}


class Score(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    score: float = pydantic.Field(ge=0, le=1)


@dataclass
class StandingClock:
    at: datetime = OFF_PEAK

    def now(self) -> datetime:
        return self.at


def open_exit(
    gateway: ScriptedGateway | dict[str, str], home: Path, *, clock: Any = None, store: Any = None,
    on_halt: Any = None, **egress: Any,
) -> Chat:  # fmt: skip
    """Open the exit to a gateway (or an environment) with short waits; `egress` changes policy."""
    policies = read_policies()
    policies["egress"] |= FAST | egress
    env = gateway.env() if isinstance(gateway, ScriptedGateway) else gateway
    chat = open_chat(
        read_settings(str(home), env), policies, clock=clock or StandingClock(), store=store,
        on_halt=on_halt,
    )  # fmt: skip
    assert chat is not None
    return chat


def ask(chat: Chat, mail: str = "hello", **extra: Any) -> Reading:
    return chat.ask(PROMPT, {"mail": mail}, Score, purpose="test", **extra)


def fresh_store(folder: Path) -> EngineStore:
    store = open_store(f"sqlite:///{folder / 'fleet.db'}")
    assert isinstance(store, EngineStore)
    METADATA.create_all(store.engine)
    return store
