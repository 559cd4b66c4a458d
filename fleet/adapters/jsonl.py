"""JSON lines from a file: parsed, with each bad line named."""

import sys
from pathlib import Path
from typing import Any

import orjson

from fleet.errors import InputError


def read_lines(path: Path | str) -> tuple[list[Any], list[str]]:
    """Parse every line; return the values, and one sentence for each line that is not JSON.

    `-` is standard input. A line with NaN is not JSON. Raises InputError when the file cannot be
    read.
    """
    return parse_lines(_read(path), str(path))


def parse_lines(raw: bytes, name: str = "the file") -> tuple[list[Any], list[str]]:
    """Parse the lines of a file's bytes as `read_lines` does; `name` stands in the sentences."""
    values: list[Any] = []
    bad: list[str] = []
    loads = orjson.loads
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line or line.isspace():
            continue
        try:
            values.append(loads(line))
        except orjson.JSONDecodeError as error:
            bad.append(f"{name} line {number}: {error}")
    return values, bad


def read_raw_lines(path: Path | str) -> list[bytes]:
    """Return the lines of a file or of standard input (`-`), without a byte order mark."""
    return _read(path).split(b"\n")


def _read(path: Path | str) -> bytes:
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: check the path") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    return raw.removeprefix(b"\xef\xbb\xbf")
