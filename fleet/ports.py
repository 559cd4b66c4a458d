"""What graphs need from the outside, as Protocols; adapters implement them, runtime wires them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

Reply = TypeVar("Reply", covariant=True)


class Clock(Protocol):
    """The only source of time; the simulator supplies its own."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        ...


class Reading(Protocol):
    """One schema-valid model reply, and what it cost."""

    @property
    def value(self) -> Any:
        """The reply as the schema's model."""
        ...

    @property
    def model(self) -> str:
        """The model that gave it."""
        ...

    @property
    def prompt_digest(self) -> str:
        """The version of the prompt it answers."""
        ...

    @property
    def cost_usd(self) -> float | None:
        """What it cost; None when unknown, 0 when it came from the cache."""
        ...

    @property
    def cached(self) -> bool:
        """Whether nothing left the machine for it."""
        ...


class ChatModel(Protocol):
    """One schema-constrained call through the gateway; raises EgressError and nothing else."""

    def ask(
        self, prompt: str, values: Mapping[str, str], schema: type[Any], *, purpose: str,
        run_id: str | None = None,
    ) -> Reading:  # fmt: skip
        """Fill prompt file `prompt` with `values`, untrusted ones fenced; return a valid reply."""
        ...


class Result(Protocol):
    """What one statement of a batch did."""

    rows: list[dict[str, Any]]
    changes: int


class Store(Protocol):
    """The data plane: SQLAlchemy Core statements in, plain rows out; a batch is atomic."""

    def read(self, statement: Any) -> list[dict[str, Any]]:
        """Run one SELECT and return its rows, values decoded by column type."""
        ...

    def write(self, *statements: Any) -> Sequence[Result]:
        """Run the statements as one atomic batch; all of them happen, or none does.

        Raises WriteConflict on a broken UNIQUE or CHECK, StoreError on anything else.
        """
        ...


class Tracer(Protocol):
    """Where finished spans go; never blocks and never raises."""

    def record(self, trace: Any) -> None:
        """Keep one finished run (`fleet.traces.spans.RunRecord`)."""
        ...
