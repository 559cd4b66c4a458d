"""Policies: TOML tables parsed into frozen dataclasses, and digested.

Decides nothing. Refuses unknown keys, missing keys and values of the wrong type, so that no number
in `data/policies.toml` can be dead by a misspelling. Reading the file is the adapter's work.
"""

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from fleet.errors import PolicyError

P = TypeVar("P")


def section(policies: Mapping[str, Any], name: str, kind: type[P]) -> P:
    """Parse table `name` (dotted for a sub-table) into the frozen dataclass `kind`.

    Raises PolicyError when the table is absent or does not fit.
    """
    table: Any = policies
    for part in name.split("."):
        if not isinstance(table, Mapping) or part not in table:
            raise PolicyError(
                f"policy has no table [{name}]: add it, or start from the shipped file"
            )
        table = table[part]
    return parse(kind, table, name)


def parse(kind: type[P], table: Any, where: str) -> P:
    """Build `kind` from a mapping; nested dataclasses, tuples and mappings of them too."""
    if not isinstance(table, Mapping):
        raise PolicyError(f"policy [{where}] must be a table, not {type(table).__name__}")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]  # P is a dataclass by contract
    unknown = sorted(set(table) - set(fields))
    if unknown:
        raise PolicyError(
            f"policy [{where}] has unknown key {unknown[0]!r}: known are {sorted(fields)}"
        )
    hints = typing.get_type_hints(kind)
    values = {key: _value(hints[key], raw, f"{where}.{key}") for key, raw in table.items()}
    missing = [
        name
        for name, field in fields.items()
        if name not in values
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise PolicyError(f"policy [{where}] lacks key {missing[0]!r}")
    return kind(**values)


def digest(value: Any) -> str:
    """Return the SHA-256 (hex) of a policy's canonical JSON; equal tables have equal digests."""
    plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type]  # instance, not class
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _value(hint: Any, raw: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        options = [option for option in typing.get_args(hint) if option is not type(None)]
        return _value(options[0], raw, where)
    if dataclasses.is_dataclass(hint):
        return parse(hint, raw, where)  # type: ignore[arg-type]  # a class: it came from type hints
    if origin is tuple:
        if not isinstance(raw, list):
            raise PolicyError(f"policy {where} must be a list")
        item = typing.get_args(hint)[0]
        return tuple(_value(item, each, f"{where}[{index}]") for index, each in enumerate(raw))
    if origin is not None and isinstance(raw, Mapping):
        item = typing.get_args(hint)[1]
        return {key: _value(item, each, f"{where}.{key}") for key, each in raw.items()}
    return _scalar(hint, raw, where)


def _scalar(hint: Any, raw: Any, where: str) -> Any:
    if hint is Any:
        return raw
    if hint is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if isinstance(hint, type) and isinstance(raw, hint) and isinstance(raw, bool) == (hint is bool):
        return raw
    if isinstance(hint, type) and issubclass(hint, str) and isinstance(raw, str):
        try:
            return hint(raw)
        except ValueError as error:
            raise PolicyError(f"policy {where}: {error}") from None
    name = getattr(hint, "__name__", str(hint))
    raise PolicyError(f"policy {where} must be {name}, not {raw!r}")
