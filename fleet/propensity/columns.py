"""What a column is: numbers, levels, an identifier, a constant, or a leak; each with its reason."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.stats.ranking import auc

NUMERIC_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PropensityPolicy:
    """Table [propensity] of the policies."""

    missing_words: tuple[str, ...]
    leak_names: tuple[str, ...]
    unique_share: float
    max_levels: int
    min_level_rows: int
    suspect_auc: float
    usable_auc: float
    folds: int
    bins: int
    high_band: float
    low_band: float
    min_rows: int
    max_columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: `values` are floats or texts, None where nothing is known."""

    name: str
    numeric: bool
    values: tuple[float | str | None, ...]


def read_column(name: str, raw: Sequence[str], policy: PropensityPolicy) -> Column:
    """Infer a column's kind from its texts; placeholders count as missing."""
    missing = set(policy.missing_words)
    texts = [None if text.strip().lower() in missing else text.strip() for text in raw]
    known = [text for text in texts if text is not None]
    numbers = [_number(text) for text in known]
    if known and sum(n is not None for n in numbers) >= NUMERIC_SHARE * len(known):
        values = tuple(None if text is None else _number(text) for text in texts)
        return Column(name=name, numeric=True, values=values)
    return Column(name=name, numeric=False, values=tuple(texts))


def refuse(
    column: Column, labels: Sequence[int], policy: PropensityPolicy
) -> tuple[str, str] | None:
    """Return `(kind, reason)` when the column must not be learned from, else None."""
    known = [value for value in column.values if value is not None]
    if len(set(known)) <= 1 and len(known) in (0, len(column.values)):
        return "constant", "one value in every row"
    words = re.sub(r"[^a-zà-ÿ0-9]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", column.name).lower())
    for pattern in policy.leak_names:
        if re.search(pattern, words):
            return "leak", f"the name means something known only after contact: {pattern!r}"
    if _only_winners(column, labels):
        return "leak", "filled for winners only"
    share = len(set(known)) / max(len(known), 1)
    identifier = bool(re.search(r"\b(id|uuid|guid|number|no|key)\b", words))
    if share >= policy.unique_share and (identifier or not column.numeric):
        return "identifier", "another value in every row"
    return None


def _only_winners(column: Column, labels: Sequence[int]) -> bool:
    """Whether a value (other than nothing and zero) stands in winners' rows alone."""
    filled = Counter(
        label
        for value, label in zip(column.values, labels, strict=True)
        if value not in (None, 0.0)
    )
    rows = Counter(labels)
    won, lost = filled[1] / max(rows[1], 1), filled[0] / max(rows[0], 1)
    return won > 0.5 and lost < 0.005  # noqa: PLR2004  # half of one side, next to none of the other


def faked_auc(column: Column, labels: Sequence[int]) -> float | None:
    """The AUC that the column alone would have shown on these rows."""
    if column.numeric:
        known = [v for v in column.values if isinstance(v, float)]
        middle = sorted(known)[len(known) // 2] if known else 0.0
        scores = [v if isinstance(v, float) else middle for v in column.values]
    else:
        won, seen = Counter[str | float | None](), Counter[str | float | None]()
        for value, label in zip(column.values, labels, strict=True):
            seen[value] += 1
            won[value] += label
        scores = [won[value] / seen[value] for value in column.values]
    found = auc(labels, scores)
    return None if found is None else max(found, 1 - found)


def _number(text: str) -> float | None:
    try:
        value = float(
            text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
        )
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
