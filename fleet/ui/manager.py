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
from fleet.domain.trust import Rung
from fleet.runtime import ladder
from fleet.runtime.autonomy_shadow import people_measures
from fleet.runtime.ladder_show import ladder_rows
from fleet.stats.intervals import wilson
from fleet.ui import charts, ladder_page, resources, theme
from fleet.ui.gate_charts import NAMES
from fleet.ui.stops import stop_button
from fleet.ui.untrusted import escaped

SOON = timedelta(days=2)
FEW = 20  # below it a count says more than a percentage
WORDS = {"PROMOTE": "may ship", "HOLD": "held", "ROLLBACK": "rolled back"}


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
    theme.note(f"{now:%-d %b %Y, %H:%M} UTC · ranges are 95 % intervals")
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
    counts = Counter(row["decision"] for row in newest.values())
    said = [f"{counts[word]} {WORDS[word]}" for word in WORDS if counts[word]]
    return ", ".join(said) if said else "No release was decided yet"


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
    for row in rows:
        decided = newest.get((row["graph"], row["version"]))
        up = row["up"] or {"missing": [], "needed_verdicts": None, "ready": False}
        verdict = decided["decision"] if decided else "HOLD"
        thin = not decided
        reason = up["missing"][0] if up["missing"] else "every bound reaches its bar"
        moves = "**Grant it**" if up["ready"] else "look at the gate"
        if not up["ready"] and up["needed_verdicts"]:
            moves = f"**{up['needed_verdicts']:,} more runs**"
        table.append(
            {
                "Verdict": theme.verdict("INSUFFICIENT" if thin else verdict, verdict),
                "Version and reason": f"**{ladder_page.name_of(row)}** "
                f":gray[on {row['effective']}]  \n{escaped(reason, 110)}",
                "What moves it": moves,
            }
        )
    st.table(table)


def _distances(newest: dict[tuple[str, str], dict[str, Any]]) -> None:
    st.subheader("Points above or below the promote bar, tightest dimension", anchor=False)
    if not newest:
        theme.note("○ No recorded decision yet. `fleet gate decide --record` makes one.")
        return
    ink, figure = charts.palette(), go.Figure()
    figure.add_vline(x=0, line={"color": ink.text, "width": 1.5})
    drawn = 0
    for (graph, version), row in list(newest.items())[:8]:
        result = load_decision(resources.fleet().store, row["id"])["result"]
        known = [d for d in result["dimensions"] if d["lower"] is not None]
        if not known:
            continue
        tight = min(known, key=lambda d: d["lower"] - d["promote_bar"])
        name = f"{graph} {version}<br>{NAMES[tight['name']]}"
        low, mid, high = (
            100 * (tight[key] - tight["promote_bar"]) for key in ("lower", "estimate", "upper")
        )
        mark = charts.verdict_mark(row["decision"])
        figure.add_scatter(
            x=[low, high], y=[name, name], mode="lines", hoverinfo="skip",
            line={"color": mark["color"], "width": 2},
        )  # fmt: skip
        figure.add_scatter(
            x=[mid], y=[name], mode="markers", marker=mark | {"size": 13}, hoverinfo="text",
            hovertext=f"{low:+.1f} to {high:+.1f} points, n = {tight['n']}",
        )  # fmt: skip
        drawn += 1
    charts.styled(figure, height=50 + 44 * drawn, left=170)
    figure.update_xaxes(title=None, ticksuffix=" pts")
    charts.show(figure, key="distances", alt="Distance of each version to its tightest bar")


def _glance(rows: list[dict[str, Any]]) -> None:
    st.subheader("Ladder at a glance", anchor=False)
    table = []
    for rung in reversed(Rung):
        here = [r for r in rows if r["effective"] == rung.value]
        names = ", ".join(ladder_page.name_of(r) for r in here)
        table.append({"Rung": rung.value, "Versions": names or ":gray[nobody]"})
    st.table(table)


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
                f"{escaped(row['version'])} ends on {row['until'][:10]}"
            )
    if not said:
        theme.note("Nothing: no alert is open, and no grant ends within two days.")


def _stops(rows: list[dict[str, Any]]) -> None:
    policy = ladder.ladder_policy(resources.fleet())
    heard = next((row["heartbeat_at"] for row in rows if row["heartbeat_at"]), None)
    with st.container(border=True, gap="xsmall"):
        st.subheader("Stops", anchor=False)
        st.markdown(f"{theme.verdict('OK', 'armed')} **Kill switch** is checked before every send")
        word, state = ("OK", "alive") if heard else ("INSUFFICIENT", "not heard")
        seen = f"last heard {heard[:16].replace('T', ' ')}" if heard else "never heard yet"
        st.markdown(
            f"{theme.verdict(word, state)} **Monitor** {seen}; silent for "
            f"{policy.heartbeat_s // 60} min, every grant falls to {policy.fall_to}"
        )
