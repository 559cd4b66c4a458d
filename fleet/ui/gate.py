"""The release gate's page: the decision, what blocks it, one tile a dimension, and the proof."""

from datetime import datetime

import streamlit as st

from fleet.adapters.store.ladder_reads import ledger
from fleet.domain.trust import Rung, is_simulated
from fleet.release_gate.dimensions import Judgment
from fleet.runtime import gate_view, ladder
from fleet.runtime.gate_view import GateView
from fleet.ui import charts, gate_acts, gate_charts, gate_proof, gate_risk, resources, theme
from fleet.ui.untrusted import escaped
from fleet.ui.version_names import BADGE, plain_name, short_name

NEARNESS = ("CRITICAL", "FAIL", "INSUFFICIENT", "MARGINAL", "PASS")
SHOWN_REASONS = 4
PAIRED = ("a fall beyond", "worse than the baseline")  # how a reason of the paired law begins
BOXES = {"PROMOTE": st.success, "HOLD": st.warning, "ROLLBACK": st.error}
SIGNS = {"PROMOTE": "▲", "HOLD": "◆", "ROLLBACK": "▼"}


def show() -> None:
    """Draw the page."""
    fleet = resources.fleet()
    title, which, window, acts = st.columns([2.4, 1.7, 1.3, 1.4], vertical_alignment="center")
    with which:
        known = gate_view.versions(fleet)
        pair = st.selectbox(
            "Version", known, format_func=lambda pair: plain_name(*pair), key="gate.version",
            label_visibility="collapsed",
        )  # fmt: skip
    rows = ledger(fleet.store, *pair)
    with window:
        chosen = _decision(pair, [row["id"] for row in rows], rows)
    rival = None if chosen else st.session_state.get(f"gate.rival {pair[0]} {pair[1]}")
    view = (
        gate_view.recorded_view(fleet, chosen)
        if chosen
        else gate_view.live_view(fleet, *pair, baseline=rival)
    )
    rung = ladder.effective(fleet, *pair).rung
    if chosen:  # the rung on which it stood when that was decided
        stood = next(row["serving_rung"] for row in rows if row["id"] == chosen)
        rung = Rung(stood) if stood else Rung.DRAFT
    with title:
        st.title(_title(view, rung), anchor=False)
    with acts, st.container(horizontal=True, gap="xsmall", horizontal_alignment="right"):
        gate_acts.buttons(view)
    _banner(view, rung, look=_look(chosen, [row["id"] for row in rows]))
    _reasons(view)
    _tiles(view)
    theme.note(
        "Line: running estimate. Band: 95 % confidence sequence, valid at every look; all "
        "dimensions must pass, so each is tested at 5 %. Solid ▲: promote bar, which the lower "
        "bound must clear. Dashed ▼: rollback floor."
    )
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        gate_proof.champion(view, gate_view.rivals(fleet, *pair))
    with right:
        gate_proof.ablation(view)
    gate_proof.ledger_table(pair, rows)
    gate_acts.waiver(pair, rows[0] if rows else None)
    gate_risk.show(fleet)
    gate_proof.digests(view)


def _decision(pair: tuple[str, str], ids: list[str], rows: list[dict[str, object]]) -> str:
    """Return the id of the chosen decision, the newest first; empty for the state of now."""
    labels = {row["id"]: str(row["decided_at"])[:16].replace("T", " ") for row in rows}
    key, asked = f"gate.decision {pair[0]} {pair[1]}", st.query_params.get("decision", "")
    options = [*ids, ""]
    opened = st.session_state.pop(f"gate.open {pair[0]} {pair[1]}", None)
    if opened in labels:
        st.session_state[key] = opened
    elif key not in st.session_state and asked in labels:
        st.session_state[key] = asked
    chosen = st.selectbox(
        "Decision", options, format_func=lambda each: labels.get(each, "as of now"), key=key,
        label_visibility="collapsed",
    )  # fmt: skip
    if chosen:
        st.query_params["decision"] = chosen
    elif "decision" in st.query_params:
        del st.query_params["decision"]
    return str(chosen)


