"""IBM's `clear-eval` and our `fleet evaluate` over one fake gateway: what each asks, and costs.

The gateway answers both in the form they want, after the same latency. Each program runs in a
process of its own, so that its time, processor and memory are its own.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.support.scripted_gateway import Reply, ScriptedGateway, good

ROOT = Path(__file__).resolve().parents[2]
TRACES = Path("clear_eval", "sample_data", "agentic", "research_agent_traces", "mlflow")
PIPELINE = "clear_eval.agentic.pipeline.run_clear_agentic_eval"
LIMIT_S = 900.0
LATENCY_S = 0.05
STEP = {"score": 0.5, "critique": "It never says when.", "tags": ["missing date"]}
WHOLE = {
    "rubric": [{"criterion": "names the date", "fulfilled": False}], "success": 0.25,
    "critique": "The date is missing.", "tags": ["missing date"],
} | dict.fromkeys(
    ("objective_understanding", "information_completeness", "execution_quality", "efficiency",
     "user_experience", "final_deliverable"), 0.5,
)  # fmt: skip
STEP_DIMENSIONS = (
    "Correctness", "Completeness", "Clarity", "Relevance", "Efficiency", "Robustness",
    "Best_Practices", "Actionability", "Transparency",
)  # fmt: skip
RUN_DIMENSIONS = (
    "Objective_Understanding", "Information_Completeness", "Execution_Quality",
    "User_Experience", "Final_Deliverable",
)  # fmt: skip
JUDGED = {"score": 0.5, "justification": "It never says when."}
THEIRS = {
    "step_quality_dimensions": dict.fromkeys(STEP_DIMENSIONS, JUDGED),
    "trajectory_dimensions": dict.fromkeys(RUN_DIMENSIONS, JUDGED),
    "detailed_feedback": "The date is missing.", "overall_score": 0.5,
    "rubrics": [{"id": f"R{n}", "description": "names the date", "criterion": "a date is there"}
                for n in (1, 2, 3)],
    "rubric_results": {f"R{n}": {"fulfilled": 0, "reasoning": "none"} for n in (1, 2, 3)},
    "summary": "The date is missing.", "score": 0.5,
}  # fmt: skip
ISSUES = ["The date is missing", "The answer is long", "No source is given"]


def answer(body: Any, _headers: Any, _number: int) -> Reply:
    """Answer a judge of either program as it wants to be answered."""
    first, last = (str(body["messages"][at]["content"]) for at in (0, -1))
    both = first + last
    if '"title":"StepReply"' in first:
        text = json.dumps(STEP)
    elif '"title":"TrajectoryReply"' in first:
        text = json.dumps(WHOLE)
    elif "binary values" in both:
        text = "[1, 0, 0]"
    elif "Python list of strings" in both:
        text = json.dumps(ISSUES)
    elif "Evaluation score:" in both:
        text = "It never says when.\nEvaluation score: 0.5"
    elif "JSON" in both:
        text = json.dumps(THEIRS)
    else:
        text = "The date is missing."
    return good(text, latency_s=LATENCY_S)


def answer_in_half_a_second(body: Any, headers: Any, number: int) -> Reply:
    """Answer the same, after 500 ms."""
    return replace(answer(body, headers, number), latency_s=10 * LATENCY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run: requests that arrived, seconds, processor seconds, megabytes, and its exit code."""

    calls: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    code: int


def ours(gateway: ScriptedGateway, traces: Path, out: Path, *, kill_at: int | None = None) -> Cost:
    """Judge traces by `fleet evaluate` over a gateway."""
    words = ["-m", "fleet", "evaluate", str(traces), "--out", str(out), "--json"]
    home = str(out.parent / "home")
    return _run(gateway, [*words, "--home", home], dict(gateway.env()), kill_at)


def theirs(
    gateway: ScriptedGateway, packages: Path, traces: Path, out: Path, *,
    kill_at: int | None = None, at_once: int = 10,
) -> Cost:  # fmt: skip
    """Judge traces by `clear-eval` over the same gateway; `packages` is where it was installed."""
    env = dict(gateway.env())
    base = env["FLEET_GATEWAY_URL"]
    words = [
        "-m", PIPELINE, "--data-dir", str(traces), "--results-dir", str(out), "--run-name", "one",
        "--from-raw-traces", "true", "--agent-framework", "langgraph",
        "--observability-framework", "mlflow", "--provider", "openai", "--eval-model-name",
        "deepseek-flash", "--inference-backend", "litellm", "--max-workers", str(at_once),
    ]  # fmt: skip
    more = {
        "PYTHONPATH": str(packages), "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "OPENAI_API_KEY": "none", "OPENAI_API_BASE": base, "OPENAI_BASE_URL": base,
        "LITELLM_TELEMETRY": "False",
    }  # fmt: skip
    return _run(gateway, words, more, kill_at)


def _run(
    gateway: ScriptedGateway, words: list[str], env: Mapping[str, str], kill_at: int | None
) -> Cost:
    """Run to the end, or kill it outright once so many requests have arrived."""
    before, began = len(gateway.seen), time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=os.environ | env, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        calls, took = len(gateway.seen) - before, time.perf_counter() - began
        if took > LIMIT_S or (kill_at is not None and calls >= kill_at):
            os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        calls=len(gateway.seen) - before, wall_s=time.perf_counter() - began,
        cpu_s=used.ru_utime + used.ru_stime, peak_mb=used.ru_maxrss / 1024,
        code=process.returncode,
    )  # fmt: skip
