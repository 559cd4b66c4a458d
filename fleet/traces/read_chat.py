"""Chat messages in the envelopes of several makers, given one shape: `role` and `content`."""

from collections.abc import Mapping
from typing import Any

from fleet.traces.model import ToolCall
from fleet.traces.read_values import mapping, plain, text, tool_calls, unpacked

INTENTS = ("intent", "user_query", "task", "goal", "query", "question", "request", "input")
INTENT_KEYS = frozenset(INTENTS)
CHAT_KEYS = frozenset(("messages", "choices", "generations", "message", "role", "type"))
MAX_NESTING = 12  # envelopes inside envelopes; deeper is no chat


def messages_in(value: Any) -> list[Mapping[str, Any]]:
    """Return the chat messages inside an input or output, in any of the usual envelopes."""
    return _messages(value, 0)


def _messages(value: Any, depth: int) -> list[Mapping[str, Any]]:
    if depth > MAX_NESTING:
        return []
    found = unpacked(value)
    if isinstance(found, dict):
        if CHAT_KEYS.isdisjoint(found):
            return []
        for name in ("messages", "choices", "generations"):
            inner = unpacked(found.get(name))
            if isinstance(inner, list) and inner:
                return _messages(inner, depth + 1)
        if "message" in found:
            return _messages([found["message"]], depth + 1)
        return [_message(found)] if ("role" in found or "type" in found) else []
    return _flat(found, depth) if isinstance(found, list) else []


def _flat(listed: list[Any], depth: int) -> list[Mapping[str, Any]]:
    flat: list[Mapping[str, Any]] = []
    for each in listed:
        if isinstance(each, dict):
            inner = each.get("message")
            flat.append(_message(inner if isinstance(inner, dict) else each))
        elif isinstance(each, list):
            flat.extend(_messages(each, depth + 1))
    return flat


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
    inner = raw.get("kwargs") if isinstance(raw.get("kwargs"), dict) else raw.get("data")
    body = inner if isinstance(inner, dict) else raw
    kind = text(body.get("role")) or text(body.get("type")) or text(raw.get("type")) or ""
    names = raw.get("id")
    if isinstance(names, list) and names:
        kind = str(names[-1])
    content = body.get("content", body.get("parts"))
    return {**body, "role": LANGCHAIN_ROLES.get(kind, kind), "content": content}


def calls_in(output: Any) -> tuple[ToolCall, ...]:
    """Return the tool calls asked for in a model's output."""
    return tuple(call for message in messages_in(output) for call in tool_calls(message))


def ask_in(value: Any) -> str | None:
    """Return what an input asks: an intent in it, else its first user message."""
    given = mapping(value)
    if not INTENT_KEYS.isdisjoint(given):
        for name in INTENTS:
            if isinstance(given.get(name), str) and given[name]:
                return str(given[name])
    for message in messages_in(value):
        if message.get("role") in ("user", "human") and plain(message.get("content")):
            return plain(message.get("content"))
    return None
