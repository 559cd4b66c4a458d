"""Issues: what keeps going wrong over many runs, found by signature, without a list of kinds.

An issue's id is a hash of its signature (what failed, where, in which words, without ids, numbers
and quoted values), so the same issue has the same id in every evaluation. Issues that people merged
are counted together, in runs as well: a run that shows both counts once.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.evaluation.calibrate import Figure, rounded
from fleet.evaluation.issue_names import NONE, IssueNames
from fleet.evaluation.values import QUOTE_CHARS, Finding
from fleet.stats.intervals import Z95, wilson

MAX_ISSUES = 2_000  # kept apart; findings beyond are counted together
EXAMPLES = 5
TEXT_CHARS = 1_000  # of a title or a node's name
ID_DIGITS = 12


def issue_id(signature: str) -> str:
    """Return the id of the issue with this signature.

    >>> issue_id("tool_failed|tool|search error: not found")
    'issue-f81bb2e7c51e'
    """
    return "issue-" + hashlib.sha256(signature.encode("utf-8", "replace")).hexdigest()[:ID_DIGITS]


@dataclass(slots=True)
class _Issue:
    code: str
    title: str
    node: str | None
    occurrences: int = 0
    runs: int = 0
    severity: float = 0.0  # summed over its runs, of each the worst
    squares: float = 0.0
    labelled: int = 0
    succeeded: float = 0.0
    examples: list[dict[str, Any]] = field(default_factory=list)
    parts: set[str] = field(default_factory=set)  # ids counted here, its own among them


@dataclass(slots=True)
class IssueBook:
    """Collects findings run by run, under the names that people gave."""

    names: IssueNames = NONE
    issues: dict[str, _Issue] = field(default_factory=dict)
    runs: int = 0
    labelled: int = 0
    succeeded: float = 0.0
    overflow: int = 0

    def add(self, trace_id: str, findings: Sequence[Finding], outcome: float | None) -> list[str]:
        """Count one run's findings; return the ids of its issues, each once."""
        self.runs += 1
        if outcome is not None:
            self.labelled += 1
            self.succeeded += outcome
        seen: dict[str, float] = {}
        for finding in findings:
            part = issue_id(finding.signature)
            own = self.names.canonical(part)
            issue = self.issues.get(own)
            if issue is None:
                if len(self.issues) >= MAX_ISSUES:
                    self.overflow += 1
                    continue
                node = finding.node and finding.node[:TEXT_CHARS]
                issue = self.issues[own] = _Issue(finding.code, finding.text[:TEXT_CHARS], node)
            issue.occurrences += 1
            issue.parts.add(part)
            if own not in seen:
                issue.runs += 1
                if outcome is not None:
                    issue.labelled += 1
                    issue.succeeded += outcome
                if len(issue.examples) < EXAMPLES:
                    quote = finding.quote[:QUOTE_CHARS]
                    where = {"trace_id": trace_id, "step_id": finding.step_id, "quote": quote}
                    issue.examples.append(where)
            seen[own] = max(seen.get(own, 0.0), finding.severity)
        for own, severity in seen.items():
            self.issues[own].severity += severity
            self.issues[own].squares += severity**2
        return list(seen)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the issues, those that touch most runs most severely first."""
        found = [self._wire(own, issue) for own, issue in self.issues.items()]
        found.sort(key=lambda each: (-each["frequency"]["value"] * each["severity"], each["id"]))
        return found

    def _wire(self, own: str, issue: _Issue) -> dict[str, Any]:
        low, high = wilson(issue.runs, self.runs)
        frequency = Figure(value=issue.runs / self.runs, low=low, high=high, n=self.runs)
        severity, reach = _severity(issue)
        answer: dict[str, Any] = {
            "id": own,
            "code": issue.code,
            "title": self.names.titles.get(own, issue.title),
            "node": issue.node,
            "frequency": frequency.as_json(),
            "runs": issue.runs,
            "occurrences": issue.occurrences,
            "severity": severity,
            "severity_range": reach,
            "examples": issue.examples,
        }
        if own in self.names.titles:
            answer["found_as"] = issue.title
        if issue.parts != {own}:
            answer["merged"] = sorted(issue.parts)
        if issue.labelled:
            rest = self.labelled - issue.labelled
            answer["success_with"] = share_figure(issue.succeeded, issue.labelled)
            answer["success_without"] = share_figure(self.succeeded - issue.succeeded, rest)
        return answer


def _severity(issue: _Issue) -> tuple[float, list[float] | None]:
    """Return the mean severity over an issue's runs with its 95 % range; of one run there is none.

    What is found by structure has the severity of its kind, so that its range has no width.
    """
    mean, n = issue.severity / issue.runs, issue.runs
    if n == 1:
        return round(mean, 4), None
    variance = max(0.0, issue.squares - n * mean**2) / (n - 1)
    off = Z95 * math.sqrt(variance / n)
    return round(mean, 4), [round(max(0.0, mean - off), 4), round(min(1.0, mean + off), 4)]


def share_figure(total: float, n: int) -> dict[str, float | int | None]:
    """Return a share, or a mean of values in 0..1, with its Wilson interval.

    For such a mean the interval is conservative: no variable in 0..1 varies more than a coin.
    """
    if n <= 0:
        return Figure(value=None, low=None, high=None, n=0).as_json()
    low, high = wilson(min(max(total, 0.0), n), n)
    return {"value": rounded(total / n), "low": rounded(low), "high": rounded(high), "n": n}
