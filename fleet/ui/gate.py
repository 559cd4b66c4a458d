"""The release gate's page: the decision, what blocks it, one tile a dimension, and the record."""

from datetime import datetime
from typing import Any

import streamlit as st

from fleet.adapters.store.gate_log import list_decisions
from fleet.errors import FleetError
from fleet.release_gate.dimensions import Judgment
from fleet.runtime import gate_view, ladder
from fleet.runtime.gate_view import GateView
from fleet.ui import charts, gate_charts, gate_export, resources, theme
from fleet.ui.untrusted import escaped

NEARNESS = ("CRITICAL", "FAIL", "INSUFFICIENT", "MARGINAL", "PASS")
SHOWN_REASONS = 4
BOXES = {"PROMOTE": st.success, "HOLD": st.warning, "ROLLBACK": st.error}
SIGNS = {"PROMOTE": "▲", "HOLD": "◆", "ROLLBACK": "▼"}


def show() -> None:
    """Draw the page."""
    fleet = resources.fleet()
    known = gate_view.versions(fleet)
    title, which, window, acts = st.columns([2.9, 1.4, 1.4, 1.3], vertical_alignment="center")
    with which:
        pair = st.selectbox(
            "Version", known, format_func=lambda pair: f"{pair[0]} {pair[1]}", key="gate.version",
            label_visibility="collapsed",
        )  # fmt: skip
    with window:
        chosen = _decision(*pair)
    view = gate_view.recorded_view(fleet, chosen) if chosen else gate_view.live_view(fleet, *pair)
    with title:
        st.title(_title(view), anchor=False)
    with acts, st.container(horizontal=True, gap="xsmall"):
        _acts(view)
    _banner(view)
    _reasons(view)
    _tiles(view)
    theme.note(
        "Line: running estimate. Band: 95 % confidence sequence, valid at every look. "
        "Solid ▲: promote bar, which the lower bound must clear. Dashed ▼: rollback floor."
    )
    left, right = st.columns([1.4, 1])
    with left:
        _baseline(view)
    with right:
        _ablation(view)
    _record(view)


def _decision(artifact: str, version: str) -> str:
    """Return the id of the chosen decision, the newest first; empty for the state of now."""
    rows = [
        row for row in list_decisions(resources.fleet().store)
        if (row["artifact"], row["version"]) == (artifact, version)
    ]  # fmt: skip
    labels = {row["id"]: f"{row['decided_at'][:16].replace('T', ' ')}" for row in rows}
    ids = [*labels, ""]
    asked = st.query_params.get("decision", "")
    chosen = st.selectbox(
        "Decision", ids, format_func=lambda key: labels.get(key, "as of now"),
        index=ids.index(asked) if asked in labels else 0,
        key=f"gate.decision {artifact} {version}", label_visibility="collapsed",
    )  # fmt: skip
    if chosen:
        st.query_params["decision"] = chosen
    return str(chosen)


def _acts(view: GateView) -> None:
    if st.button("Replay", icon=":material/replay:", disabled=not view.recorded):
        _replay(str(view.recorded))
    st.download_button(
        "PDF", lambda: gate_export.evidence_pack(view), icon=":material/download:",
        file_name=f"{view.artifact}-{view.version}-{view.recorded or 'now'}.pdf",
        mime="application/pdf",
    )  # fmt: skip


def _replay(decision_id: str) -> None:
    try:
        outcome = gate_view.replay_decision(resources.fleet().store, decision_id)
        st.toast(f"▲ {outcome}, the same bytes.")
    except FleetError as error:
        st.toast(f"▼ {error}")


def _title(view: GateView) -> str:
    rung = ladder.effective(resources.fleet(), view.artifact, view.version).rung
    word = {"PROMOTE": "may leave", "HOLD": "stays on", "ROLLBACK": "must leave"}
    return f"{view.artifact} {view.version} {word[view.decision.outcome.value]} {rung}"


def _banner(view: GateView) -> None:
    outcome = view.decision.outcome.value
    more = view.decision.needed_n
    settles = f" · needs {more:,} more runs" if outcome == "HOLD" and more else ""
    if view.since and view.until:
        runs = f"{view.runs:,} runs from {view.since[:10]} to {view.until[:10]}."
    else:
        runs = "No run was judged yet. People's decisions on drafts bring verdicts."
    when = f"Decided {view.at:%-d %b %H:%M}" if view.recorded else "As of now, nothing recorded"
    thin = outcome == "HOLD" and all("INSUFFICIENT" in why for why in view.decision.reasons)
    sign = "○" if thin else SIGNS[outcome]
    BOXES[outcome](f"### {sign} {outcome}{settles}\n{runs} {when}.{_pace(view)}")


