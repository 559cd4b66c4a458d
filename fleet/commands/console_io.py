"""Output of the `fleet` command: JSON documents on standard output, or lines for people.

With `--json` standard output holds JSON only, one document a line; all else goes to standard error.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Text of traces and mails reaches the terminal: nothing in it may steer one, or turn a line round.
STEERING = {
    **{code: " " for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"},
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), " "),
}
_as_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: a million lines use it


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command prints; `json` says for whom."""

    json: bool = False

    def document(self, value: Mapping[str, Any], text: str | None = None) -> None:
        """Print one JSON document, or `text` for people (by default `key: value` lines)."""
        if self.json:
            print(_as_json(value), flush=True)  # noqa: T201  # the command's output
        else:
            lines = text if text is not None else _plain(value)
            print(lines.translate(STEERING), flush=True)  # noqa: T201  # the command's output

    def say(self, text: str) -> None:
        """Print a line for people; on standard error when standard output is JSON."""
        file = sys.stderr if self.json else sys.stdout
        print(text.translate(STEERING), file=file, flush=True)  # the command's output

    def note(self, text: str) -> None:
        """Print progress or a warning, always on standard error."""
        print(text.translate(STEERING), file=sys.stderr, flush=True)  # noqa: T201  # the command's output

    def fail(self, text: str, code: int) -> int:
        """Print one line on standard error and return the exit code."""
        line = " ".join(text.translate(STEERING).split())
        print(f"fleet: {line}", file=sys.stderr, flush=True)  # noqa: T201  # the command's output
        return code


def worst_code(codes: list[int]) -> int:
    """Return the worst exit code in the documented order 1, 2, 20, 10, 0."""
    return next((code for code in (1, 2, 20, 10) if code in codes), 0)


def _plain(value: Mapping[str, Any]) -> str:
    return "\n".join(f"{key}: {_short(item)}" for key, item in value.items())


def _short(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
