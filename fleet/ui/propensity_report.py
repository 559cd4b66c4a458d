"""What a model's report says, read tolerantly: a field that is missing or odd is None or left out.

Pure: the page draws what these functions return.
"""

import math
from collections.abc import Mapping
from typing import Any

CANDIDATES = {
    "llm": "Language model", "boosting": "Trained, boosting", "logistic": "Trained, logistic",
    "rules": "Best column", "base rate": "Base rate",
}  # fmt: skip
NOT_ASKED = "not asked on these rows"
SEGMENT_ROWS = 12


def number(source: Any, name: str) -> float | None:
    """Return a finite number of a mapping, or None."""
    value = source.get(name) if isinstance(source, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def text(source: Any, name: str) -> str | None:
    """Return a text of a mapping that is not empty, or None."""
    value = source.get(name) if isinstance(source, Mapping) else None
    return value if isinstance(value, str) and value else None


def rows_of(report: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list in the report."""
    found = report.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def bins_of(report: Mapping[str, Any]) -> list[dict[str, float]]:
    """Return the bins of the reliability diagram, of all rows or of a segment, that are whole."""
    return _whole(rows_of(report, "reliability"), ("chance", "rate", "low", "high", "n"))


def lift_of(report: Mapping[str, Any]) -> list[dict[str, float]]:
    """Return the points of the lift curve that are whole."""
    return _whole(rows_of(report, "lift_curve"), ("share", "winners"))


def candidates_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all candidates in one order; one without figures says why in `why`."""
    given = report.get("candidates")
    known: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    names = ["llm", *(name for name in CANDIDATES if name != "llm" and name in known)]
    names += [name for name in known if name not in CANDIDATES]
    found = []
    for name in names:
        part = known.get(name)
        n = number(part, "n")
        found.append(
            {
                "name": name, "title": CANDIDATES.get(name, str(name)),
                "auc": number(part, "auc"), "auc_low": number(part, "auc_low"),
                "auc_high": number(part, "auc_high"), "brier": number(part, "brier"),
                "brier_low": number(part, "brier_low"), "brier_high": number(part, "brier_high"),
                "ece": number(part, "ece"), "n": None if n is None else int(n),
                "why": text(part, "note") or text(part, "reason") or NOT_ASKED,
            }
        )  # fmt: skip
    return found


def asked_fewer(report: Mapping[str, Any]) -> str | None:
    """Return a sentence when the language model was asked about some of the judged rows only.

    It holds the chosen candidate's figures on those rows, where they were kept.
    """
    given = report.get("candidates")
    part = given.get("llm") if isinstance(given, Mapping) else None
    n, judged = number(part, "n"), number(report, "judged_rows")
    if n is None or judged is None or n >= judged:
        return None
    beside = part.get("same_rows") if isinstance(part, Mapping) else None
    mine = beside.get(str(report.get("chosen"))) if isinstance(beside, Mapping) else None
    ranks, brier = number(mine, "auc"), number(mine, "brier")
    told = f": there the chosen one has AUC {ranks:.2f}, Brier {brier:.3f}" if (
        ranks is not None and brier is not None
    ) else ""  # fmt: skip
    return f"The language model was asked about {n:,.0f} of them{told}."


def refused_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return `{column, kind, reason, auc}` of the columns not learned from, leaks first.

    `auc` is what the column alone would have faked.
    """
    found = [
        {
            "column": text(row, "column") or "unnamed", "kind": text(row, "kind") or "refused",
            "reason": text(row, "reason") or "no reason kept", "auc": number(row, "auc"),
        }
        for name in ("refused", "not_used")
        for row in rows_of(report, name)
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row["kind"] != "leak", -(row["auc"] or 0.0)))


def segments_of(report: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return, for each column that parts the rows, its segments, the largest first.

    A segment is `{name, n, chance, rate, low, high, bins}`; rows without a value are "unknown".
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(report, "segments"):
        column, whole = text(row, "column"), _whole([row], ("chance", "rate", "low", "high", "n"))
        if column and whole:
            name = "unknown" if row.get("value") is None else str(row["value"])
            found.setdefault(column, []).append(
                {"name": name, **whole[0], "n": int(whole[0]["n"]), "bins": bins_of(row)}
            )
    return {
        column: sorted(part, key=lambda row: -row["n"])[:SEGMENT_ROWS]
        for column, part in found.items()
    }


def _whole(rows: list[Mapping[str, Any]], names: tuple[str, ...]) -> list[dict[str, float]]:
    found = []
    for row in rows:
        values = {name: number(row, name) for name in names}
        if all(value is not None for value in values.values()):
            found.append({name: value for name, value in values.items() if value is not None})
    return found
