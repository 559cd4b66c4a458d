"""The body of `POST /runs/multipart`: LangSmith's run records as named JSON parts."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

APART = ("inputs", "outputs", "error", "extra")  # each in a part of its own
PART_BYTES = 200_000  # a longer part is cut


def multipart(operations: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[str, bytes]:
    """Return the content type and the body for `(post | patch, run record)` pairs."""
    boundary = secrets.token_hex(16)
    out: list[bytes] = []
    for operation, run in operations:
        name = f"{operation}.{run['id']}"
        head = {key: value for key, value in run.items() if key not in APART and value is not None}
        out.append(_part(boundary, name, head))
        out += [
            _part(boundary, f"{name}.{key}", run[key]) for key in APART if run.get(key) is not None
        ]
    out.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(out)


def _part(boundary: str, name: str, value: Any) -> bytes:
    content = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    if len(content) > PART_BYTES:
        text = content[:PART_BYTES].decode("utf-8", "ignore")
        content = orjson.dumps({"cut": text, "bytes": len(content)})
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"
