"""Chat transcripts: OpenAI-style message lists, bare or inside a record (tau-bench, AG2, logs)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat
from fleet.traces.read_items import as_messages, is_item
from fleet.traces.read_otlp import offered
from fleet.traces.read_parts import Fragment, Header, call_of, label_in
from fleet.traces.read_values import (
    first,
    items,
    mapping,
    moment,
    number,
    plain,
    share,
    text,
    tool_calls,
    whole,
)

LISTS = ("messages", "traj", "trajectory", "history", "conversation", "transcript", "chat")
OWN_IDS = ("trace_id", "traceId", "run_id", "id", "conversation_id", "session_id")
TASKS = ("task", "intent", "question", "goal", "query", "problem_statement")
THOUGHT = re.compile(r"\s*\((?:thought|->[^)]*)\)\s*$")
TOOL_ROLES = {"tool", "function"}
MESSAGE_ROLES = {"user", "human", "system", "developer"}


def is_list(value: Any) -> bool:
    """Whether the value is a list of chat messages."""
    return (
        isinstance(value, list)
        and any(_is_message(each) for each in value)
        and all(not isinstance(each, dict) or _is_message(each) or is_item(each) for each in value)
    )


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value and (
        "content" in value or "tool_calls" in value or "parts" in value or "refusal" in value
    )  # fmt: skip


def list_in(value: Mapping[str, Any]) -> Any:
    """Return the record's message list, also an empty one or one of log lines; None if none."""
    for name in LISTS:
        found = value.get(name)
        if isinstance(found, dict) and found and all(map(is_list, found.values())):
            return [{"name": who, **each} for who, said in found.items() for each in said]
        if isinstance(found, list) and (
            is_list(found) or not found or all(isinstance(each, str) for each in found)
        ):
            return found
    return None


def read_record(value: Mapping[str, Any]) -> Fragment:
    """Read a record that holds a message list."""
    about = {**mapping(value.get("metadata")), **value}
    label = label_in(about)
    if label is None:
        hidden = mapping(value.get("other_data"))
        label = share(first({**hidden, **value}, ("correct", "is_corrected")))
    task = first(about, TASKS)
    header = Header(
        task=plain(task) if isinstance(task, str | list) else None,
        task_id=text(first(about, ("task_id", "instance_id", "scenario_id", "question_ID"))),
        outcome=label,
        name=text(first(about, ("name", "agent", "graph", "config"))),
        version=text(first(about, ("version", "graph_version"))),
        answer=value.get("answer_given"),
        tokens=whole(mapping(about.get("usage")).get("total_tokens")),
        cost_usd=number(first(about, ("cost_usd", "total_cost"))),
    )  # fmt: skip
    return read_list(list_in(value) or [], text(first(value, OWN_IDS)), header, about.get("tools"))


def read_list(
    messages: Sequence[Any], trace_id: str | None, header: Header, tools: Any = None
) -> Fragment:
    """Read the messages of one run; results are matched to calls by id, else by order."""
    asked: dict[str, ToolCall] = {}
    waiting: list[ToolCall] = []
    steps: list[Step] = []
    strange: list[str] = []
    speaker = "assistant"
    team = any(isinstance(m, dict) and m.get("name") and m.get("role") == "assistant"
               for m in messages)  # fmt: skip
    told = (message for each in messages for message in as_messages(each))
    for place, raw in enumerate(told):
        if not isinstance(raw, dict | str):
            strange.append("a message is not an object")
            continue
        message = raw if isinstance(raw, dict) else {"role": "log", "content": raw}
        role = str(message.get("role") or "unknown").strip()
        if team and role == "user" and message.get("name"):
            role = "assistant"  # group chats log what other agents said as `user`
        call = None
        if role in TOOL_ROLES:
            call = _answered(message, asked, waiting)
            if call is None:
                strange.append("a tool result answers no call")
        step = _step(message, role, place, call, speaker)
        if step.kind is StepKind.LLM:
            speaker = step.node or role
        if step.kind is not StepKind.TOOL:
            for each in step.tool_calls:
                waiting.append(each)
                if each.id:
                    asked[each.id] = each
        steps.append(step)
    strange.extend("a tool call has no result" for _ in waiting)
    named = (offered(each) for each in items(tools))
    return Fragment(
        trace_id=trace_id,
        source=TraceFormat.OPENAI,
        steps=tuple(steps),
        header=Header(
            task=header.task, task_id=header.task_id, outcome=header.outcome, name=header.name,
            version=header.version, answer=header.answer, tokens=header.tokens,
            cost_usd=header.cost_usd, odd=(*header.odd, *strange),
        ),
        tools=tuple(name for name in named if name),
        complete=True,
    )  # fmt: skip


def _answered(
    message: Mapping[str, Any], asked: dict[str, ToolCall], waiting: list[ToolCall]
) -> ToolCall | None:
    """Return the call a tool message answers, and take it off the waiting ones."""
    by_id = asked.get(text(message.get("tool_call_id")) or "")
    name = text(message.get("name"))
    found = by_id or next((call for call in waiting if name in (None, call.name)), None)
    if found is not None:
        waiting[:] = [call for call in waiting if call is not found]
    return found


def _step(
    message: Mapping[str, Any], role: str, place: int, call: ToolCall | None, speaker: str
) -> Step:
    content = message.get("content", message.get("parts"))
    kind, node = StepKind.LLM, text(message.get("name")) or THOUGHT.sub("", role)
    calls = tool_calls(message)
    error = text(message.get("error"))
    name = node
    if role in TOOL_ROLES:
        kind, name = StepKind.TOOL, call.name if call else text(message.get("name")) or "tool"
        node = speaker  # the agent that asked for the call
        if message.get("is_error") is True or message.get("status") == "error":
            error = error or plain(content) or "error"
        calls = call_of(
            name,
            call_id=first(message, ("tool_call_id",)) or (call.id if call else None),
            arguments=call.arguments if call else None,
            output=content,
            error=error,
        )
        error = calls[0].error
    elif role in MESSAGE_ROLES or role == "log":
        kind = StepKind.MESSAGE
        node = "user" if role == "human" else node
    return Step(
        id=text(message.get("id")) or f"m{place}",
        parent_id=None,
        position=place,
        kind=kind,
        name=name,
        node=node,
        output=plain(content) if kind is not StepKind.TOOL else content,
        error=error,
        started_at=moment(first(message, ("timestamp", "created_at", "ts"))),
        ended_at=None,
        tokens_in=whole(mapping(message.get("usage")).get("prompt_tokens")),
        tokens_out=whole(mapping(message.get("usage")).get("completion_tokens")),
        model=text(message.get("model")),
        tool_calls=calls,
    )
