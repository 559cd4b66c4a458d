"""Coercions shared by the readers: times, numbers, texts, tool calls; every wrong value is None."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from fleet.traces.model import ToolCall

AS_TEXT = json.JSONEncoder(ensure_ascii=False, default=str)
NANOSECONDS = 1e9
MILLISECONDS = 1e3
MAX_SECONDS = 1e11  # the year 5138: anything above was milliseconds or nanoseconds
MAX_MILLISECONDS = 1e14
MAX_DEPTH = 60
ERROR_WORDS = ("error:", "error ", "exception", "traceback", "toolerror")
ERROR_CHARS = 500
CALL_PARTS = ("tool_use", "tool_call")  # Anthropic's and OpenTelemetry's content parts
TEXT_KEYS = ("text", "content", "answer", "output")
CALL_KEYS = frozenset(("tool_calls", "function_call", "additional_kwargs", "content", "parts"))


def number(value: Any) -> float | None:
    """Return a finite number, also one written as text; a bool or anything else is None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | str):
        try:
            found = float(value)
        except (ValueError, OverflowError):
            return None
        return found if math.isfinite(found) else None
    return None


def whole(value: Any) -> int | None:
    """Return a non-negative whole number (a count); anything else is None."""
    found = number(value)
    return int(found) if found is not None and found >= 0 else None


def share(value: Any) -> float | None:
    """Return an outcome as 0..1: a bool, a number in range, or yes and no words."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in {"true", "yes", "pass", "passed", "success", "correct", "ok"}:
            return 1.0
        if word in {"false", "no", "fail", "failed", "failure", "incorrect"}:
            return 0.0
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def moment(value: Any) -> float | None:
    """Return seconds since 1970 from ISO text, or from s, ms, µs or ns by magnitude."""
    found = number(value)
    if found is not None:
        if found <= 0:
            return None
        if found < MAX_SECONDS:
            return found
        if found < MAX_MILLISECONDS:
            return found / MILLISECONDS
        return found / (NANOSECONDS if found > MAX_MILLISECONDS * 1e3 else 1e6)
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    try:
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def text(value: Any) -> str | None:
    """Return a non-empty text, a whole number as text; anything else is None."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def unpacked(value: Any) -> Any:
    """Parse text that holds a JSON object, list or quoted text; other values stay as they are."""
    if isinstance(value, str) and value[:1] in ("{", "[", '"'):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """Return the value if it is a mapping (also one packed in text), else an empty one."""
    found = unpacked(value)
    return found if isinstance(found, dict) else {}


def items(value: Any) -> list[Any]:
    """Return the value if it is a list (also one packed in text), else an empty one."""
    found = unpacked(value)
    return found if isinstance(found, list) else []


def first(source: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Return the first value under `names` that is neither absent, None nor empty text."""
    for name in names:
        value = source.get(name)
        if value is not None and value != "":
            return value
    return None


def plain(value: Any, depth: int = 0) -> str:
    """Return all text inside a value, joined by line ends: what a reader would see of it."""
    if isinstance(value, str):
        return value
    if value is None or depth > MAX_DEPTH:
        return ""
    if isinstance(value, dict):
        if value.get("type") in CALL_PARTS:
            return ""
        parts = (plain(value[key], depth + 1) for key in TEXT_KEYS if key in value)
        return next((part for part in parts if part), "") or _dumped(value)
    if isinstance(value, list | tuple):
        return "\n".join(part for part in (plain(each, depth + 1) for each in value) if part)
    return str(value)


def _dumped(value: Any) -> str:
    try:
        return AS_TEXT.encode(value)
    except (ValueError, RecursionError):
        return ""


def tool_calls(message: Any) -> tuple[ToolCall, ...]:
    """Return the calls a message asks for: OpenAI, LangChain, Anthropic or Gemini style."""
    if not isinstance(message, dict) or CALL_KEYS.isdisjoint(message):
        return ()
    found = [_call(each) for each in items(message.get("tool_calls"))]
    if isinstance(message.get("function_call"), dict):
        found.append(_call(message["function_call"]))
    extra = mapping(message.get("additional_kwargs"))
    if not found:
        found = [_call(each) for each in items(extra.get("tool_calls"))]
    for part in items(message.get("content")) or items(message.get("parts")):
        if isinstance(part, dict):
            if part.get("type") in CALL_PARTS:
                found.append(_call(part))
            elif isinstance(part.get("functionCall"), dict):
                found.append(_call(part["functionCall"]))
    return tuple(call for call in found if call is not None)


def _call(raw: Any) -> ToolCall | None:
    if not isinstance(raw, dict):
        return None
    body = mapping(raw.get("function")) or raw
    name = text(body.get("name")) or text(raw.get("name"))
    if name is None:
        return None
    arguments = first(body, ("arguments", "args", "input", "parameters"))
    return ToolCall(
        id=text(raw.get("id")) or text(raw.get("tool_call_id")),
        name=name,
        arguments=unpacked(arguments),
    )


def error_in(output: Any) -> str | None:
    """Return the error a tool's result admits: an `error` field, a failed status, `Error:` text.

    >>> error_in("Error: user not found")
    'Error: user not found'
    >>> error_in({"status": "ok", "error": None}) is None
    True
    """
    found = unpacked(output)
    if isinstance(found, dict):
        said = first(found, ("error", "exception", "Error"))
        if said not in (None, False):
            return plain(said) or "error"
        if str(found.get("status")).lower() in {"error", "failed", "failure"}:
            return plain(found.get("message", found.get("content"))) or "error"
        return None
    if isinstance(found, str) and found.lstrip()[:9].lower().startswith(ERROR_WORDS):
        return found.strip().splitlines()[0][:ERROR_CHARS]
    return None
