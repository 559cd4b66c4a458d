"""The system level: figures, issues, paths, and how well the judge foresaw what people decided."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fleet.runtime import evaluation_view
from fleet.runtime.autonomy_shadow import people_measures
from fleet.runtime.evaluation_view import Judged
from fleet.ui import (
    charts,
    device,
    evaluation_charts,
    evaluation_curves,
    evaluation_issues,
    evaluation_paths,
    resources,
    theme,
)
from fleet.ui.evaluation_runs import runs_grid, unsure
from fleet.ui.evaluation_text import number, ranged, run_name, span_key, spanned, trace_link
from fleet.ui.origin import IMPORTED, PLAYED, REAL
from fleet.ui.untrusted import escaped, plain

BOARD = 6
LOWEST = 6
CONTRADICTIONS = 8
MANY = 5
OURS = (REAL, PLAYED)
NOUNS = {PLAYED: "simulated run", IMPORTED: "imported run"}
HOW = {
    "good_steps_bad_outcome": "good steps, bad outcome",
    "bad_steps_good_outcome": "bad steps, good outcome",
}


def show(
    title: Any, name: str, judged: Judged, *, kind: str | None, total: int
) -> None:  # fmt: skip
    """Draw the level for runs of a kind, None for an upload; of `total` the newest were judged."""
    summary = judged.summary
    n = len(judged.issues)
    runs, kept, own = summary["trajectories"], kind is not None, kind in OURS
    said = f"{counted(runs, NOUNS.get(kind or '', 'run'))} judged, "
    said += f"{n:,} {'issue' if n == 1 else 'issues'}"
    with title:
        st.title(f"{escaped(name, 40)}: {said}" if name else said, anchor=False)
    who = "played people" if kind == PLAYED else "people"
    labelled = f", labels are {who}'s decisions on drafts or recorded outcomes" if own else ""
    labelled = ", labels are recorded outcomes" if kind == IMPORTED else labelled
    which = "" if kind == IMPORTED else "the newest "  # imported runs may say no time
    part = f"{which}{runs:,} of {total:,}, judged" if kept and runs < total else "Judged"
    theme.note(
        f"{part[0].upper()}{part[1:]} by structure, without a model · "
        f"ranges are 95 % intervals{labelled}"
    )
    _tiles(summary, own=own, played=kind == PLAYED)
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        _board(judged, own=kept)
        st.subheader("Lowest trajectories", anchor=False)
        runs_grid(judged.runs[:LOWEST], key="evaluation.lowest")
        unsure(judged.runs[:LOWEST])
        _contradictions(summary["contradictions"], own=kept)
    with right:
        _paths(summary)
        _curves(judged, own=own)
    _read(summary["read"])


def _tiles(summary: Mapping[str, Any], *, own: bool, played: bool) -> None:
    labels = summary["labels"]
    foreseen = ranged(labels["auc"]) if labels else (theme.SHAPES["thin"], "no run has a label yet")
    if labels and labels["auc"] is None:
        foreseen = ("○", f"{labels['reason']}, n = {labels['n']}")
    tiles = [
        ("Composite", *ranged(summary["score"])),
        ("Predicts success, AUC", *foreseen),
        _agreement(played=played)
        if own
        else ("Chance of success", *ranged(summary["success_probability"])),
        ("Could not be judged", f"{summary['unjudged']:,}", "nothing in them to judge"),
    ]
    with st.grid(4, min_column_width=158, gap="small"):
        for label, value, text in tiles:
            st.metric(label, value, delta_description=text, border=True)


def _agreement(*, played: bool) -> tuple[str, str, str]:
    measured = people_measures(resources.fleet(), played=played)
    kappa = measured["kappa"]
    name = "Judge, people: κ" if device.is_phone() else "Judge and people agree, κ"
    n = f"{measured['compared']:,} compared"
    if kappa is None:
        return (name, theme.SHAPES["thin"], n)
    return (
        name, f"{kappa[0]:.2f}", f"{kappa[1]:.2f} – {kappa[2]:.2f} · {n}",
    )  # fmt: skip


def _board(judged: Judged, *, own: bool) -> None:
    worst = judged.issues[:BOARD]
    st.subheader("Issues board, worst first: how often, how bad", anchor=False)
    if not worst:
        theme.note("▲ No issue was found in these runs.")
        return
    charts.show(
        evaluation_charts.issues_board(worst, narrow=device.is_phone()), key="evaluation.board",
        alt=f"{len(worst)} issues by how many runs show them, and by severity",
    )  # fmt: skip
    names = {issue["id"]: issue for issue in judged.issues[: MANY * BOARD]}
    chosen = st.selectbox(
        "Look at an issue", list(names), key=f"evaluation.issue.{len(names)}.{worst[0]['id']}",
        format_func=lambda key: f"{plain(names[key]['title'])[:80]} · "
        f"{counted(names[key]['runs'], 'run')}",
    )  # fmt: skip
    issue = names[chosen]
    value, text = ranged(issue["frequency"])
    with_it = (
        f" · success with it {ranged(issue['success_with'])[0]}" if "success_with" in issue else ""
    )
    theme.note(
        f"`{issue['id']}` · in {counted(issue['runs'], 'run')}, {value} ({text}), "
        f"{counted(issue['occurrences'], 'time')}, severity {_severity(issue)}{with_it}"
    )
    if own:
        evaluation_issues.show(issue, list(names.values()))
    st.table(
        [
            {
                "Run": _run(e["trace_id"], own=own, span=_span_id(e)),
                "Its words": escaped(e["quote"], 100) or ":gray[none kept]",
            }
            for e in issue["examples"]
        ]
    )


def counted(n: int, word: str) -> str:
    """Return a number with its word, which takes an s unless it is one."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def _severity(issue: Mapping[str, Any]) -> str:
    said, reach = f"{issue['severity']:.2f}", issue["severity_range"]
    if reach is None:
        return said
    low, high = reach
    return f"{said} each time" if low == high else f"{said} ({low:.2f} – {high:.2f})"


