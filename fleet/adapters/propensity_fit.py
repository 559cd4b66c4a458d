"""Train a propensity model from a labelled CSV, and write it whole or not at all."""

import csv
import json
import os
import unicodedata
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fleet.adapters.propensity_train import Split, Tell, later_quarter, silent, train
from fleet.errors import InputError
from fleet.propensity.columns import Column, PropensityPolicy, faked_auc, read_column, refuse
from fleet.propensity.times import future_rows, time_order

LONGEST_CELL = 10_000_000  # characters; the library's own limit is smaller
SHOWN = 8  # columns named in a line
AskRows = Callable[[list[dict[str, str]]], list[float | None]]  # chances of rows, None unanswered

YES = frozenset(
    {"1", "1.0", "true", "t", "yes", "y", "won", "closed won", "win", "converted", "success",
     "ja", "oui", "vrai", "sí", "si", "sim"}
)  # fmt: skip
NO = frozenset(
    {"0", "0.0", "false", "f", "no", "n", "lost", "closed lost", "loss", "not converted", "failure",
     "nein", "non", "faux", "não", "nee"}
)  # fmt: skip


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read a CSV with a header; raises InputError naming what is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            csv.field_size_limit(LONGEST_CELL)
            rows = [row for row in csv.reader(file) if row]
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: check the path") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 at byte {error.start}: convert it first") from None
    except (OSError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if len(rows) < 2:  # noqa: PLR2004  # a header and one row
        raise InputError(f"{path} holds no rows: a header and labelled rows are needed")
    head = rows[0]
    return head, [(row + [""] * len(head))[: len(head)] for row in rows[1:]]


def fit(
    path: Path, label: str, folder: Path, policy: PropensityPolicy, *, today: date,
    time: str | None = None, id_column: str | None = None, keep: Sequence[str] = (),
    refuse_too: Sequence[str] = (), ask: AskRows | None = None, tell: Tell = silent,
) -> dict[str, Any]:  # fmt: skip
    """Fit, judge and export; returns the report, `tell` hears lines of progress.

    Raises InputError on data that cannot teach.
    """
    tell(f"reading {path}")
    head, rows = read_rows(path)
    _check_names(path, head, label, {"--time": (time,), "--id": (id_column,), "--keep": keep,
                                     "--refuse": refuse_too})  # fmt: skip
    if len(head) > policy.max_columns:
        raise InputError(f"{path} has {len(head)} columns: at most {policy.max_columns}, drop some")
    if twice := next((name for name in head if head.count(name) > 1), None):
        raise InputError(f"{path} has two columns {twice!r}: name each its own way")
    place, everything = head.index(label), len(rows)
    silent_words = {"", *policy.missing_words}  # not known yet is not lost
    known = [n for n, row in enumerate(rows, 1) if row[place].strip().lower() not in silent_words]
    rows = [rows[number - 1] for number in known]
    if not rows:
        raise InputError(f"{path} column {label!r} is empty in every row: nothing can be learned")
    if time:
        order = _in_order(path, time, [row[head.index(time)] for row in rows], known, today)
        rows = [rows[place] for place in order]
    labels = _labels(path, label, [row[head.index(label)] for row in rows], policy)
    split = later_quarter(len(rows)) if time else None
    if split and len({labels[row] for row in split.learn}) < 2:  # noqa: PLR2004  # a class each
        raise InputError(f"{path} column {label!r} does not vary in the earlier rows: leave --time")
    return fit_table(
        head, rows, labels, folder, policy, split=split, id_column=id_column, keep=keep,
        refuse_too=refuse_too, skip=(label,), time=time, ask=ask, tell=tell,
        about={"unlabelled": everything - len(rows)},
    )  # fmt: skip


def _check_names(
    path: Path, head: Sequence[str], label: str, named: Mapping[str, Sequence[str | None]]
) -> None:
    """Raise InputError where an option names a column that is not there, or cannot be meant."""
    for option, names in {"--label": (label,), **named}.items():
        for name in names:
            if name is not None and name not in head:
                raise InputError(f"{path} has no column {name!r}: {_has(head)}")
            if name == label and option != "--label":
                raise InputError(f"{path} column {name!r} is the label: {option} names another")
    if both := next((name for name in named["--keep"] if name in named["--refuse"]), None):
        raise InputError(f"{path} column {both!r} is named by --keep and by --refuse: drop one")


def _has(head: Sequence[str]) -> str:
    if len(head) == 1 and (mark := next((m for m in ";\t|" if m in head[0]), None)):
        return f"it looks parted by {mark!r}, write commas"
    return f"it has {', '.join(head[:SHOWN])}{' …' if len(head) > SHOWN else ''}"


def _in_order(
    path: Path, time: str, texts: Sequence[str], numbers: Sequence[int], today: date
) -> list[int]:
    """Return the places of rows from the earliest; `numbers` are their rows in the file, from 1."""
    order = time_order(texts)
    if order is None:
        raise InputError(
            f"{path} column {time!r} holds no times, or mixes ways to write them: "
            "write 2026-01-31, or leave --time out"
        )
    if late := future_rows(texts, today):
        raise InputError(
            f"{path} column {time!r} is in the future in {len(late)} of {len(texts)} rows, "
            f"first {texts[late[0]]!r} in row {numbers[late[0]]}: such rows have no outcome yet, "
            "drop them"
        )
    return order


def fit_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], labels: Sequence[int], folder: Path,
    policy: PropensityPolicy, *, split: Split | None, id_column: str | None = None,
    keep: Sequence[str] = (), refuse_too: Sequence[str] = (), skip: Sequence[str | None] = (),
    groups: Sequence[Hashable] | None = None, time: str | None = None,
    about: Mapping[str, Any] = MappingProxyType({}), ask: AskRows | None = None,
    tell: Tell = silent,
) -> dict[str, Any]:  # fmt: skip
    """Fit, judge and export rows of texts with their labels; returns the report.

    With a `split` the later rows judge, else all rows do, out of fold; rows of one of the `groups`
    stay on one side (by default those that are equal but for what names them); `about` joins the
    report.
    """
    columns, refused, suspects = [], [], []
    for index, name in enumerate(head):
        if name in skip:
            continue
        column = read_column(name, [row[index] for row in rows], policy)
        reason = _reason(column, labels, policy, name == id_column, keep, refuse_too)
        if reason:
            found = faked_auc(column, labels) if reason[0] == "leak" else None
            refused.append({"column": name, "kind": reason[0], "reason": reason[1], "auc": found})
            continue
        strong = faked_auc(column, labels) or 0.0
        if strong >= policy.suspect_auc:
            suspects.append({"column": name, "auc": round(strong, 4)})
        columns.append(column)
    counts = {
        "rows": len(rows),
        "base_rate": sum(labels) / len(labels),
        "refused": refused,
        "suspects": suspects,
    }
    named = [(c.name, head.index(c.name)) for c in columns]

    def ask_rows(places: Sequence[int]) -> list[float | None]:
        assert ask is not None
        return ask([{name: rows[place][at] for name, at in named} for place in places])

    at = None if time is None else head.index(time)
    form, report = train(
        columns, labels, policy, split=split, about=counts | dict(about),
        times=None if at is None else [row[at] for row in rows],
        ask=ask_rows if ask else None, tell=tell,
        groups=groups or _copies(head, rows, {*skip, *_identifiers(refused)}),
    )  # fmt: skip
    write_model(folder, form, report)
    return report


