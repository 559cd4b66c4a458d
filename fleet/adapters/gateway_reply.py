"""From the bytes of a reply to a schema-valid value.

A ladder of three rungs: the whole text, the text inside a code fence, the outermost balanced
block. What it finds must be one JSON object and fit the schema strictly; orjson refuses numbers
that are infinite or none.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import orjson
import pydantic

from fleet.adapters.gateway_policy import Usage

V = TypeVar("V", bound=pydantic.BaseModel)
FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
MAX_ERRORS = 5
MAX_TOKENS = 1_000_000_000  # of one call; more is no count, and no column holds 2^53


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
    wanted, written = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
    hit = _count(raw.get("prompt_cache_hit_tokens", 0))
    if wanted is None or written is None or hit is None or hit > wanted:
        return None
    return Usage(input_tokens=wanted, cached_tokens=hit, output_tokens=written)


def _count(raw: Any) -> int | None:
    return raw if type(raw) is int and 0 <= raw <= MAX_TOKENS else None


def read_value(content: str, schema: type[V]) -> V:
    """Climb the ladder and validate strictly; raises Unreadable with a reason fit for a repair."""
    found = _find_object(content)
    if not isinstance(found, dict):
        raise Unreadable(f"a JSON object is wanted, not {_kind(found)}", content=content)
    try:
        return schema.model_validate_json(orjson.dumps(found), strict=True)
    except pydantic.ValidationError as error:
        raise Unreadable(_explain(error, _field_names(schema)), content=content) from None
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


def _explain(error: pydantic.ValidationError, names: frozenset[str]) -> str:
    """Name each wrong field without its value, and no key that is not ours: both may be personal.

    A validator's own message is passed on, so it must not quote the value.
    """
    parts = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        steps = [str(s) if isinstance(s, int) or s in names else "(other)" for s in item["loc"]]
        parts.append(f"{'.'.join(steps) or 'the object'}: {item['msg']}")
    return "; ".join(parts[:MAX_ERRORS])


@lru_cache(maxsize=256)
def _field_names(schema: type[pydantic.BaseModel]) -> frozenset[str]:
    """Collect the names of all fields in a schema, nested ones too."""
    found: set[str] = set()
    todo: list[Any] = [schema.model_json_schema()]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            found |= set(item.get("properties", ()))
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return frozenset(found)


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a bare value")
