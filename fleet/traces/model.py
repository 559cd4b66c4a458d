"""One finished run, whoever recorded it: a trajectory of steps, each with its tool calls.

Readers build these values from foreign formats and say in `odd` what was strange. Absent is None:
nothing here is guessed. Times are seconds since 1970 (UTC), durations are in milliseconds, cost is
in US dollars.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CANONICAL = json.JSONEncoder(sort_keys=True, default=str)


class StepKind(StrEnum):
    """What a step is: a model call, a tool's execution, a node around others, or a message."""

    LLM = "llm"
    TOOL = "tool"
    NODE = "node"
    MESSAGE = "message"


class TraceFormat(StrEnum):
    """Where a trajectory was read from."""

    OTLP = "otlp"
    LANGSMITH = "langsmith"
    MLFLOW = "mlflow"
    LANGFUSE = "langfuse"
    OPENAI = "openai"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call of a tool: asked for by a model, or carried out by a tool step.

    `arguments` is the parsed value; it stays text when it is not JSON. `output` and `error` are
    None on a call of which no execution was seen.
    """

    id: str | None
    name: str
    arguments: Any = None
    output: Any = None
    error: str | None = None

    @property
    def signature(self) -> str:
        """Name and arguments as one canonical text: equal calls have equal signatures."""
        try:
            return f"{self.name} {CANONICAL.encode(self.arguments)}"
        except (RecursionError, TypeError):  # nested too deep, or keys that do not sort
            return f"{self.name} {type(self.arguments).__name__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, in the order of time; `position` counts from 0 within its trajectory.

    An `llm` step lists the calls its model asked for; a `tool` step has exactly one, the call it
    carried out. `node` is the graph node or agent, or the role of a message.
    """

    id: str
    parent_id: str | None
    position: int
    kind: StepKind
    name: str
    node: str | None = None
    input: Any = None
    output: Any = None
    error: str | None = None
    started_at: float | None = None
    ended_at: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    model: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()

    @property
    def duration_ms(self) -> float | None:
        """Milliseconds from start to end; None when one is unknown or they are swapped."""
        if self.started_at is None or self.ended_at is None or self.ended_at < self.started_at:
            return None
        return (self.ended_at - self.started_at) * 1000

    @property
    def tokens(self) -> int | None:
        """Tokens in and out; None when neither is known."""
        if self.tokens_in is None and self.tokens_out is None:
            return None
        return (self.tokens_in or 0) + (self.tokens_out or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """One finished run. `outcome` is the recorded label (0 failed .. 1 succeeded), if there is one.

    `task_id` groups runs of one task; `tools` are the names the models were offered; `odd` holds
    one sentence for everything strange in the record. The outcome is never an input to a judge.
    """

    id: str
    source: TraceFormat
    steps: tuple[Step, ...]
    task: str | None = None
    task_id: str | None = None
    outcome: float | None = None
    name: str | None = None
    version: str | None = None
    answer: Any = None
    error: str | None = None
    started_at: float | None = None
    ended_at: float | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    tools: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def duration_ms(self) -> float | None:
        """Milliseconds from start to end; None when unknown."""
        if self.started_at is None or self.ended_at is None or self.ended_at < self.started_at:
            return None
        return (self.ended_at - self.started_at) * 1000

    def executed(self) -> Iterator[tuple[Step, ToolCall]]:
        """Yield every tool call once, in order, with the step that shows it.

        Tool steps come as they are; a call a model asked for counts only when no tool step carried
        it out (matched by id, else by name and arguments).
        """
        done = [c for s in self.steps if s.kind is StepKind.TOOL for c in s.tool_calls]
        ids = {call.id for call in done if call.id}
        bare: set[str] | None = None  # only a call that was asked for has to be looked up
        for step in self.steps:
            for call in step.tool_calls:
                if step.kind is not StepKind.TOOL and done:
                    if bare is None:
                        bare = {each.signature for each in done}
                    if call.id in ids or call.signature in bare:
                        continue
                yield step, call
