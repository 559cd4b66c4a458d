"""Chat messages in the envelopes of several makers, given one shape: `role` and `content`."""

from collections.abc import Mapping
from typing import Any

from fleet.traces.model import ToolCall
from fleet.traces.read_values import text, tool_calls, unpacked


def messages_in(value: Any) -> list[Mapping[str, Any]]:
    """Return the chat messages inside an input or output, in any of the usual envelopes."""
    found = unpacked(value)
    if isinstance(found, Mapping):
        for name in ("messages", "choices", "generations"):
            inner = unpacked(found.get(name))
            if isinstance(inner, list) and inner:
                return messages_in(inner)
        if "message" in found:
            return messages_in([found["message"]])
        return [_message(found)] if ("role" in found or "type" in found) else []
    if isinstance(found, list):
        flat: list[Mapping[str, Any]] = []
        for each in found:
            if isinstance(each, Mapping) and isinstance(each.get("message"), Mapping):
                flat.append(_message(each["message"]))
            elif isinstance(each, Mapping):
                flat.append(_message(each))
            elif isinstance(each, list):
                flat.extend(messages_in(each))
        return flat
    return []


LANGCHAIN_ROLES = {
    "human": "user",
    "ai": "assistant",
    "AIMessage": "assistant",
    "HumanMessage": "user",
    "SystemMessage": "system",
    "ToolMessage": "tool",
}


def _message(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a LangChain or serialised message the plain `role` and `content` keys."""
    inner = raw.get("kwargs") if isinstance(raw.get("kwargs"), Mapping) else raw.get("data")
    body = inner if isinstance(inner, Mapping) else raw
    kind = text(body.get("role")) or text(body.get("type")) or text(raw.get("type")) or ""
    names = raw.get("id")
    if isinstance(names, list) and names:
        kind = str(names[-1])
    content = body.get("content", body.get("parts"))
    return {**body, "role": LANGCHAIN_ROLES.get(kind, kind), "content": content}


def calls_in(output: Any) -> tuple[ToolCall, ...]:
    """Return the tool calls asked for in a model's output."""
    return tuple(call for message in messages_in(output) for call in tool_calls(message))
