"""Drift: each version's windows against the reference frozen when it was let go."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.evidence_reads import drift_windows, runs_between
from fleet.adapters.store.manager_reads import acknowledge
from fleet.domain.trust import is_simulated
from fleet.runtime import drift_view
from fleet.ui import charts, device, drift_charts, drift_compare, origin, resources, theme
from fleet.ui.drift_multiplicity import multiplicity
from fleet.ui.evaluation_text import trace_link
from fleet.ui.untrusted import escaped, plain
from fleet.ui.version_names import plain_name

RUNS = 8
CLICKED = "drift.clicked."
WINDOWS, NARROW_WINDOWS = 12, 5
ORDER = ("DRIFT", "WATCH", "WARMING", "STABLE")


def show() -> None:
    """Draw the page."""
    found = drift_windows(resources.fleet().store)
    title = st.container()
    if not found:
        with title:
            st.title("No version was compared with its reference yet", anchor=False)
        theme.note(
            "○ A version's reference is frozen when it is promoted; after that each round of the "
            "monitor, which runs in `fleet worker`, compares a window of its runs and adds a "
            "column here."
        )
        drift_compare.show()
        return
    pair = _chosen(found)
    windows = found[pair]
    with title:
        st.title(_title(pair, windows[-1]), anchor=False)
    _facts(windows)
    _strip(windows)
    left, right = st.columns([1.6, 1], gap="medium")
    features = drift_view.by_p(windows[-1]["features"])
    with left:
        _matrix(windows, features)
        _where(windows, features)
    with right:
        _distribution(windows[-1], features)
        _multiplicity(features)
        _runs(pair, windows)
    drift_compare.show()


def _chosen(found: Mapping[tuple[str, str], Any]) -> tuple[str, str]:
    """Choose real or simulated versions, then one of them; the address may name it."""
    fakes = [pair for pair in found if is_simulated(pair[1])]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        choice, which = st.container(width="content"), st.container(width=320)
        with choice:
            asked = st.query_params.get("version")
            played = origin.choose(
                "drift", len(found) - len(fakes), len(fakes), "version", about=asked
            )
        with which:
            return _pair({pair: found[pair] for pair in found if (pair in fakes) == played})


def _pair(found: Mapping[tuple[str, str], Any]) -> tuple[str, str]:
    """Choose a version, those that drift first."""
    pairs = sorted(
        found, key=lambda pair: (ORDER.index(_state(found[pair][-1])), -len(found[pair]), pair)
    )
    asked = st.query_params.get("version", "")
    names = [" ".join(pair) for pair in pairs]
    chosen = st.selectbox(
        "Version", pairs, index=names.index(asked) if asked in names else 0,
        format_func=lambda pair: plain_name(*pair), key=f"drift.version.{len(pairs)}.{names[0]}",
        label_visibility="collapsed",
    )  # fmt: skip
    st.query_params["version"] = " ".join(chosen)
    return chosen


def _state(window: Mapping[str, Any]) -> str:
    return window["state"] if window["state"] in ORDER else "WARMING"


def _title(pair: tuple[str, str], window: Mapping[str, Any]) -> str:
    return f"{escaped(plain_name(*pair), 60)} {drift_view.headline(window)}"


def _facts(windows: Sequence[Mapping[str, Any]]) -> None:
    newest, policy = windows[-1], drift_view.drift_policy(resources.fleet())
    tested = len(drift_view.raw_p(newest["features"]))
    how = (
        f"Benjamini–Hochberg over {tested} features at {policy.alpha}"
        if tested
        else f"no feature tested below {policy.min_n} runs a side"
    )
    theme.note(
        f"Reference n = {newest['reference_n'] or 0:,}{_frozen(newest)} · "
        f"current n = {newest['current_n'] or 0:,} · {how} · "
        "two windows in a row, or one critical shift, before an alarm"
    )


def _frozen(window: Mapping[str, Any]) -> str:
    """Say when the reference was frozen, and whether it is too old to compare with."""
    about = next((f for f in window["features"] if f.get("promoted_at")), None)
    if about is None:
        return ""
    old = ", too old by now" if about.get("reference_old") else ""
    return f", frozen at promotion {drift_charts.day(about['promoted_at'])}{old}"


def _strip(windows: Sequence[Mapping[str, Any]]) -> None:
    """Say what followed the alert: Alert, Owner, Grant cut, Recalled, Open."""
    alarm = drift_view.alarm_of(resources.fleet(), windows)
    if alarm is None:
        theme.note("▲ This version never raised a drift alert.")
        return
    action, cut = alarm.action or {}, alarm.cut or {}
    features = ", ".join(name.replace("_", " ") for name in alarm.features[:2])
    owner = f"{action.get('owner')} acknowledged" if action.get("acknowledged_at") else "nobody yet"
    rungs = f"{cut.get('from_rung')} → {cut.get('to_rung')}" if cut else "held no grant, or kept it"
    open_now = action.get("status", "open")
    steps = (
        (f":red[▼ Alert {_clock(alarm.at)}]", features or "no feature named"),
        (f"→ Owner {_clock(action.get('acknowledged_at'))}", owner),
        (f"→ Grant cut {_clock(cut.get('at'))}", rungs),
        (f"→ Recalled {_clock(alarm.recalled_at)}", f"{alarm.recalled:,} approvals"),
        (f"→ {escaped(open_now.capitalize(), 20)}", action.get("reason") or "cause not confirmed"),
    )
    with st.container(border=True, horizontal=True, horizontal_alignment="distribute"):
        for head, text in steps:
            with st.container(width="content", gap="xxsmall"):
                st.markdown(f"**{head.strip()}**")
                theme.note(escaped(text, 60))
    if action and not action["acknowledged_at"] and st.button("Take it", key="drift.take"):
        acknowledge(
            resources.fleet().store, action["id"], actor=resources.actor(), now=SystemClock().now()
        )
        st.rerun()


def _clock(at: str | None) -> str:
    return f"{drift_charts.day(at)} {at[11:16]}" if at else ""


def _matrix(windows: Sequence[Mapping[str, Any]], features: Sequence[Mapping[str, Any]]) -> None:
    st.subheader("State of each feature, window by window", anchor=False)
    if not features:
        theme.note("○ The newest window looked at no feature.")
        return
    loud = [f["name"] for f in features if f["state"] == "DRIFT"]
    narrow = device.is_phone()
    shown = windows[-(NARROW_WINDOWS if narrow else WINDOWS) :]
    clicked = charts.show(
        drift_charts.states(shown, features, narrow=narrow), key="drift.states", clicked=True,
        alt=f"{len(loud)} of {len(features)} features drift, newest of {len(windows)} windows",
    )  # fmt: skip
    _look_at("states", clicked, len(windows) - len(shown))
    least = drift_view.drift_policy(resources.fleet()).min_effect
    st.markdown(
        ":small[:gray[· stable] &nbsp; :orange[◆ watch: one window] &nbsp; "
        ":red[▼ drift: two in a row] &nbsp; :gray[○ warming: too few runs to say &nbsp; "
        "stream: a running sum over all runs since the reference &nbsp; "
        f"power: at least how likely a window's test finds a shift of {least:.2f} &nbsp; "
        "K–S: Kolmogorov–Smirnov]]"
    )


def _where(windows: Sequence[Mapping[str, Any]], features: Sequence[Mapping[str, Any]]) -> None:
    known = [f["name"] for f in features if f["effect"] is not None]
    if not known:
        return
    st.subheader("One feature, one point a window: where it changed", anchor=False)
    name = st.selectbox(
        "Feature", known, format_func=lambda name: plain(name).replace("_", " ")[:60],
        key="drift.feature", label_visibility="collapsed",
    )  # fmt: skip
    row = next(f for f in features if f["name"] == name)
    summed = drift_view.is_stream(row)
    least = 1.0 if summed else drift_view.drift_policy(resources.fleet()).min_effect
    clicked = charts.show(
        drift_charts.effects(windows, name, least), key="drift.effects", clicked=True,
        alt=f"Effect of {plain(name)[:60]} in {len(windows)} windows",
    )  # fmt: skip
    _look_at("effects", clicked)
    if row.get("change_point") is not None:
        where = "Counted from the reference" if summed else "In the newest window"
        theme.note(f"{where}, it changed from run {row['change_point']:,} on{_between(row)}.")
    if row.get("reference_effect"):
        theme.note(
            f"Parts of the reference differ by {row['reference_effect']:.2f} among themselves: "
            "a window must differ by more."
        )


def _look_at(chart: str, clicked: Sequence[Any], first: int = 0) -> None:
    """Choose the window of a point that was clicked just now; its runs are listed beside.

    A chart keeps its point until another is clicked, so that only a new one counts.
    """
    place = first + clicked[0] if clicked and isinstance(clicked[0], int) else None
    if st.session_state.get(CLICKED + chart) != place:
        st.session_state[CLICKED + chart] = place
        if place is not None:
            st.session_state["drift.window"] = place


def _between(row: Mapping[str, Any]) -> str:
    low, high = row.get("change_between") or (None, None)
    return "" if low is None else f" (95 %: {low:,} to {high:,})"


def _distribution(window: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> None:
    """Draw the feature chosen on the left, or the loudest, in the reference and in the window."""
    known = [f["name"] for f in features if f["effect"] is not None]
    if not known or not window["current_n"]:
        return
    asked = str(st.session_state.get("drift.feature"))
    name = asked if asked in known else known[0]
    shares = drift_view.run_distribution(resources.fleet(), window, name)
    if shares is None:
        return
    st.subheader(f"Reference against current: {escaped(name.replace('_', ' '), 40)}", anchor=False)
    charts.show(
        drift_charts.distribution(shares), key="drift.runs.distribution",
        alt=f"Shares of {plain(name)[:60]} in the reference and in the newest window",
    )  # fmt: skip
    theme.note(
        f"grey bars: reference, n = {shares.reference_n:,} · :blue[blue: current], "
        f"n = {shares.current_n:,}"
    )


def _multiplicity(features: Sequence[Mapping[str, Any]]) -> None:
    rows = drift_view.raw_p(features)
    st.subheader("Raw p values against the corrected limit", anchor=False)
    if not rows:
        theme.note("○ Too few runs: no feature was tested.")
        return
    alpha = drift_view.drift_policy(resources.fleet()).alpha
    charts.show(
        multiplicity(rows, alpha), key="drift.p",
        alt=f"{len(rows)} raw p values in order, against the limit that grows with the rank",
    )  # fmt: skip


def _runs(pair: tuple[str, str], windows: Sequence[Mapping[str, Any]]) -> None:
    st.subheader("Runs of a window", anchor=False)
    dated = [
        i for i, w in enumerate(windows) if w["window_start"] and w["window_end"] and w["current_n"]
    ]
    if not dated:
        theme.note("○ No run since the reference was frozen.")
        return
    if st.session_state.get("drift.window") not in dated:
        st.session_state.pop("drift.window", None)
    theme.note("Click a point on the left to list the runs of its window; each opens its trace.")
    chosen = st.selectbox(
        "Window", dated[::-1], key="drift.window", label_visibility="collapsed",
        format_func=lambda i: f"{_clock(windows[i]['window_start'])} to "
        f"{_clock(windows[i]['window_end'])}, {windows[i]['state'].lower()}",
    )  # fmt: skip
    window = windows[chosen]
    rows = runs_between(
        resources.fleet().store, *pair, window["window_start"], window["window_end"], RUNS
    )
    if not rows:
        theme.note("○ No trace of this window is kept any more.")
        return
    st.table(
        [
            {
                "Run": trace_link(row["id"], plain(row["run_id"] or row["id"])[:34]),
                "Started": _clock(row["started_at"]),
                "Spans": f"{row['spans']:,}",
            }
            for row in rows
        ]
    )
