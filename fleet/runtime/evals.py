"""Runs the golden sets: every prompt path, by the rule engine, a transcript or the gateway."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from fleet.adapters import golden
from fleet.adapters.prompts import load_prompt
from fleet.errors import FleetError, MalformedReply
from fleet.evaluation.harness import CaseResult, HarnessPolicy, PathRun, report_path, stale
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.runtime.autonomy_evals import score_case as score_judge
from fleet.runtime.clear_evals import score_run_case, score_step_case
from fleet.runtime.eval_probe import ProbeChat
from fleet.runtime.explain_evals import score_case as score_wording
from fleet.runtime.mail_evals import score_draft_case, score_intent_case
from fleet.runtime.panel_evals import score_case as score_lens
from fleet.runtime.propensity_evals import score_case as score_lead
from fleet.runtime.rdav_evals import score_case as score_plan

Case = Mapping[str, Any]
Scorer = Callable[..., dict[str, float]]
SCORERS: Mapping[str, Scorer] = {
    "autonomy.judge": score_judge,
    "clear.step": score_step_case,
    "clear.trajectory": score_run_case,
    "drafting.reply": score_draft_case,
    "intent.score": score_intent_case,
    "orchestrator.plan": score_plan,
    "panel.lens": score_lens,
    "propensity.score": score_lead,
    "recommender.explain": score_wording,
}
RULES, TRANSCRIPT, GATEWAY = "rules", "transcript", "gateway"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Who answers: `chat_for` gives the model of one case, None where rules do."""

    name: str = RULES
    chat_for: Callable[[str, str], ChatModel | None] = field(default=lambda _path, _case: None)
    at_once: int = 1


class RecordedChat:
    """The replies of one case out of a transcript, validated as the exit would."""

    def __init__(self, transcript: golden.Transcript, case: str) -> None:
        self._transcript, self._case = transcript, case

    def ask(self, prompt: str, values: Mapping[str, str], schema: type[Any], **_: Any) -> Any:
        """Return the recorded reply; raises MalformedReply when there is none that fits."""
        from fleet.adapters.gateway_reply import Unreadable, read_value

        file = load_prompt(prompt)
        file.messages(values)  # what could not have been asked was not answered
        digest = file.digest
        content = self._transcript.content(prompt, self._case, digest)
        try:
            value = read_value(content, schema)
        except Unreadable as error:
            raise MalformedReply(f"the recorded reply is not valid: {error.why}") from None
        return SimpleNamespace(
            value=value, model=self._transcript.model(prompt, self._case), prompt_digest=digest,
            cost_usd=None, cached=True,
        )  # fmt: skip


def recorded(transcript: golden.Transcript) -> Engine:
    """Return the engine that answers from a transcript."""
    return Engine(name=TRANSCRIPT, chat_for=lambda _, case: RecordedChat(transcript, case))


def harness_policy(policies: Mapping[str, Any]) -> HarnessPolicy:
    """Read `[evals]`."""
    return section(policies, "evals", HarnessPolicy)


def path_names() -> list[str]:
    """Name every prompt path, sorted: one whose prompt file is gone is broken, not absent."""
    return sorted({*golden.prompt_names(), *SCORERS})


def run_paths(
    policies: Mapping[str, Any], engine: Engine, *, prompts: Sequence[str] = (),
    admitted: Mapping[str, Sequence[Case]] | None = None, renewing: bool = False,
    only: str | None = None,
) -> Iterator[tuple[PathRun, dict[str, Any]]]:  # fmt: skip
    """Run each path and yield (what ran, its report).

    `admitted` adds cases from the store by path; `only` runs the one case of that id. Rules read no
    prompt: unless `renewing`, a prompt that changed since its report is a fault under them.
    """
    policy = harness_policy(policies)
    digests = golden.digests()
    old = stale(golden.read_report(), digests, policy) if engine.name == RULES else {}
    for name in prompts or path_names():
        why = None if renewing or only else old.get(name)
        extra = (admitted or {}).get(name, ())
        run = _run_path(name, policies, engine, policy, extra, only, [why] if why else [])
        yield run, report_path(run, policy)


def _run_path(
    name: str, policies: Mapping[str, Any], engine: Engine, policy: HarnessPolicy,
    extra: Sequence[Case], only: str | None, faults: list[str],
) -> PathRun:  # fmt: skip
    found = golden.read_golden(name)
    score = SCORERS.get(name)
    if score is None:
        faults.append("no scorer knows this prompt")
    if found is None and "has no golden set" not in faults:
        faults.append("has no golden set")
    pairs = [(case, False) for case in (found.cases if found else ())]
    pairs += [(case, True) for case in extra]
    if only is not None:
        pairs = [(case, stored) for case, stored in pairs if case["id"] == only]

    def one(pair: tuple[Case, bool]) -> CaseResult:
        case, stored = pair
        assert score is not None
        return _run_case(name, score, case, policies, engine, policy, stored=stored)

    results: list[CaseResult] = []
    if score is not None and engine.at_once > 1:
        with ThreadPoolExecutor(engine.at_once, thread_name_prefix="evals") as pool:
            results = list(pool.map(one, pairs))
    elif score is not None:
        results = [one(pair) for pair in pairs]
    return PathRun(
        prompt=name, prompt_digest=golden.prompt_version(name),
        golden_digest=found.digest if found else None, engine=engine.name, results=results,
        faults=tuple(faults),
    )  # fmt: skip


def _run_case(
    name: str, score: Scorer, case: Case, policies: Mapping[str, Any], engine: Engine,
    policy: HarnessPolicy, *, stored: bool,
) -> CaseResult:  # fmt: skip
    """Judge one case: the prompt file by a probe, the answer by the path's own scorer."""
    probe = ProbeChat(name, case, policy)
    cells: dict[str, float] = {}
    error: str | None = None
    start = time.perf_counter()
    try:
        score(case, policies, probe)
        start = time.perf_counter()
        cells = score(case, policies, engine.chat_for(name, case["id"])) | probe.cells
    except FleetError as failure:
        error = f"{type(failure).__name__}: {failure}"
    except Exception as failure:  # noqa: BLE001  # a crash of any kind fails the case, never the run
        error = f"{type(failure).__name__}: {failure}"
    return CaseResult(
        id=case["id"], cells=cells, error=error, tags=tuple(case.get("tags", ())),
        latency_ms=round(1000 * (time.perf_counter() - start), 3), from_store=stored,
    )  # fmt: skip