def _pace(view: GateView) -> str:
    """Say when the window settles at the pace it has had."""
    more = view.decision.needed_n
    if not more or not view.since or not view.until:
        return ""
    first, last = datetime.fromisoformat(view.since), datetime.fromisoformat(view.until)
    days = max(1.0, (last - first).total_seconds() / 86_400)
    pace = view.runs / days
    return f" At {pace:.0f} runs a day that takes {more / pace:.0f} days." if pace >= 1 else ""


def _reasons(view: GateView) -> None:
    by_name = {judgment.name: judgment for judgment in view.decision.judgments}
    for reason in view.decision.reasons[:SHOWN_REASONS]:
        name, _, rest = reason.removeprefix("INSUFFICIENT: ").partition(": ")
        judgment = by_name.get(name)
        if judgment is None:
            st.markdown(escaped(reason[:1].upper() + reason[1:], 300) + ".")
            continue
        more = f" **About {judgment.needed:,} more runs.**" if judgment.needed else ""
        label = gate_charts.NAMES[name]
        st.markdown(f"{theme.verdict(judgment.state)} **{label}**: {escaped(rest, 200)}.{more}")
    rest_count = len(view.decision.reasons) - SHOWN_REASONS
    if rest_count > 0:
        theme.note(f"and {rest_count} more reasons")


def _tiles(view: GateView) -> None:
    judged = [j for j in view.decision.judgments if j.rule.required or j.has_evidence]
    judged.sort(key=lambda j: NEARNESS.index(j.state))
    with st.grid("auto", min_column_width=300, gap="small"):
        for judgment in judged:
            with st.container(border=True, gap="xsmall"):
                _tile(view, judgment)


def _tile(view: GateView, judgment: Judgment) -> None:
    name = gate_charts.NAMES[judgment.name]
    estimate = "no value" if judgment.estimate is None else f"{judgment.estimate:.2f}"
    if judgment.has_evidence:
        spread = f"{judgment.lower:.2f} – {judgment.upper:.2f} · n = {judgment.n:,}"
    else:
        spread = f"no bound yet · n = 0 of {judgment.rule.min_n}"
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        st.metric(name, estimate, delta_description=spread)
        st.markdown(theme.verdict(judgment.state))
    points = view.sequences.get(judgment.name, ())
    if points:
        charts.show(
            gate_charts.sequence(judgment, points), key=f"sequence {judgment.name}",
            alt=f"{name}: {estimate}, {spread}, bar {judgment.rule.promote_bar:g}",
        )  # fmt: skip
    else:
        theme.note(f"○ {escaped(judgment.reason)}")


def _baseline(view: GateView) -> None:
    st.subheader("Against the version that served before", anchor=False)
    comparison = view.decision.comparison
    if comparison is None:
        theme.note("No baseline was given: this version was not compared, only measured.")
        return
    rows: list[dict[str, Any]] = [d.as_json() for d in comparison.differences]
    charts.show(
        gate_charts.differences(rows), key="differences",
        alt="Paired differences in points, with the most that each dimension may lose",
    )  # fmt: skip
    theme.note(f"{comparison.unpaired} of {comparison.scenarios} scenarios had no partner.")


def _ablation(view: GateView) -> None:
    st.subheader("The verdict without one dimension", anchor=False)
    st.table(
        [
            {
                "Left out": gate_charts.NAMES[name],
                "Verdict": theme.verdict(outcome),
                "Reading": "pivotal"
                if outcome != view.decision.outcome.value
                else "still the same",
            }
            for name, outcome, _ in view.ablation
        ]
    )
    unmeasured = [
        gate_charts.NAMES[j.name] for j in view.decision.judgments
        if j.rule.required and not j.has_evidence
    ]  # fmt: skip
    if unmeasured:
        theme.note(f"○ Required and measured by nothing yet: {', '.join(unmeasured)}.")


def _record(view: GateView) -> None:
    decision = view.decision
    with st.expander("Digests and bytes"):
        st.code(
            f"evidence {decision.evidence_digest}\npolicy   {decision.policy_digest}\n"
            f"record   {view.recorded or 'none: as of now'}",
            language=None,
        )
