"""Golden sets as LangSmith datasets, runs of them as experiments with a score a cell.

A dataset is one version of a golden set: its id comes from the set's digest, so that the same set
is never sent twice. Only shipped cases leave the machine; admitted ones hold customers' mail.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from fleet.adapters.golden import read_golden
from fleet.adapters.langsmith_sink import GOOD, TIMEOUT, read_endpoint
from fleet.adapters.langsmith_wire import multipart
from fleet.errors import FleetError
from fleet.evaluation.harness import CaseResult, PathRun
from fleet.settings import LangSmith

NAMESPACE = uuid.UUID("1a6f8f5e-93c1-5d0c-8a35-6f6b0f2f7e44")
KNOWN = 409
SHORT = 12  # characters of a digest in a name that people read
Pairs = Sequence[tuple[PathRun, Mapping[str, Any]]]


def publish(config: LangSmith, pairs: Pairs, *, now: datetime) -> int:
    """Send sets and results; returns how many results. Raises FleetError when one was not taken."""
    sent = 0
    with httpx.Client(
        base_url=read_endpoint(config.endpoint), headers={"x-api-key": config.key},
        timeout=TIMEOUT, trust_env=False, follow_redirects=False,
    ) as client:  # fmt: skip
        for run, report in pairs:
            results = [result for result in run.results if not result.from_store]
            if run.golden_digest is None or not results:
                continue
            dataset = str(uuid.uuid5(NAMESPACE, f"{run.prompt}:{run.golden_digest}"))
            _send_set(client, config, run, dataset)
            _send_results(client, run, report, results, dataset, now)
            sent += len(results)
    return sent


def _send_set(client: httpx.Client, config: LangSmith, run: PathRun, dataset: str) -> None:
    body = {
        "id": dataset, "name": f"fleet {run.prompt} {str(run.golden_digest)[:SHORT]}",
        "description": f"Golden set of the prompt path {run.prompt}", "data_type": "kv",
        "extra": {"metadata": {"golden_digest": run.golden_digest}},
    }  # fmt: skip
    found = read_golden(run.prompt)
    if not _post(client, "/datasets", body) or found is None:
        return  # this version of the set is there
    examples = [
        {
            "id": _example(dataset, case["id"]), "dataset_id": dataset,
            "inputs": {} if config.hide_inputs else {"case": case["input"]},
            "outputs": {} if config.hide_outputs else {"expect": case["expect"]},
            "metadata": {"case": case["id"], "tags": case.get("tags", [])},
        }
        for case in found.cases
    ]  # fmt: skip
    _post(client, "/examples/bulk", examples)


def _send_results(
    client: httpx.Client, run: PathRun, report: Mapping[str, Any], results: Sequence[CaseResult],
    dataset: str, now: datetime,
) -> None:  # fmt: skip
    session = str(uuid.uuid5(NAMESPACE, f"{dataset}:{run.engine}:{now.isoformat()}"))
    version = str(run.prompt_digest)[:SHORT]
    kept = ("prompt_digest", "engine", "n", "passed", "lower", "bar", "state")
    body = {
        "id": session, "name": f"fleet {run.prompt} {version} {run.engine} {now:%Y-%m-%d %H:%M:%S}",
        "start_time": now.isoformat(), "reference_dataset_id": dataset,
        "extra": {"metadata": {key: report[key] for key in kept}},
    }  # fmt: skip
    _post(client, "/sessions", body)
    parts = [part for result in results for part in _parts(run, result, dataset, session, now)]
    kind, content = multipart(parts)
    _taken(client, "/runs/multipart", content=content, headers={"content-type": kind})


def _parts(
    run: PathRun, result: CaseResult, dataset: str, session: str, now: datetime
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Return one run and a score a cell; a crash has no cells, and says so."""
    own = str(uuid.uuid5(NAMESPACE, f"{session}:{result.id}"))
    ended = now + timedelta(milliseconds=result.latency_ms or 0.0)
    yield "post", {
        "id": own, "trace_id": own, "dotted_order": f"{now:%Y%m%dT%H%M%S%f}Z{own}",
        "name": run.prompt, "run_type": "chain", "session_id": session,
        "reference_example_id": _example(dataset, result.id), "start_time": now.isoformat(),
        "end_time": ended.isoformat(), "inputs": {"case": result.id},
        "outputs": {"cells": dict(result.cells)}, "error": result.error,
    }  # fmt: skip
    for cell, score in result.cells.items():
        key = str(uuid.uuid5(NAMESPACE, f"{own}:{cell}"))
        yield "feedback", {
            "id": key, "run_id": own, "trace_id": own, "key": cell, "score": score,
            "feedback_source": {"type": "api", "metadata": {"engine": run.engine}},
        }  # fmt: skip


def _example(dataset: str, case: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{dataset}:{case}"))


def _post(client: httpx.Client, path: str, body: Any) -> bool:
    """Create something; False when it is there already."""
    return _taken(client, path, json=body) != KNOWN


def _taken(client: httpx.Client, path: str, **content: Any) -> int:
    try:
        status = client.post(path, **content).status_code
    except httpx.HTTPError as error:
        raise FleetError(f"{path}: {type(error).__name__}") from None
    if status in GOOD or status == KNOWN:
        return status
    raise FleetError(f"{path}: HTTP {status}")