def _identifiers(refused: Sequence[Mapping[str, Any]]) -> list[str]:
    return [found["column"] for found in refused if found["kind"] == "identifier"]


def _copies(
    head: Sequence[str], rows: Sequence[Sequence[str]], without: Collection[str | None]
) -> Sequence[Hashable]:
    """Return a group a row, equal for copies; where repeats are the rule they are no copies."""
    kept = [index for index, name in enumerate(head) if name not in without]
    found = [tuple(row[index] for index in kept) for row in rows]
    return found if 2 * len(set(found)) > len(found) else range(len(found))


def write_model(folder: Path, form: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    """Write both files whole; a reader tells by their versions whether they belong together."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in (("report.json", report), ("model.json", form)):
            draft = folder / f".{name}.{os.getpid()}"
            draft.write_text(json.dumps(value), "utf-8")
            draft.replace(folder / name)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from None


def _reason(
    column: Column, labels: Sequence[int], policy: PropensityPolicy, is_id: bool,
    keep: Sequence[str], refuse_too: Sequence[str],
) -> tuple[str, str] | None:  # fmt: skip
    if is_id:
        return "identifier", "named by --id"
    if column.name in refuse_too:
        return "leak", "named by --refuse"
    found = refuse(column, labels, policy)
    return None if found and found[0] != "constant" and column.name in keep else found


def _labels(path: Path, name: str, raw: Sequence[str], policy: PropensityPolicy) -> list[int]:
    words = [unicodedata.normalize("NFC", text.strip().lower()) for text in raw]
    odd = next((word for word in words if word not in YES | NO), None)
    if odd is not None:
        raise InputError(f"{path} column {name!r} holds {odd!r}: a label is yes or no, 1 or 0")
    if len(words) < policy.min_rows:
        many = f"{len(words)} labelled row{'s' if len(words) > 1 else ''}"
        raise InputError(f"{path} has {many}: at least {policy.min_rows} are needed")
    labels = [int(word in YES) for word in words]
    if len(set(labels)) < 2:  # noqa: PLR2004  # a class each
        raise InputError(f"{path} column {name!r} never varies: nothing can be learned from it")
    return labels
