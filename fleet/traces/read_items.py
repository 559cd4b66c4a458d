"""Items of a conversation that are no plain chat message, told as chat messages.

OpenAI's Responses API lists a function call and its output as items of their own; Anthropic puts
tool results into a user's message; a refusal stands beside an empty content.
"""

from collections.abc import Iterator, Mapping
from typing import Any

CALL, RESULT, THOUGHT = "function_call", "function_call_output", "reasoning"
ITEMS = frozenset((CALL, RESULT, THOUGHT))
TOOL_RESULT = "tool_result"


def is_item(value: Mapping[str, Any]) -> bool:
    """Whether the record is an item of the Responses API without a role."""
    return value.get("type") in ITEMS and (
        "call_id" in value or "summary" in value or "encrypted_content" in value
    )


def as_messages(raw: Any) -> Iterator[Any]:
    """Yield the chat messages an item stands for: most are one already."""
    if not isinstance(raw, dict):
        yield raw
    elif "role" not in raw and is_item(raw):
        yield from _of_item(raw)
    elif _has_results(raw.get("content")):
        yield from _answers(raw)
    elif not raw.get("content") and isinstance(raw.get("refusal"), str):
        yield {**raw, "content": raw["refusal"]}
    else:
        yield raw


def _of_item(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if item["type"] == CALL:
        call = {key: item.get(key) for key in ("name", "arguments")}
        yield {"role": "assistant", "content": None,
               "tool_calls": [{"id": item.get("call_id"), **call}]}  # fmt: skip
    elif item["type"] == RESULT:
        yield {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}


def _has_results(content: Any) -> bool:
    return isinstance(content, list) and any(map(_is_result, content))


def _is_result(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == TOOL_RESULT


def _answers(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the tool results in a message, then what else it says."""
    rest = [part for part in message["content"] if not _is_result(part)]
    for part in filter(_is_result, message["content"]):
        yield {"role": "tool", "tool_call_id": part.get("tool_use_id"),
               "content": part.get("content"), "is_error": part.get("is_error")}  # fmt: skip
    if rest:
        yield {**message, "content": rest}
