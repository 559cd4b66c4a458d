"""Train candidates, judge each where it did not learn, and export the one that earned it.

The candidates: the base rate, the best single column (rules), a logistic model, boosted trees, and
a language model when one is given. With rows in time order the later ones judge.
"""

import hashlib
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from fleet.adapters.propensity_export import base_form, export, interval_form, rule_form
from fleet.adapters.propensity_learners import Rows, Table, fit_learner, group_folds
from fleet.propensity.choose import BASE, BOOSTING, LLM, LOGISTIC, RULES, Choice, choose, figures
from fleet.propensity.columns import Column
from fleet.propensity.encode import encode, learn_features
from fleet.propensity.measures import calibration_error
from fleet.propensity.one_rule import learn_rule
from fleet.propensity.policy import PropensityPolicy
from fleet.propensity.report import report_of
from fleet.propensity.shift import Shift, find_shift, shift_weights

LEARNERS = (LOGISTIC, BOOSTING)
Chances = dict[str, list[float]]
Ask = Callable[[Sequence[int]], list[float | None]]  # chances of rows by number, None unanswered
Tell = Callable[[str], object]  # hears a line of progress


def silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers to learn from, and later ones to be judged on."""

    learn: tuple[int, ...]
    judge: tuple[int, ...]


def later_quarter(rows: int) -> Split:
    """Return the split of rows in time order: the last quarter judges."""
    cut = rows * 3 // 4
    return Split(tuple(range(cut)), tuple(range(cut, rows)))


class Trainer:
    """One training over typed columns; `split` means that the rows are in time order."""

    def __init__(
        self, columns: Sequence[Column], labels: Sequence[int], policy: PropensityPolicy,
        split: Split | None, groups: Sequence[Hashable],
    ) -> None:  # fmt: skip
        self.columns, self.labels, self.policy, self.split = columns, labels, policy, split
        self.y = np.array(labels, dtype=int)
        everything = range(len(labels))
        self.pairs = learn_features(columns, labels, split.learn if split else everything, policy)
        self.encoded = encode(self.pairs, len(labels))
        numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
        self.groups = np.array([numbers[group] for group in groups], dtype=int)

    def table(self, weights: Any = None) -> Table:
        """Return the encoded rows with weights, by default equal ones."""
        even = np.ones(len(self.y)) if weights is None else weights
        return Table(encoded=self.encoded, y=self.y, weights=even, groups=self.groups,
                     policy=self.policy)  # fmt: skip

    def folds(self) -> list[tuple[Rows, Rows]]:
        """Return the one split in time, or folds over all rows."""
        if self.split is not None:
            return [(np.array(self.split.learn, dtype=int), np.array(self.split.judge, dtype=int))]
        return group_folds(self.groups, self.policy.folds)

    def shift(self, rows: Sequence[int]) -> Shift | None:
        """Return the change of the outcome's rate along rows of time order."""
        if self.split is None:
            return None
        return find_shift([self.labels[row] for row in rows], self.policy)

    def weights(self, rows: Sequence[int], shift: Shift | None) -> Any:
        """Return weights of all rows; those before the change are re-weighted."""
        found = np.ones(len(self.y))
        found[list(rows)] = shift_weights([self.labels[row] for row in rows], shift)
        return found

    def chances(self, name: str, folds: Sequence[tuple[Rows, Rows]], weights: Any) -> list[float]:
        """Return the chances of the judged rows, each from rows that it was no part of."""
        parts: list[float] = []
        table = self.table(weights)
        for learn, test in folds:
            counted = learn if self.split else np.arange(len(self.y))  # folds differ by chance only
            base = float(np.average(self.y[counted], weights=table.weights[counted]))
            known = set(self.y[learn].tolist())
            if name == BASE or len(known) < 2 or not self.pairs:  # noqa: PLR2004  # a class each
                parts += [base] * len(test)
            elif name == RULES:
                parts += self._by_rule(learn, test)
            else:
                fitted = fit_learner(name, table, learn)
                parts += fitted.chances(self.encoded, test).tolist()
        return parts

    def _by_rule(self, learn: Rows, test: Rows) -> list[float]:
        rule = learn_rule([column for column, _ in self.pairs], self.labels, learn.tolist())
        if rule is None:
            return [float(self.y[learn].mean())] * len(test)
        values = next(c.values for c, _ in self.pairs if c.name == rule.column)
        return [rule.rate(values[row]) for row in test.tolist()]

    def form(self, name: str, weights: Any) -> dict[str, Any]:
        """Fit the chosen one on every row, and return it as plain JSON."""
        rows = np.arange(len(self.y))
        if name == RULES:
            rule = learn_rule([column for column, _ in self.pairs], self.labels, rows.tolist())
            if rule is not None:
                column = next(c for c, _ in self.pairs if c.name == rule.column)
                return rule_form(rule, column)
        if name in LEARNERS:
            return export(fit_learner(name, self.table(weights), rows), self.pairs, self.encoded)
        return base_form(float(np.average(self.y, weights=weights)))


