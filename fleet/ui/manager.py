"""The manager's overview: what may ship, what stands in the way, and what needs a person today."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.gate_log import list_decisions, load_decision
from fleet.adapters.store.manager_reads import (
    acknowledge,
    edit_share,
    oldest_waiting,
    open_actions,
)
from fleet.adapters.store.overview import waiting_count
from fleet.adapters.store.simulated import read_simulated
from fleet.domain.trust import Rung, is_simulated
from fleet.runtime import ladder
from fleet.runtime.autonomy_shadow import people_measures
from fleet.runtime.ladder_show import ladder_rows
from fleet.stats.intervals import wilson
from fleet.ui import charts, ladder_page, resources, theme
from fleet.ui.gate_charts import NAMES, said
from fleet.ui.stops import stop_button
from fleet.ui.untrusted import escaped
from fleet.ui.version_names import plain_name

SOON = timedelta(days=2)
SHOWN = 8
FEW = 20  # below it a count says more than a percentage
WORDS = {
    "PROMOTE": ("may ship", "may ship"), "HOLD": ("is held", "are held"),
    "ROLLBACK": ("was rolled back", "were rolled back"),
}  # fmt: skip


def show() -> None:
    """Draw the page."""
    fleet, now = resources.fleet(), SystemClock().now()
    rows = ladder_rows(fleet)
    newest = _newest()
    title, stop = st.columns([4, 1.2], vertical_alignment="center")
    with title:
        st.title(_title(newest))
    with stop:
        stop_button()
    past = read_simulated(fleet.store)
    played = f" · the numbers include {past['days']} simulated days" if past else ""
    theme.note(f"{now:%-d %b %Y, %H:%M} UTC · ranges are 95 % intervals{played}")
    _numbers(rows, now)
    left, right = st.columns([1.9, 1], gap="medium")
    with left:
        st.subheader("What may ship, and what stands in the way", anchor=False)
        _versions(rows, newest)
        _distances(newest)
    with right:
        _glance(rows)
        _needs(rows, now)
        _stops(rows)


def _newest() -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in list_decisions(resources.fleet().store):
        found.setdefault((row["artifact"], row["version"]), row)
    return found


def _title(newest: dict[tuple[str, str], dict[str, Any]]) -> str:
    """Count what real versions may do; what was simulated is named as such."""
    real = [row for (_, version), row in newest.items() if not is_simulated(version)]
    played = [row for (_, version), row in newest.items() if is_simulated(version)]
    parts = [_counted(real, "version"), _counted(played, "simulated version")]
    return "; ".join(part for part in parts if part) or "No release was decided yet"


def _counted(rows: list[dict[str, Any]], noun: str) -> str:
    counts = Counter(row["decision"] for row in rows)
    parts: list[str] = []
    for word in WORDS:
        if n := counts[word]:
            name = "" if parts else f" {noun}" if n == 1 else f" {noun}s"
            parts.append(f"{n}{name} {_words(word, n)}")
    return ", ".join(parts)


def _words(outcome: str, count: int) -> str:
    one, many = WORDS[outcome]
    return one if count == 1 else many


def _numbers(rows: list[dict[str, Any]], now: datetime) -> None:
    store = resources.fleet().store
    sent, cap = sum(row["used_today"] for row in rows), sum(row["daily_cap"] for row in rows)
    waiting, oldest = waiting_count(store, now), oldest_waiting(store)
    age = f"oldest {_hours(now - datetime.fromisoformat(oldest))}" if oldest else "nothing waits"
    n, changed = edit_share(store, now)
    people = people_measures(resources.fleet())["reviewers"]
    planted, caught = sum(p["canaries"] for p in people), sum(p["caught"] for p in people)
    tiles = (
        ("Machine answers today", f"{sent:,}", f"cap {cap:,}"),
        ("Waiting for a person", f"{waiting:,}", age),
        ("Drafts changed, 7 d", *_share(changed, n)),
        ("Planted ones caught", *_share(caught, planted)),
    )
    with st.grid(4, min_column_width=158, gap="small"):
        for name, value, text in tiles:
            st.metric(name, value, delta_description=text, border=True)


def _share(hits: int, n: int) -> tuple[str, str]:
    if not n:
        return "none", "no case yet"
    low, high = wilson(hits, n)
    if n < FEW:
        return f"{hits} of {n}", f"{low:.2f} – {high:.2f}"
    return f"{hits / n:.1%}", f"{low:.1%} – {high:.1%} · n = {n:,}"


def _hours(age: timedelta) -> str:
    hours, rest = divmod(int(age.total_seconds()) // 60, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _versions(rows: list[dict[str, Any]], newest: dict[tuple[str, str], dict[str, Any]]) -> None:
    table = []
    for row in sorted(rows, key=lambda row: (row["graph"], row["version"]) not in newest):
        decided = newest.get((row["graph"], row["version"]))
        up = row["up"] or {"missing": []}
        verdict = decided["decision"] if decided else "HOLD"
        reason = up["missing"][0] if up["missing"] else "every lower bound clears its bar"
        if verdict != "PROMOTE" and decided and up.get("blocking"):
            reason = said(up["blocking"][0])
        if row["fell_back"]:
            reason = f"fell from {row['rung']}: {row['fell_back']}"
            if is_simulated(row["version"]) and row["fell_back"] == "monitor silent":
                reason = f"stood on {row['rung']} when it was last played"
        table.append(
            {
                "Verdict": theme.verdict(verdict if decided else "INSUFFICIENT", verdict),
                "Version and reason": f"{ladder_page.name_of(row)} "
                f":gray[{_stands(row)}]  \n{escaped(reason, 110)}",
                "What moves it": ladder_page.up_words(row),
            }
        )
    st.table(table)


def _stands(row: dict[str, Any]) -> str:
    up = row["up"]
    return f"{row['effective']} to {up['to']}" if up and up["ready"] else f"on {row['effective']}"


def _distances(newest: dict[tuple[str, str], dict[str, Any]]) -> None:
    st.subheader("Points above or below the promote bar, tightest dimension", anchor=False)
    found = []
    for (graph, version), row in list(newest.items())[:SHOWN]:
        result = load_decision(resources.fleet().store, row["id"])["result"]
        known = [d for d in result["dimensions"] if d["lower"] is not None]
        if known:
            tight = min(known, key=lambda d: d["lower"] - d["promote_bar"])
            found.append((plain_name(graph, version), row["decision"], tight))
    if not found:
        theme.note("○ No recorded decision yet. `fleet gate decide --record` makes one.")
        return
    ink, figure = charts.palette(), go.Figure()
    figure.add_vline(x=0, line={"color": ink.text, "width": 1.5})
    for place, (name, outcome, tight) in enumerate(found):
        low, mid, high = (
            100 * (tight[key] - tight["promote_bar"]) for key in ("lower", "estimate", "upper")
        )
        mark = charts.verdict_mark(outcome)
        figure.add_scatter(
            x=[low, high], y=[place] * 2, mode="lines", hoverinfo="skip",
            line={"color": mark["color"], "width": 2},
        )  # fmt: skip
        figure.add_scatter(
            x=[mid], y=[place], mode="markers", marker=mark | {"size": 13}, hoverinfo="text",
            hovertext=f"{name}: {low:+.1f} to {high:+.1f} points, n = {tight['n']}",
        )  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", y=place, text=f"n = {tight['n']:,}", showarrow=False,
            xanchor="left", xshift=10, font={"color": ink.mute, "size": 12},
        )  # fmt: skip
    figure.add_annotation(
        x=0, y=1, yref="paper", text="bar", showarrow=False, yshift=18, font={"color": ink.text}
    )
    charts.styled(figure, height=64 + 56 * len(found), left=150, right=76, top=36)
    figure.update_yaxes(
        autorange="reversed", tickvals=list(range(len(found))), showgrid=False,
        ticktext=[
            f"{name.replace(', ', '<br>')}<br>{NAMES[tight['name']].lower()}"
            for name, _, tight in found
        ],
    )  # fmt: skip
    figure.update_xaxes(title=None, ticksuffix=" pts", nticks=4)
    charts.show(figure, key="distances", alt="Distance of each version to its tightest bar")


def _glance(rows: list[dict[str, Any]]) -> None:
    st.subheader("Ladder at a glance", anchor=False)
    table = []
    for rung in reversed(Rung):
        names = [_glanced(row) for row in rows if row["effective"] == rung.value]
        table.append({"Rung": rung.value, "Versions": "  \n".join(names) or ":gray[nobody]"})
    st.table(table)


def _glanced(row: dict[str, Any]) -> str:
    last = row["last_decision"]
    word = last["decision"] if last else "INSUFFICIENT"
    kind = theme.VERDICT_KIND[word]
    mark = f":{theme.VERDICT_HUES[kind]}[{theme.SHAPES[kind]}]"
    return f"{mark} {escaped(plain_name(row['graph'], row['version']), 60)}"


def _needs(rows: list[dict[str, Any]], now: datetime) -> None:
    st.subheader("Needs you today", anchor=False)
    store, said = resources.fleet().store, 0
    for action in open_actions(store):
        said += 1
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{theme.verdict('WATCH', action['at'][11:16])} "
                f"**{escaped(action['kind'].replace('_', ' '), 40)}** "
                f"{escaped(action['reason'], 120)}"
            )
            if st.button("Take it", key=f"ack:{action['id']}", type="tertiary"):
                acknowledge(store, action["id"], actor=resources.actor(), now=now)
                st.rerun()
    for row in rows:
        if row["until"] and datetime.fromisoformat(row["until"]) <= now + SOON:
            said += 1
            st.markdown(
                f"{theme.verdict('expired', row['until'][11:16])} the grant of "
                f"{escaped(plain_name(row['graph'], row['version']))} ends on {row['until'][:10]}"
            )
    if not said:
        theme.note("Nothing: no alert is open, and no grant ends within two days.")


def _stops(rows: list[dict[str, Any]]) -> None:
    policy = ladder.ladder_policy(resources.fleet())
    heard = next((row["heartbeat_at"] for row in rows if row["heartbeat_at"]), None)
    with st.container(border=True, gap="xsmall"):
        st.subheader("Stops", anchor=False)
        st.markdown(f"{theme.verdict('OK', 'armed')} **Kill switch** is checked before every send")
        word, state = _pulse(rows, heard)
        seen = f"last heard {ladder_page.ago(heard)}" if heard else "never heard yet"
        st.markdown(
            f"{theme.verdict(word, state)} **Monitor** {seen}; silent for "
            f"{policy.heartbeat_s // 60} min, every grant falls to {policy.fall_to}"
        )


def _pulse(rows: list[dict[str, Any]], heard: str | None) -> tuple[str, str]:
    """Return verdict and word for the monitor: one that is silent is no living one."""
    if heard is None:
        return "INSUFFICIENT", "not heard"
    gap = SystemClock().now() - datetime.fromisoformat(heard)
    if gap.total_seconds() <= ladder.ladder_policy(resources.fleet()).heartbeat_s:
        return "OK", "alive"
    grants = any(row["since"] and not is_simulated(row["version"]) for row in rows)
    return ("ROLLBACK", "silent") if grants else ("INSUFFICIENT", "silent")
