"""The release decision: PROMOTE, HOLD or ROLLBACK, most severe reason first.

Precedence: integrity failure, HOLD(INVALID_EVIDENCE); critical or under the floor or a proved
critical regression, ROLLBACK if the version serves, else HOLD(REJECTED); anything missing or thin,
HOLD with how many more runs would settle it; every lower bound at its bar, no regression beyond the
margin, no falling trend, no open critical defect, PROMOTE one rung; else HOLD.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from fleet import __version__
from fleet.domain.trust import GateOutcome, is_simulated
from fleet.policy import digest
from fleet.release_gate.digest import canonical_line, digest_lines
from fleet.release_gate.dimensions import Judgment, judge_dimension
from fleet.release_gate.policy import NAMES, GatePolicy
from fleet.release_gate.regression import Comparison, compare
from fleet.release_gate.window import Window, read_window
from fleet.stats.confidence_sequence import lower_bound
from fleet.stats.trend import mann_kendall

LIVE = {"OK", "None"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The whole decision; `as_json` is the same for the same evidence in any order."""

    outcome: GateOutcome
    judgments: tuple[Judgment, ...]
    reasons: tuple[str, ...]
    needed_n: int | None
    comparison: Comparison | None
    evidence_digest: str
    policy_digest: str

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        wire: dict[str, Any] = {
            "decision": self.outcome.value,
            "dimensions": [judgment.as_json() for judgment in self.judgments],
            "reasons": list(self.reasons),
            "needed_n": self.needed_n,
        }
        if self.comparison is not None:
            wire["regression"] = self.comparison.as_json()
        return wire | {
            "evidence_digest": self.evidence_digest,
            "policy_digest": self.policy_digest,
            "code_version": __version__,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a decision is made of, judged once; a dimension can be left out afterwards."""

    window: Window
    baseline: Window | None
    judgments: tuple[Judgment, ...]
    comparison: Comparison | None
    policy: GatePolicy
    serving: bool

    def without(self, names: frozenset[str]) -> "Parts":
        """Return the parts as they were without some dimensions, their pairs included."""
        rest = self.comparison
        if rest is not None:
            kept = tuple(d for d in rest.differences if d.name not in names)
            rest = replace(rest, differences=kept)
        judged = tuple(j for j in self.judgments if j.name not in names)
        return replace(self, judgments=judged, comparison=rest)

    def outcome(self) -> tuple[GateOutcome, list[str]]:
        """Return the decision and its reasons."""
        return _outcome(
            self.window, self.baseline, self.judgments, self.comparison, self.policy,
            serving=self.serving,
        )  # fmt: skip


def weigh(
    verdicts: Sequence[Any], policy: GatePolicy, *, now: datetime, serving: bool = False,
    baseline: Sequence[Any] | None = None,
) -> Parts:  # fmt: skip
    """Read a window, and its baseline's, and judge every dimension of the policy."""
    window = read_window(verdicts, now=now, max_age_days=policy.max_age_days)
    rules = {n: policy.dimensions[n] for n in NAMES if n in policy.dimensions}
    judgments = tuple(
        judge_dimension(
            name, rule, window.columns, alpha=policy.alpha, min_stratum_n=policy.min_stratum_n
        )
        for name, rule in rules.items()
    )
    other = None
    if baseline is not None:
        other = read_window(baseline, now=now, max_age_days=policy.max_age_days)
    comparison = compare(window.columns, other.columns, policy) if other is not None else None
    return Parts(
        window=window, baseline=other, judgments=judgments, comparison=comparison, policy=policy,
        serving=serving,
    )  # fmt: skip


def decide(
    verdicts: Sequence[Any], policy: GatePolicy, *, now: datetime, serving: bool = False,
    baseline: Sequence[Any] | None = None, leave_out: str | None = None,
    lines: Sequence[bytes] | None = None,
) -> Decision:  # fmt: skip
    """Judge one window; `leave_out` drops one dimension, for the ablation table.

    `lines` are the raw lines that the verdicts (and the baseline's) were read from: the digest is
    over them, or over the canonical line of each verdict where there are none.
    """
    parts = weigh(verdicts, policy, now=now, serving=serving, baseline=baseline)
    if leave_out is not None:
        parts = parts.without(frozenset({leave_out}))
    window, judgments, comparison = parts.window, parts.judgments, parts.comparison
    outcome, reasons = parts.outcome()
    if lines is None:
        lines = [
            canonical_line(row) for row in (*verdicts, *(baseline or ())) if row.__class__ is dict
        ]
    return Decision(
        outcome=outcome, judgments=judgments, reasons=(*reasons, *window.notes),
        needed_n=_needed_n(outcome, judgments, comparison, valid=not _is_invalid(reasons)),
        comparison=comparison,
        evidence_digest=digest_lines(lines), policy_digest=digest(policy),
    )  # fmt: skip


def _outcome(
    window: Window, baseline: Window | None, judgments: tuple[Judgment, ...],
    comparison: Comparison | None, policy: GatePolicy, *, serving: bool,
) -> tuple[GateOutcome, list[str]]:  # fmt: skip
    if not window.columns.rows and not window.problems:
        return GateOutcome.HOLD, ["INSUFFICIENT: the window is empty"]
    problems = list(window.problems)
    problems += [f"baseline: {problem}" for problem in baseline.problems] if baseline else []
    problems += _played(window, baseline) if baseline else []
    if problems:
        return GateOutcome.HOLD, [f"INVALID_EVIDENCE: {problem}" for problem in problems]
    severe = _severe(window, judgments, comparison)
    if severe and serving:
        return GateOutcome.ROLLBACK, severe
    if severe:
        return GateOutcome.HOLD, [f"REJECTED: {reason}" for reason in severe]
    thin = [j.reason for j in judgments if j.rule.required and j.state == "INSUFFICIENT"]
    if not any(j.has_evidence for j in judgments):
        thin = thin or ["no dimension of the policy was measured"]
    gaps = [f"INSUFFICIENT: {reason}" for reason in thin] + _unpaired(comparison, policy)
    blocking = gaps + _blocking(window, judgments, comparison, policy)
    if blocking:
        return GateOutcome.HOLD, blocking
    return GateOutcome.PROMOTE, ["every bound reaches its bar: one rung up"]


def _played(window: Window, baseline: Window) -> list[str]:
    """A simulated past is evidence about itself only, and no measure for what is real."""
    kinds = {
        is_simulated(str(version))
        for side in (window, baseline)
        for version in set(side.columns.values("version"))
    }
    return ["simulated verdicts stand beside real ones"] if len(kinds) > 1 else []


def _severe(
    window: Window, judgments: tuple[Judgment, ...], comparison: Comparison | None
) -> list[str]:
    critical = window.critical_runs
    reasons = [f"critical safety event in run {run}" for run in critical[:3]]
    reasons += [f"{len(critical) - 3} more critical safety events"] if len(critical) > 3 else []  # noqa: PLR2004  # three are shown
    reasons += [j.reason for j in judgments if j.under_floor]
    if comparison is not None:
        reasons += [
            f"{d.name}: worse than the baseline by more than {d.margin:g} ({d.upper:+.3f} at most)"
            for d in comparison.differences
            if d.critical and d.state == "FAIL"
        ]
    return reasons


def _unpaired(comparison: Comparison | None, policy: GatePolicy) -> list[str]:
    if comparison is None:
        return []
    share = comparison.unpaired / max(comparison.scenarios, 1)
    if share <= policy.max_unpaired:
        return []
    text = f"{comparison.unpaired} of {comparison.scenarios} scenarios have no partner"
    return [f"INSUFFICIENT: {text}, at most {policy.max_unpaired:.0%} may"]


def _blocking(
    window: Window, judgments: tuple[Judgment, ...], comparison: Comparison | None,
    policy: GatePolicy,
) -> list[str]:  # fmt: skip
    reasons = [j.reason for j in judgments if j.state in ("MARGINAL", "FAIL", "CRITICAL")]
    if comparison is not None:
        reasons += [
            f"{d.name}: a fall beyond {d.margin:g} is not ruled out ({d.lower:+.3f} at worst)"
            for d in comparison.differences
            if d.state != "PASS"
        ]
    reasons += [reason for j in judgments if (reason := _falling(j, window, policy))]
    codes = {
        code for found in window.columns.values("open_defects") if found for code in _codes(found)
    }
    reasons += [f"open defect {code}" for code in sorted(codes - set(policy.minor_defects))]
    stuck = {_verdict(found) for found in window.columns.values("liveness") if found} - LIVE
    return reasons + [f"liveness verdict {verdict}" for verdict in sorted(stuck)]


def _codes(found: Any) -> list[str]:
    return [str(code) for code in found] if isinstance(found, list) else [str(found)]


def _verdict(found: Any) -> str:
    return str(found.get("verdict") if isinstance(found, dict) else found)


def _falling(judgment: Judgment, window: Window, policy: GatePolicy) -> str | None:
    """Say that a dimension falls, unless its later half alone is still over the bar."""
    known = ~np.isnan(judgment.values)
    if judgment.state == "INSUFFICIENT" or judgment.n < judgment.rule.min_n:
        return None
    times, values = window.times[known], judgment.values[known]
    later = np.sort(values[times >= np.sort(times)[len(times) // 2]])
    bound = lower_bound(float(later.sum()), len(later), policy.alpha)
    if bound >= judgment.rule.promote_bar:
        return None
    trend = mann_kendall(times, values)
    if trend.p_falling >= policy.trend_alpha:
        return None
    return f"{judgment.name}: falling (Mann-Kendall Z = {trend.z:.2f}), the later half is low"


def _is_invalid(reasons: Sequence[str]) -> bool:
    return any(reason.startswith("INVALID_EVIDENCE") for reason in reasons)


def _needed_n(
    outcome: GateOutcome, judgments: tuple[Judgment, ...], comparison: Comparison | None, *,
    valid: bool,
) -> int | None:  # fmt: skip
    """Return how many more runs settle a HOLD at the present rates; None when no number does."""
    if outcome is not GateOutcome.HOLD:
        return 0
    open_ones = [j for j in judgments if j.state != "PASS" and (j.rule.required or j.has_evidence)]
    pairs = [d for d in comparison.differences if d.state != "PASS"] if comparison else []
    needed = [*(j.needed for j in open_ones), *(d.needed for d in pairs)]
    if not valid or not needed or None in needed:
        return None  # a defect, a loop or a trend is not waited away
    return max(n for n in needed if n is not None)
