"""A copy of the shipped data that a test may break: prompts, golden sets, report, policies."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters import files
from fleet.adapters.prompts import load_prompt

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def own_data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the fleet read its data from a copy under `folder`; yield the copy."""
    copy = folder / "data"
    for name in ("prompts", "golden", "migrations"):
        shutil.copytree(ROOT / "data" / name, copy / name)
    shutil.copy(ROOT / "data" / "policies.toml", copy)
    monkeypatch.setattr(files, "root", lambda: folder)
    load_prompt.cache_clear()
    yield copy
    load_prompt.cache_clear()


def golden_cases(name: str) -> list[dict[str, Any]]:
    """Return the shipped cases of one path."""
    lines = (ROOT / "data" / "golden" / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def opinion(mark: float) -> dict[str, Any]:
    """Return what the judge of drafts may reply."""
    marks = dict.fromkeys(("answers", "grounded", "tone", "next_step"), mark)
    return marks | {"needs_person": False, "reason": "so"}


def write_lines(path: Path, rows: list[Any]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path
