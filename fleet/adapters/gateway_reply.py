"""From the bytes of a reply to a schema-valid value.

A ladder of three rungs: the whole text, the text inside a code fence, the outermost balanced
block. What it finds must be one JSON object of finite numbers and fit the schema strictly.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import pydantic

from fleet.adapters.gateway_policy import Usage

V = TypeVar("V", bound=pydantic.BaseModel)
FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
MAX_ERRORS = 5


class Unreadable(Exception):
    """The reply is not what was asked for; `empty` ones are asked again, others are repaired."""

    def __init__(self, why: str, *, content: str = "", empty: bool = False) -> None:
        super().__init__(why)
        self.why, self.content, self.empty = why, content, empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The parts of a chat completion that matter here."""

    content: str
    finish_reason: str | None
    usage: Usage | None


def read_envelope(body: bytes) -> Envelope:
    """Read a chat completion; keep-alive lines before it are skipped. Raises Unreadable."""
    try:
        parsed = orjson.loads(_without_keep_alive(body))
        choice = parsed["choices"][0]
        content = choice["message"].get("content")
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise Unreadable("the gateway's reply is not a chat completion", empty=True) from None
    if not isinstance(content, str) or not content.strip():
        raise Unreadable("the model's reply is empty", empty=True)
    finish = choice.get("finish_reason")
    return Envelope(
        content=content,
        finish_reason=finish if isinstance(finish, str) else None,
        usage=read_usage(parsed.get("usage")),
    )


def read_usage(raw: Any) -> Usage | None:
    """Read the token counts; None when absent or impossible."""
    if not isinstance(raw, dict):
        return None
    wanted, written = raw.get("prompt_tokens"), raw.get("completion_tokens")
    hit = raw.get("prompt_cache_hit_tokens", 0)
    if not (isinstance(wanted, int) and isinstance(written, int) and isinstance(hit, int)):
        return None
    if written < 0 or not 0 <= hit <= wanted:
        return None
    return Usage(input_tokens=wanted, cached_tokens=hit, output_tokens=written)


def read_value(content: str, schema: type[V]) -> V:
    """Climb the ladder and validate strictly; raises Unreadable with a reason fit for a repair."""
    found = _find_object(content)
    if not isinstance(found, dict):
        raise Unreadable(f"a JSON object is wanted, not {_kind(found)}", content=content)
    if not _is_finite(found):
        raise Unreadable("a number is infinite or not a number", content=content)
    try:
        return schema.model_validate_json(orjson.dumps(found), strict=True)
    except pydantic.ValidationError as error:
        raise Unreadable(_explain(error), content=content) from None
    except (RecursionError, TypeError, orjson.JSONEncodeError):
        raise Unreadable("the JSON is nested too deeply", content=content) from None


def find_block(text: str) -> str | None:
    """Return the first outermost `{...}` whose braces balance outside strings, or None.

    >>> find_block('Sure! {"a": "}"} Anything else?')
    '{"a": "}"}'
    """
    start = text.find("{")
    if start < 0:
        return None
    depth, in_string, escaped = 0, False, False
    for place in range(start, len(text)):
        sign = text[place]
        if in_string:
            in_string = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            in_string = True
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return text[start : place + 1]
    return None


def _find_object(content: str) -> Any:
    fenced = FENCE.match(content)
    last = "the reply holds no JSON"
    for text in (content, fenced.group(1) if fenced else None, find_block(content)):
        if text is None:
            continue
        try:
            return orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
            last = f"the reply is not JSON: {error}"
    raise Unreadable(last, content=content)


def _without_keep_alive(body: bytes) -> bytes:
    body = body.lstrip()
    while body.startswith(b":"):
        body = body.partition(b"\n")[2].lstrip()
    return body


def _is_finite(value: Any) -> bool:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, float) and not math.isfinite(item):
            return False
        if isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return True


def _explain(error: pydantic.ValidationError) -> str:
    """Name each wrong field without its value: values may be personal."""
    parts = [
        f"{'.'.join(str(step) for step in item['loc']) or 'the object'}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return "; ".join(parts[:MAX_ERRORS])


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a bare value")
