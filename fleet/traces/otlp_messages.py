"""Chat messages that instrumentations write beside the span's own message attributes.

Three forms are in use: one attribute a field with an index in its name (OpenLLMetry's
`gen_ai.prompt.0.content`, OpenInference's `llm.input_messages.0.message.content`), one span event
a message (`gen_ai.user.message`, `gen_ai.choice`), and one event with all of them
(`gen_ai.client.inference.operation.details`). All become `gen_ai.input.messages` and
`gen_ai.output.messages`, as the current GenAI conventions have them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.traces.read_values import mapping, unpacked

GIVEN, SAID = "gen_ai.input.messages", "gen_ai.output.messages"
INDEXED = {
    "gen_ai.prompt.": GIVEN,
    "gen_ai.completion.": SAID,
    "llm.input_messages.": GIVEN,
    "llm.output_messages.": SAID,
}
TOOLS = {"llm.tools.": "llm.tools", "llm.request.functions.": "llm.tools"}
# A span with indexed attributes has at least one of these: the first field of a first element.
MARKS = frozenset(
    [f"{stem}0.{field}" for stem in INDEXED for field in ("role", "content", "finish_reason")]
    + [f"{stem}0.message.{field}" for stem in INDEXED for field in ("role", "content")]
    + [f"{stem}0.tool_calls.0.name" for stem in INDEXED]
    + ["llm.tools.0.tool.json_schema", "llm.tools.0.tool.name", "llm.request.functions.0.name"]
)
EVENTS = "gen_ai."
WHOLE_EVENTS = ("gen_ai.client.inference.operation.details", "gen_ai.content.prompt",
                "gen_ai.content.completion")  # fmt: skip
CHOICE = "gen_ai.choice"
MESSAGE_EVENT = ".message"
MOST_PARTS = 12  # of an indexed name; deeper is no message


def speaks(event: Any) -> bool:
    """Whether a span event holds messages."""
    return str(mapping(event).get("name")).startswith(EVENTS)


def from_events(events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the attributes that a span's events, each a name and attributes, stand for."""
    found: dict[str, Any] = {}
    given: list[Any] = []
    said: list[Any] = []
    for name, told in events:
        if name in WHOLE_EVENTS:
            found |= told
        elif name == CHOICE:
            said.append(_spoken(name, told))
        elif name.startswith(EVENTS) and name.endswith(MESSAGE_EVENT):
            given.append(_spoken(name, told))
    lists = {name: listed for name, listed in ((GIVEN, given), (SAID, said)) if listed}
    return lists | found


def _spoken(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    body = {**told, **mapping(told.get("gen_ai.event.content"))}
    body |= mapping(body.get("message"))
    role = "assistant" if name == CHOICE else name.split(".")[1]
    message = {
        key: unpacked(value) if key == "tool_calls" else value
        for key, value in body.items()
        if key in ("role", "content", "tool_calls", "name")
    }
    if isinstance(body.get("message"), str) and "content" not in message:
        message["content"] = body["message"]
    if role == "tool" and body.get("id"):
        message["tool_call_id"] = body["id"]
    return {"role": role, **message}


def from_indexed(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that a span's indexed attributes stand for."""
    found: dict[str, Any] = {}
    for stems, read in ((INDEXED, _message), (TOOLS, _tool)):
        for stem, name in stems.items():
            fields = {key[len(stem) :]: each for key, each in told.items() if key.startswith(stem)}
            listed = _listed(_nested(fields))
            if listed:
                found.setdefault(name, [read(mapping(each)) for each in listed])
    return found


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        parts = name.split(".")
        at = tree
        for part in parts[:-1][:MOST_PARTS]:
            inner = at.get(part)
            if not isinstance(inner, dict):
                inner = at[part] = {}
            at = inner
        at[parts[-1]] = value
    return tree


def _listed(tree: Any) -> list[Any]:
    """Return the elements under `0`, `1` … in order; other names are no elements."""
    known = (
        {key: each for key, each in tree.items() if key.isdecimal()}
        if isinstance(tree, dict)
        else {}
    )
    return [known[key] for key in sorted(known, key=lambda key: (len(key), key))]


def _message(each: Mapping[str, Any]) -> dict[str, Any]:
    body = mapping(each.get("message")) or each
    message = {key: value for key, value in body.items() if not isinstance(value, dict)}
    message["content"] = body.get("content") or "\n".join(
        str(mapping(part.get("message_content")).get("text") or "")
        for part in map(mapping, _listed(body.get("contents")))
    )
    calls = [
        mapping(call.get("tool_call")) or call
        for call in map(mapping, _listed(body.get("tool_calls")))
    ]
    return {"role": "assistant", **message} | ({"tool_calls": calls} if calls else {})


def _tool(each: Mapping[str, Any]) -> Any:
    body = mapping(each.get("tool")) or each
    return body if body.get("name") else mapping(body.get("json_schema"))
