"""Train a propensity model from a labelled CSV, and write it whole or not at all."""

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fleet.errors import InputError
from fleet.propensity.columns import Column, PropensityPolicy, faked_auc, read_column, refuse
from fleet.propensity.measures import brier, calibration_error, top_lift
from fleet.stats.intervals import wilson
from fleet.stats.ranking import auc

YES = frozenset(
    {"1", "1.0", "true", "yes", "y", "won", "converted", "ja", "oui", "sí", "si", "sim"}
)
NO = frozenset({"0", "0.0", "false", "no", "n", "lost", "nein", "non", "não", "nee", ""})
ROUNDS = 200


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read a CSV with a header; raises InputError naming what is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
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
    path: Path, label: str, folder: Path, policy: PropensityPolicy, *, time: str | None = None,
    id_column: str | None = None, keep: Sequence[str] = (), refuse_too: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Fit, judge and export; returns the report. Raises InputError on data that cannot teach."""
    head, rows = read_rows(path)
    for name in (label, time, id_column, *keep, *refuse_too):
        if name is not None and name not in head:
            raise InputError(f"{path} has no column {name!r}: it has {', '.join(head[:8])} …")
    if len(head) > policy.max_columns:
        raise InputError(f"{path} has {len(head)} columns: at most {policy.max_columns}, drop some")
    if time:
        place = head.index(time)
        rows.sort(key=lambda row: row[place])
    labels = _labels(path, label, [row[head.index(label)] for row in rows], policy)
    columns, refused, suspects = [], [], []
    for index, name in enumerate(head):
        if name in (label, time):
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
    report = _train(columns, labels, folder, policy, timed=time is not None)
    return {
        "rows": len(rows),
        "base_rate": sum(labels) / len(labels),
        "refused": refused,
        "suspects": suspects,
    } | report


def _reason(
    column: Column, labels: Sequence[int], policy: PropensityPolicy, is_id: bool,
    keep: Sequence[str], refuse_too: Sequence[str],
) -> tuple[str, str] | None:  # fmt: skip
    if is_id:
        return "identifier", "named by --id"
    if column.name in refuse_too:
        return "leak", "named by --refuse"
    found = refuse(column, labels, policy)
    return None if found and found[0] == "leak" and column.name in keep else found


def _labels(path: Path, name: str, raw: Sequence[str], policy: PropensityPolicy) -> list[int]:
    words = [text.strip().lower() for text in raw]
    odd = next((word for word in words if word not in YES | NO), None)
    if odd is not None:
        raise InputError(f"{path} column {name!r} holds {odd!r}: a label is yes or no, 1 or 0")
    labels = [int(word in YES) for word in words]
    if len(set(labels)) < 2:  # noqa: PLR2004  # a class each
        raise InputError(f"{path} column {name!r} never varies: nothing can be learned from it")
    if len(labels) < policy.min_rows:
        raise InputError(f"{path} has {len(labels)} rows: at least {policy.min_rows} are needed")
    return labels


def _matrix(
    columns: Sequence[Column], policy: PropensityPolicy
) -> tuple[Any, list[dict[str, Any]]]:
    parts, features = [], []
    for column in columns:
        if column.numeric:
            known = np.array([np.nan if v is None else float(v) for v in column.values])
            mean, scale = float(np.nanmean(known)), float(np.nanstd(known)) or 1.0
            span = np.clip((np.nan_to_num(known, nan=mean) - mean) / scale, -5, 5)
            parts.append(span[:, None])
            features.append(
                {"name": column.name, "numeric": True, "mean": mean, "scale": scale, "width": 1}
            )
            continue
        counts = Counter(v for v in column.values if v is not None)
        levels = [v for v, n in counts.most_common(policy.max_levels) if n >= policy.min_level_rows]
        if levels:
            parts.append(np.array([[float(v == level) for level in levels] for v in column.values]))
            features.append(
                {"name": column.name, "numeric": False, "levels": levels, "width": len(levels)}
            )
    return (
        np.hstack(parts) if parts else np.zeros((len(columns[0].values) if columns else 0, 0))
    ), features


def _train(
    columns: Sequence[Column],
    labels: Sequence[int],
    folder: Path,
    policy: PropensityPolicy,
    *,
    timed: bool,
) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    y = np.array(labels)
    base = float(y.mean())
    x, features = _matrix(columns, policy)
    chances = np.full(len(y), base)
    judged = np.ones(len(y), dtype=bool)
    if features and timed:
        cut = len(y) * 3 // 4
        judged[:cut] = False
        if len(set(labels[:cut])) > 1:
            chances[cut:] = (
                LogisticRegression(max_iter=ROUNDS)
                .fit(x[:cut], y[:cut])
                .predict_proba(x[cut:])[:, 1]
            )
    elif features:
        groups = np.unique(x, axis=0, return_inverse=True)[
            1
        ].ravel()  # copies of a row stay together
        folds = min(policy.folds, len(set(groups.tolist())))
        splits = GroupKFold(folds, shuffle=True, random_state=0).split(x, y, groups)
        for train, test in splits if folds > 1 else ():
            if len(set(y[train].tolist())) > 1:
                fitted = LogisticRegression(max_iter=ROUNDS).fit(x[train], y[train])
                chances[test] = fitted.predict_proba(x[test])[:, 1]
    seen, scores = y[judged].tolist(), chances[judged].tolist()
    found = auc(seen, scores) or 0.5
    usable = found >= policy.usable_auc
    form: dict[str, Any] = {
        "bias": float(np.log(base / (1 - base))),
        "features": [],
        "method": "rules",
    }
    if usable:
        form = _export(LogisticRegression(max_iter=ROUNDS).fit(x, y), features)
    else:
        scores = [base] * len(seen)
    form |= {
        "bins": _bins(seen, scores, policy.bins), "missing_words": list(policy.missing_words),
        "high_band": policy.high_band, "low_band": policy.low_band,
    }  # fmt: skip
    form["version"] = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()[:12]
    _write(folder, form)
    note = None if usable else "no usable signal: the base rate is returned"
    return {
        "auc": round(found, 4),
        "brier": brier(seen, scores),
        "ece": calibration_error(seen, scores),
        "lift": top_lift(seen, scores),
        "judged_rows": len(seen),
        "judged_on": "later quarter" if timed else "out of fold",
        "chosen": "logistic" if usable else "base rate",
        "note": note,
        "candidates": {
            "base rate": {"brier": brier(seen, [base] * len(seen))},
            "logistic": {"auc": round(found, 4)},
        },
        "model_version": form["version"],
    }


def _export(model: Any, features: list[dict[str, Any]]) -> dict[str, Any]:
    weights, place = model.coef_[0].tolist(), 0
    out = []
    for feature in features:
        part = weights[place : place + feature["width"]]
        place += feature["width"]
        if feature["numeric"]:
            out.append(
                {key: feature[key] for key in ("name", "numeric", "mean", "scale")}
                | {"weight": part[0]}
            )
        else:
            out.append(
                {
                    "name": feature["name"],
                    "numeric": False,
                    "weights": dict(zip(feature["levels"], part, strict=True)),
                }
            )
    return {"bias": float(model.intercept_[0]), "features": out, "method": "trained"}


def _bins(labels: list[int], scores: list[float], count: int) -> list[dict[str, float]]:
    order = sorted(range(len(scores)), key=scores.__getitem__)
    out = []
    for index in range(count):
        part = order[index * len(order) // count : (index + 1) * len(order) // count]
        if part:
            low, high = wilson(sum(labels[i] for i in part), len(part))
            out.append({"edge": scores[part[-1]], "low": low, "high": high})
    return out


def _write(folder: Path, form: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"model.json.{os.getpid()}"
    draft.write_text(json.dumps(form), "utf-8")
    draft.replace(folder / "model.json")
