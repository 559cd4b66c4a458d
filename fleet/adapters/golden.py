"""Golden sets, the committed report and recorded transcripts: files in, values out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fleet.adapters.files import data_file, prompt_digest, read_text
from fleet.adapters.jsonl import read_lines
from fleet.errors import InputError, MalformedReply

REPORT = "report.json"
NEEDED = ("id", "input", "expect")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSet:
    """The cases of one prompt path, and the digest of their file."""

    cases: tuple[Mapping[str, Any], ...]
    digest: str


def prompt_names() -> list[str]:
    """Name every prompt file, sorted."""
    return sorted(path.name.removesuffix(".md") for path in data_file("prompts").glob("*.md"))


def prompt_version(name: str) -> str | None:
    """Return the digest of a prompt's file as it is now; None when it cannot be read."""
    try:
        return prompt_digest(read_text(data_file("prompts", f"{name}.md")))
    except InputError:
        return None


def golden_version(name: str) -> str | None:
    """Return the SHA-256 of a golden set's bytes as they are now; None when there is none."""
    path = data_file("golden", f"{name}.jsonl")
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def digests() -> dict[str, tuple[str | None, str | None]]:
    """Return (prompt digest, golden digest) of every prompt file."""
    return {name: (prompt_version(name), golden_version(name)) for name in prompt_names()}


def read_golden(name: str) -> GoldenSet | None:
    """Read data/golden/NAME.jsonl; None when there is no such file.

    Raises InputError on a line that is no case and on an id that stands twice.
    """
    path, digest = data_file("golden", f"{name}.jsonl"), golden_version(name)
    if digest is None:
        return None
    cases, bad = read_lines(path)
    if bad:
        raise InputError(f"{bad[0]}: mend the golden set")
    seen: set[str] = set()
    for number, case in enumerate(cases, start=1):
        if not isinstance(case, dict) or any(key not in case for key in NEEDED):
            raise InputError(f"{path} case {number} must be an object with {', '.join(NEEDED)}")
        if not isinstance(case["id"], str) or case["id"] in seen:
            raise InputError(f"{path} case {number} needs an id of its own, not {case['id']!r}")
        seen.add(case["id"])
    return GoldenSet(cases=tuple(cases), digest=digest)


def read_report() -> dict[str, Any]:
    """Read the committed report; empty when there is none. Raises InputError when it is broken."""
    path = data_file("golden", REPORT)
    if not path.is_file():
        return {}
    try:
        report = orjson.loads(path.read_bytes())
        paths = report["paths"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise InputError(f"{path} is not a report: delete it and write it anew") from None
    if not isinstance(paths, dict):
        raise InputError(f"{path} is not a report: delete it and write it anew")
    return paths


def write_report(paths: Mapping[str, Any]) -> Path:
    """Write the report whole, keys sorted, so that equal results give equal bytes."""
    path = data_file("golden", REPORT)
    text = json.dumps({"paths": paths}, indent=1, sort_keys=True, ensure_ascii=False)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text + "\n", "utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
    return path


class Transcript:
    """Replies of a model as they were recorded, by (prompt, case)."""

    def __init__(self, path: Path | str) -> None:
        lines, bad = read_lines(path)
        if bad:
            raise InputError(f"{bad[0]}: a transcript is JSON lines")
        self._lines: dict[tuple[str, str], Mapping[str, Any]] = {}
        for number, line in enumerate(lines, start=1):
            named = isinstance(line, dict) and all(
                isinstance(line.get(key), str) for key in ("prompt", "case")
            )
            if not named or "reply" not in line:
                raise InputError(f"{path} line {number} must hold prompt, case and reply")
            self._lines[line["prompt"], line["case"]] = line
        if not self._lines:
            raise InputError(f"{path} holds no recorded reply: record one with --save-transcript")

    def content(self, prompt: str, case: str, digest: str) -> str:
        """Return the recorded reply as text.

        Raises MalformedReply when none was recorded, or one for another version of the prompt.
        """
        line = self._lines.get((prompt, case))
        if line is None:
            raise MalformedReply(f"no reply to {prompt}/{case} was recorded")
        if line.get("prompt_digest", digest) != digest:
            raise MalformedReply(f"the reply to {prompt}/{case} answers another version of it")
        reply = line["reply"]
        return reply if isinstance(reply, str) else orjson.dumps(reply).decode()

    def model(self, prompt: str, case: str) -> str:
        """Name the model that a recorded reply came from."""
        return str(self._lines.get((prompt, case), {}).get("model") or "recorded")
