"""Model judgements of runs: all calls side by side, each kept as it comes, none paid for twice.

`calls.jsonl` holds one line a valid reply, keyed by the digest of the prompt, the model and the
very values asked about. A torn last line is ignored; a failed or unreadable reply is counted and
never kept, so the next run asks again. No barrier: a slow call holds up nothing but itself.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from fleet.adapters.prompts import Prompt, load_prompt
from fleet.errors import EgressError, EgressHalted, EgressRefused, InputError
from fleet.evaluation.blend import with_model
from fleet.evaluation.judge import TrajectoryScore
from fleet.evaluation.model_judge import (
    STEP,
    TRAJECTORY,
    ModelPolicy,
    StepReply,
    TrajectoryReply,
    judged_steps,
    read_step,
    read_trajectory,
    run_values,
    step_values,
)
from fleet.traces.model import Trajectory

Judgements = dict[str, dict[str, Any]]


class AsyncChat(Protocol):
    """The part of the gateway that is used here."""

    async def ask_async(
        self, prompt: str | Prompt, values: Mapping[str, str], schema: type[Any], *, purpose: str
    ) -> Any:
        """Return one schema-valid reply; raises EgressError."""
        ...

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine to its end, on the loop that the calls go out from."""
        ...


@dataclass(slots=True)
class Tally:
    """What the calls came to; `cost_usd` is None while no cost is known."""

    asked: int = 0
    kept: int = 0
    failed: int = 0
    cost_usd: float | None = None
    reasons: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the wire form; a run with a failed call is not complete."""
        return {"asked": self.asked, "from_earlier": self.kept, "failed": self.failed,
                "complete": self.failed == 0, "cost_usd": self.cost_usd,
                "reasons": self.reasons}  # fmt: skip


@dataclass(slots=True)
class JudgeLog:
    """The append-only log of replies, and all it held when it was opened."""

    path: Path | None
    found: Judgements = field(default_factory=dict)
    _file: IO[str] | None = None

    def __enter__(self) -> "JudgeLog":
        """Read the log and open it for more."""
        if self.path is None:
            return self
        try:
            raw = self.path.read_bytes() if self.path.exists() else b""
            for line in raw.split(b"\n"):
                self._remember(line)
            self._file = self.path.open("a", encoding="utf-8", errors="backslashreplace")
            if raw and not raw.endswith(b"\n"):
                self._file.write("\n")
        except OSError as error:
            raise InputError(f"{self.path} cannot be used: {error.strerror}") from None
        return self

    def __exit__(self, *_: object) -> None:
        """Close the log."""
        if self._file:
            self._file.close()

    def keep(self, key: str, judgement: dict[str, Any]) -> None:
        """Append one judgement; it is on its way to disk when this returns."""
        self.found[key] = judgement
        if self._file:
            self._file.write(json.dumps({"key": key, **judgement}, ensure_ascii=False) + "\n")
            self._file.flush()

    def _remember(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            self.found[record.pop("key")] = record
        except (ValueError, KeyError, AttributeError, TypeError):
            return  # torn by a kill, or empty: that call is made again


READERS: dict[bool, Callable[[Any], dict[str, Any]]] = {True: read_step, False: read_trajectory}


@dataclass(frozen=True, slots=True)
class _Question:
    key: str
    prompt: Prompt
    values: Mapping[str, str]
    is_step: bool


@dataclass(slots=True)
class ModelJudge:
    """Asks a model about runs, within the calls the policy allows at once."""

    chat: AsyncChat
    model: str
    policy: ModelPolicy
    log: JudgeLog
    tally: Tally = field(default_factory=Tally)
    halted: bool = False
    _prompts: dict[str, Prompt] = field(default_factory=dict)

    def ask_all(self, runs: Iterable[Trajectory]) -> None:
        """Judge every step and every run that the log does not know yet."""
        self.chat.run(self._drain(q for run in runs for q in self._questions(run)))

    def rejudge(self, score: TrajectoryScore, run: Trajectory) -> TrajectoryScore:
        """Return the run's score by the model; what was not judged in full stays as it is."""
        *steps, whole = list(self._questions(run))
        found = {
            step.id: self.log.found[question.key]
            for step, question in zip(judged_steps(run), steps, strict=True)
            if question.key in self.log.found
        }
        return with_model(score, run, found, self.log.found.get(whole.key), self.policy)

    def _questions(self, run: Trajectory) -> Iterator[_Question]:
        for step in judged_steps(run):
            yield self._question(STEP, step_values(run, step, self.policy))
        yield self._question(TRAJECTORY, run_values(run, self.policy))

    def _question(self, name: str, values: Mapping[str, str]) -> _Question:
        prompt = self._prompts.get(name) or load_prompt(name)
        self._prompts[name] = prompt
        asked = json.dumps([prompt.digest, self.model, dict(values)], sort_keys=True)
        key = hashlib.sha256(asked.encode()).hexdigest()
        return _Question(key, prompt, values, name == STEP)

    async def _drain(self, questions: Iterator[_Question]) -> None:
        """Keep `at_once` calls in flight until there are no more questions."""
        seen: set[str] = set()

        async def worker() -> None:
            for question in questions:
                if question.key in seen:
                    continue
                seen.add(question.key)
                if question.key in self.log.found:
                    self.tally.kept += 1
                elif self.halted:
                    self._fail("EgressHalted")
                else:
                    await self._ask(question)

        await asyncio.gather(*(worker() for _ in range(self.policy.at_once)))

    async def _ask(self, question: _Question) -> None:
        schema = StepReply if question.is_step else TrajectoryReply
        reason = ""
        for _ in range(self.policy.attempts):
            self.tally.asked += 1
            try:
                reading = await self.chat.ask_async(
                    question.prompt, question.values, schema, purpose=question.prompt.name
                )
                read = READERS[question.is_step](reading.value)
            except (EgressHalted, EgressRefused) as error:
                self.halted = True
                reason = type(error).__name__
                break
            except EgressError as error:
                reason = type(error).__name__
                continue
            if reading.cost_usd is not None:
                self.tally.cost_usd = (self.tally.cost_usd or 0.0) + reading.cost_usd
            about = {"model": reading.model, "prompt_digest": reading.prompt_digest}
            self.log.keep(question.key, {**read, **about})
            return
        self._fail(reason)

    def _fail(self, reason: str) -> None:
        self.tally.failed += 1
        self.tally.reasons[reason] = self.tally.reasons.get(reason, 0) + 1
