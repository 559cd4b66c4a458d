"""Chats of the MAST data as events of the liveness guard, and the two baselines it must beat."""

from collections.abc import Mapping, Sequence
from typing import Any

TOPOLOGIES = {"orig_topology": "two agents", "impr_topology": "group chat"}


def text_of(message: Any) -> str:
    """Return a message's words; logs are plain lines, chats have lists of lines."""
    content = message.get("content") if isinstance(message, dict) else message
    return "\n".join(map(str, content)) if isinstance(content, list) else str(content or "")


def speaker_of(message: Any) -> str:
    """Return who spoke; a log line has no speaker of its own."""
    if not isinstance(message, dict):
        return "log"
    return str(message.get("name") or message.get("role"))


def chat_events(run_id: str, messages: Sequence[Any]) -> list[dict[str, Any]]:
    """Return one event a message: there is no state in a chat, the words are all there is."""
    return [
        {
            "run_id": run_id, "seq": number, "actor": speaker_of(message),
            "node": speaker_of(message), "action": "message", "args": {"text": text_of(message)},
            "state": {}, "effect": "none",
        }
        for number, message in enumerate(messages, start=1)
    ]  # fmt: skip


def topology(trace: Mapping[str, Any]) -> str:
    """Return how many agents spoke, by the name of the build."""
    return next(name for part, name in TOPOLOGIES.items() if trace["config"].endswith(part))


def exact_repeat(messages: Sequence[Any]) -> int | None:
    """Return the message at which a speaker first repeats one of their own, word for word."""
    seen: set[tuple[str, str]] = set()
    for number, message in enumerate(messages, start=1):
        key = (speaker_of(message), text_of(message).strip())
        if key in seen and key[1]:
            return number
        seen.add(key)
    return None


def over_budget(messages: Sequence[Any], turns: int) -> int | None:
    """Return the message that is one too many, or None."""
    return turns + 1 if len(messages) > turns else None