def _look(chosen: str, ids: list[str]) -> int:
    """Return which look at the window this is, the first recorded one being 1."""
    return len(ids) - ids.index(chosen) if chosen else len(ids) + 1


def _title(view: GateView, rung: Rung) -> str:
    name = escaped(short_name(view.artifact, view.version))
    word = {"PROMOTE": "may leave", "HOLD": "stays on", "ROLLBACK": "must leave"}
    outcome = view.decision.outcome.value
    if outcome == "PROMOTE" and rung is Rung.UNATTENDED:
        return f"{name} may stay on {rung}"
    return f"{name} {word[outcome]} {rung}"


def _banner(view: GateView, rung: Rung, *, look: int) -> None:
    outcome = view.decision.outcome.value
    more = view.decision.needed_n
    settles = f" · needs {more:,} more runs" if outcome == "HOLD" and more else ""
    thin = outcome == "HOLD" and all("INSUFFICIENT" in why for why in view.decision.reasons)
    sign = "○" if thin else SIGNS[outcome]
    played = f" {BADGE}" if is_simulated(view.version) else ""
    asks = ""
    if rung is not Rung.UNATTENDED and outcome != "ROLLBACK":
        asks = f"Asks for {list(Rung)[rung.height + 1]}. "
    BOXES[outcome](f"### {sign} {outcome}{settles}{played}\n{asks}{_window(view)} Look {look}.")


def _window(view: GateView) -> str:
    """Say which runs were judged, when, and when the window settles at its pace."""
    when = f"Decided {view.at:%-d %b %H:%M}." if view.recorded else "As of now, nothing recorded."
    if not view.since or not view.until:
        return f"No run was judged yet. People's decisions on drafts bring verdicts. {when}"
    said = f"{view.runs:,} runs from {view.since[:10]} to {view.until[:10]}. {when}"
    more = view.decision.needed_n
    first, last = datetime.fromisoformat(view.since), datetime.fromisoformat(view.until)
    pace = view.runs / max(1.0, (last - first).total_seconds() / 86_400)
    if not more or pace < 1:
        return said
    return f"{said} At {pace:.0f} runs a day that takes {more / pace:.0f} days."


def _reasons(view: GateView) -> None:
    by_name = {judgment.name: judgment for judgment in view.decision.judgments}
    comparison = view.decision.comparison
    pairs = {d.name: d for d in comparison.differences} if comparison else {}
    for reason in view.decision.reasons[:SHOWN_REASONS]:
        name, _, rest = reason.removeprefix("INSUFFICIENT: ").partition(": ")
        judgment, pair = by_name.get(name), pairs.get(name)
        if judgment is None:
            st.markdown(escaped(reason[:1].upper() + reason[1:], 300) + ".")
            continue
        state, needed, what = judgment.state, judgment.needed, "runs"
        if pair is not None and rest.startswith(PAIRED):
            state, needed, what = pair.state, pair.needed, "pairs with the champion"
        more = f" **About {needed:,} more {what}.**" if needed else ""
        label = gate_charts.NAMES[name]
        st.markdown(f"{theme.verdict(state)} **{label}**: {escaped(rest, 200)}.{more}")
    rest_count = len(view.decision.reasons) - SHOWN_REASONS
    if rest_count > 0:
        theme.note(f"and {rest_count} more reasons")


def _tiles(view: GateView) -> None:
    judged = [j for j in view.decision.judgments if j.rule.required or j.has_evidence]
    judged.sort(key=lambda j: (NEARNESS.index(j.state), j.lower - j.rule.promote_bar))
    with st.grid("auto", min_column_width=300, gap="small"):
        for judgment in judged:
            with st.container(border=True, gap="xsmall"):
                _tile(view, judgment)


def _tile(view: GateView, judgment: Judgment) -> None:
    name = gate_charts.NAMES[judgment.name]
    estimate = "no value" if judgment.estimate is None else f"{judgment.estimate:.2f}"
    if judgment.state == "INSUFFICIENT":
        spread = f"no bound yet · n = {judgment.n:,} of {judgment.rule.min_n}"
    else:
        spread = f"{judgment.lower:.2f} – {judgment.upper:.2f} · n = {judgment.n:,}"
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