def _run(trace_id: str, *, own: bool, span: str | None = None) -> str:
    """Return a run as a link to its trace; none is kept of an upload."""
    return trace_link(trace_id, span=span) if own else escaped(run_name(trace_id), 40)


def _span_id(example: Mapping[str, Any]) -> str | None:
    step = example["step_id"]
    return span_key(example["trace_id"], step) if step else None


def _contradictions(found: Mapping[str, Any], *, own: bool) -> None:
    st.subheader("Where the levels disagree", anchor=False)
    if not found["n"]:
        theme.note("▲ None: no run has good steps and a bad outcome, or the reverse.")
        return
    theme.note(f"{found['n']:,} runs; a recorded outcome counts before the judge's own chance")
    st.table(
        [
            {
                "Run": _run(run["trace_id"], own=own),
                "What": HOW.get(run["kind"], ""),
                "Steps": number(run["step_mean"]),
                "Outcome": number(run["outcome"])
                if run["outcome"] is not None
                else f"chance {spanned(run['success_probability'], run['success_interval'])}",
            }
            for run in sorted(found["runs"], key=_gap)[:CONTRADICTIONS]
        ]
    )


def _gap(run: Mapping[str, Any]) -> tuple[bool, float]:
    """Order disagreements: recorded outcomes first, then by how far the levels lie apart."""
    recorded = run["outcome"] is not None
    end = run["outcome"] if recorded else run["success_probability"]
    return not recorded, -abs(run["step_mean"] - end)


def _paths(summary: Mapping[str, Any]) -> None:
    st.subheader("Paths: width is how often, number is mean score", anchor=False)
    paths = evaluation_paths.read_paths(summary)
    if not paths.scores:
        theme.note("○ These runs name no node and call no tool.")
        return
    bar = evaluation_view.BAR
    charts.show(
        evaluation_paths.draw(paths, bar), key="evaluation.paths",
        alt=f"{len(paths.scores)} nodes and {len(paths.ways)} ways between them",
    )  # fmt: skip
    if any(start == end for start, end in paths.ways):
        theme.note("↻ how often a node follows itself")


def _curves(judged: Judged, *, own: bool) -> None:
    pairs = judged.pairs
    if not evaluation_curves.enough(pairs):
        st.subheader("Calibration and ROC", anchor=False)
        good = sum(outcome for _, outcome, _ in pairs)
        source = (
            "A draft approved as written labels its run good; one changed or rejected labels it bad"
            if own
            else "A label is what a trace recorded as outcome, score, reward or success"
        )
        theme.note(
            f"○ Too few labels: {good} good and {len(pairs) - good} bad of "
            f"{evaluation_curves.LEAST} each. {source}."
        )
        return
    left, right = st.columns(2)
    with left:
        st.subheader("Calibration", anchor=False)
        bins = evaluation_curves.calibration(pairs)
        charts.show(
            evaluation_charts.calibration(bins, evaluation_curves.calibration_error(pairs)),
            key="evaluation.calibration", alt=f"{len(bins)} bins of predicted against true success",
        )  # fmt: skip
    with right:
        st.subheader("ROC", anchor=False)
        auc = (judged.summary["labels"] or {}).get("auc")
        charts.show(
            evaluation_charts.roc(evaluation_curves.roc(pairs), auc), key="evaluation.roc",
            alt=f"Hits against false alarms over {len(pairs)} labelled runs",
        )  # fmt: skip
    _out_of_fold(judged.summary["labels"] or {})


def _out_of_fold(labels: Mapping[str, Any]) -> None:
    """Say how well the same signals foresee runs they were not fitted on."""
    fresh, count = labels.get("auc_cross_validated"), labels.get("auc_counting_steps")
    if not fresh or not count or None in (fresh["value"], count["value"]):
        return
    theme.note(
        f"Fitted anew on these labels, on tasks left out: AUC {' ('.join(ranged(fresh))}); "
        f"counting steps alone: {' ('.join(ranged(count))})."
    )


def _read(read: Mapping[str, Any]) -> None:
    if not read["rejected"]:
        return
    st.subheader("What could not be read", anchor=False)
    theme.note(f"○ {read['rejected']:,} records were left out.")
    st.table(
        [
            {"Place": escaped(f"{p['file']}#{p['line']}", 80), "Why": escaped(p["reason"], 160)}
            for p in read["problems"][:CONTRADICTIONS]
        ]
    )