def train(
    columns: Sequence[Column], labels: Sequence[int], policy: PropensityPolicy, *,
    split: Split | None, groups: Sequence[Hashable],
    times: Sequence[str] | None = None, about: Mapping[str, Any] = MappingProxyType({}),
    ask: Ask | None = None, tell: Tell = silent,
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """Judge the candidates and return (the chosen model's form, the report); `tell` hears of it.

    `times` say when each row was, for the report. Rows of one of the `groups` (copies, or one deal
    at several ages) stay on one side of a fold.
    """
    work = Trainer(columns, labels, policy, split, groups)
    folds = work.folds()
    judged = np.concatenate([test for _, test in folds]) if folds else np.arange(len(labels))
    learned = folds[0][0].tolist() if split and folds else []
    shift = work.shift(learned)
    weights = work.weights(learned, shift) if shift else None
    chances = {BASE: [float(work.y.mean())] * len(labels)}
    if folds:
        for name in (BASE, RULES, *LEARNERS):
            tell(f"judging {name} on {len(judged):,} rows that it does not learn from")
            chances[name] = work.chances(name, folds, weights)
    seen = work.y[judged].tolist()
    choice = choose(seen, chances, policy)
    shown = {name: figures(seen, scores) for name, scores in chances.items()}
    asked = _asked(ask, judged, seen, chances, policy)
    trained = choice.name
    tell(f"learning {trained} from all {len(labels):,} rows, and how far to believe it")
    choice = _with_model(choice, asked, policy)
    final = work.shift(range(len(labels)))
    kept = work.weights(range(len(labels)), final) if final else None
    form = work.form(trained, kept)
    form |= {
        "base": float(np.average(work.y, weights=kept)),
        "interval": interval_form(seen, chances[trained], policy.bootstrap),
        "missing_words": list(policy.missing_words),
        "high_band": policy.high_band, "low_band": policy.low_band,
        "reasoner": LLM if choice.name == LLM else None,
    }  # fmt: skip
    form["version"] = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()[:12]
    report = dict(about) | report_of(
        seen, chances[trained], judged.tolist(), choice, trained, shown | _llm_figures(asked),
        columns,
    )  # fmt: skip
    report |= {
        "judged_on": "later quarter" if split else "out of fold",
        "out_of_fold": _out_of_fold(work, trained) if split else None,
        "prior_shift": _shift_report(work, shift, final, trained, folds, seen, chances)
        | _when(times, shift or final),
        "calibration": form["calibration"]["kind"],
        "not_judged": _not_judged(ask, asked),
        "emptiness_learned": [f.name for _, f in work.pairs if f.empty],
        "model_version": form["version"],
    }  # fmt: skip
    return form, report


def _asked(
    ask: Ask | None, judged: Rows, seen: list[int], chances: Chances, policy: PropensityPolicy
) -> dict[str, Any] | None:
    """Ask the language model about some judged rows, evenly spread; None when there is none."""
    if ask is None:
        return None
    count = min(policy.llm_rows, len(judged))
    places = sorted({int(n) for n in np.linspace(0, len(judged) - 1, count)})
    found = ask([int(judged[place]) for place in places])
    pairs = [(p, c) for p, c in zip(places, found, strict=True) if c is not None]
    kept, answers = [place for place, _ in pairs], [chance for _, chance in pairs]
    same = {name: [scores[place] for place in kept] for name, scores in chances.items()}
    return {"labels": [seen[p] for p in kept], "chances": same | {LLM: answers},
            "asked": count}  # fmt: skip


def _with_model(choice: Choice, asked: dict[str, Any] | None, policy: PropensityPolicy) -> Choice:
    """Let the language model win only where it beats the choice on the very rows it answered."""
    if asked is None or not asked["labels"]:
        return choice
    pair = {name: asked["chances"][name] for name in dict.fromkeys((BASE, choice.name, LLM))}
    found = choose(asked["labels"], pair, policy)
    return found if found.name == LLM else choice


def _not_judged(ask: Ask | None, asked: dict[str, Any] | None) -> dict[str, str]:
    """Say which candidate has no figures, and why: absence is not defeat."""
    if ask is None:
        return {LLM: "no gateway is set, so no model was asked"}
    if asked is None or not asked["labels"]:
        return {LLM: "the model answered for no row"}
    return {}


def _llm_figures(asked: dict[str, Any] | None) -> dict[str, Any]:
    if asked is None or not asked["labels"]:
        return {}
    found = figures(asked["labels"], asked["chances"][LLM])
    beside = {
        name: figures(asked["labels"], scores)
        for name, scores in asked["chances"].items() if name != LLM
    }  # fmt: skip
    return {LLM: found | {"asked": asked["asked"], "same_rows": beside}}


def _out_of_fold(work: Trainer, name: str) -> dict[str, Any]:
    """Return the figures over all rows by folds that know no time: optimistic under drift."""
    folds = group_folds(work.groups, work.policy.folds)
    if not folds:
        return {}
    rows = np.concatenate([test for _, test in folds])
    return figures(work.y[rows].tolist(), work.chances(name, folds, None))


def _when(times: Sequence[str] | None, shift: Shift | None) -> dict[str, Any]:
    return {} if shift is None else {"at_time": times[shift.at] if times else None}


def _shift_report(
    work: Trainer, shift: Shift | None, final: Shift | None, name: str,
    folds: Sequence[tuple[Rows, Rows]], seen: list[int], chances: Chances,
) -> dict[str, Any]:  # fmt: skip
    """Return what changed, and the calibration error on the judged rows before and after."""
    if work.split is None:
        return {"looked_for": False, "found": False}
    found = shift or final
    report: dict[str, Any] = {"looked_for": True, "found": found is not None}
    if found is None:
        return report
    report |= found.as_json() | {"in_rows_learned_from": shift is not None}
    if shift is not None:
        report["ece_before"] = calibration_error(seen, work.chances(name, folds, None))
        report["ece_after"] = calibration_error(seen, chances[name])
    return report
