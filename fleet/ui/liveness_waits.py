"""Who waits for whom as a drawing: boxes and arrows, a circular wait in red and in words."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.store.run_people import people_of_runs
from fleet.errors import FleetError
from fleet.liveness.waits import wait_cycles
from fleet.runtime.threads import cancel_thread
from fleet.ui import charts, resources, theme
from fleet.ui.run_words import graph_words, wait_words
from fleet.ui.untrusted import escaped, plain

PERSON, DAY = "a person", "a day to come"
WORDS = {"touch": "touches", "reply": "replies", "orchestrator": "plans"}
BOX = (0.92, 0.5)  # width and height, in units of the grid
STEP = 1.0  # between two rows of boxes
ROUND = 4  # boxes that have room on a circle
MOST = 12  # boxes that can be read
LABEL = 24
Edge = tuple[str, str, str]  # who, for whom, what is said on the arrow


def show_waits(rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw the waits of now, and offer to break a circular one."""
    st.subheader("Who waits for whom, now", anchor=False)
    if not rows:
        theme.note("○ Nobody waits.")
        return
    cycles = wait_cycles(targets(rows))
    edges = _edges(rows, cycles)
    draw(edges, cycles, key="waits")
    for cycle in cycles:
        _break(cycle, rows)
    if not cycles:
        theme.note(f"▲ {_sum(rows)}. No wait is circular: each ends with a person or a day.")
    oldest = min(rows, key=lambda row: str(row["started_at"]))
    who = people_of_runs(resources.fleet().store, [oldest["id"]]).get(oldest["id"])
    run = escaped(graph_words(oldest["graph"]), 24) + (f" for {escaped(who, 40)}" if who else "")
    since = oldest["started_at"][:16].replace("T", " ")
    what = escaped(wait_words(oldest["waits_for"]) or DAY, 60)
    theme.note(f"**{run}** waits longest, since {since}: {what}.")


def targets(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return `(run, run)` pairs where one run waits for another that waits too."""
    ids = {str(row["id"]) for row in rows}
    return [
        (str(row["id"]), str(row["waits_for"]))
        for row in rows
        if row["waits_for"] and str(row["waits_for"]) in ids
    ]


def _edges(rows: Sequence[Mapping[str, Any]], cycles: list[list[str]]) -> list[Edge]:
    """Draw runs of a cycle one by one, all others by graph and by what they wait for."""
    inside = {name for cycle in cycles for name in cycle}
    edges = [(who, whom, "") for who, whom in targets(rows) if who in inside]
    groups: Counter[tuple[str, str]] = Counter()
    for row in rows:
        whom = str(row["waits_for"] or "")
        if str(row["id"]) in inside:
            continue
        kind = whom if whom in inside else (PERSON if whom else DAY)
        groups[str(row["graph"]), kind] += 1
    for (graph, whom), count in sorted(groups.items(), key=lambda item: -item[1]):
        name = WORDS.get(graph, graph) if count > 1 else graph
        edges.append((f"{count:,} {name}", whom, "decision" if whom == PERSON else ""))
    return edges


def _sum(rows: Sequence[Mapping[str, Any]]) -> str:
    kinds = Counter(PERSON if row["waits_for"] else DAY for row in rows)
    return ", ".join(f"{n:,} wait for {what}" for what, n in kinds.items())


def _break(cycle: list[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Say the cycle in words; the run that began last has the least to lose."""
    began = {str(row["id"]): str(row["started_at"]) for row in rows}
    victim = max(cycle, key=lambda name: began.get(name, ""))
    walk = " → ".join(escaped(name, 40) for name in [*cycle, cycle[0]])
    st.markdown(f"{theme.verdict('DEADLOCK')} **{walk}**")
    theme.note(f"Breaking {escaped(victim, 40)} costs least: it began last.")
    if st.button(f"Break {plain(victim)[:40]}", type="primary", key=f"break:{victim}"):
        try:
            cancel_thread(resources.fleet(), victim, actor=resources.actor())
        except FleetError as error:
            st.toast(str(error))
        else:
            st.rerun()


def cycle_edges(cycle: Sequence[str]) -> list[Edge]:
    """Return the arrows of a finding's cycle, which names its first actor again at the end."""
    names = [plain(name) for name in cycle]
    return [(who, whom, "") for who, whom in itertools.pairwise(names)]


def draw(edges: Sequence[Edge], cycles: Sequence[Sequence[str]], *, key: str) -> None:
    """Draw boxes and arrows; what lies on a cycle is red."""
    inside = {name for cycle in cycles for name in cycle}
    names = list(dict.fromkeys(name for edge in edges for name in edge[:2]))[:MOST]
    places = layout(names, edges, cycles)
    shown = [edge for edge in edges if edge[0] in places and edge[1] in places]
    ink = charts.palette()
    figure = go.Figure()
    for who, whom, said in shown:
        hot = who in inside and whom in inside
        _arrow(figure, places[who], places[whom], said, ink.bad if hot else ink.faint, hot=hot)
    for name, (x, y) in places.items():
        _box(figure, name, x, y, ink.bad if name in inside else ink.faint, ink)
    xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
    rows = (max(ys) - min(ys)) / STEP + 1
    charts.styled(figure, height=int(40 + 74 * rows), left=4, right=4, top=6, bottom=6)
    figure.update_xaxes(
        visible=False, range=[min(xs) - BOX[0] / 2 - 0.05, max(xs) + BOX[0] / 2 + 0.05]
    )
    figure.update_yaxes(visible=False, range=[min(ys) - BOX[1], max(ys) + BOX[1]])
    alt = (
        f"{len(shown)} kinds of waits, {len(cycles)} of them circular"
        if cycles
        else (f"{len(shown)} kinds of waits, none of them circular")
    )
    charts.show(figure, key=key, alt=alt)


def layout(
    names: Sequence[str], edges: Iterable[Edge], cycles: Sequence[Sequence[str]]
) -> dict[str, tuple[float, float]]:
    """Place cycles as rings, below them who waits on the left and for whom on the right."""
    places: dict[str, tuple[float, float]] = {}
    top = 0.0
    for cycle in cycles:
        for name, (x, y) in zip(cycle, _ring(len(cycle)), strict=True):
            places.setdefault(name, (x, top + y))
        top = min(y for _, y in places.values()) - 1.5 * STEP
    waited = {whom for _, whom, _ in edges}
    rest = [name for name in names if name not in places]
    sides = [[n for n in rest if n not in waited], [n for n in rest if n in waited]]
    tall = max((len(side) for side in sides), default=0)
    for column, side in enumerate(sides):
        shift = (tall - len(side)) / 2
        for row, name in enumerate(side):
            places[name] = (1.9 * column, top - STEP * (row + shift))
    return places


def _ring(size: int) -> list[tuple[float, float]]:
    """Return places round a circle; of more boxes than fit, down one column and up another."""
    if size <= ROUND:
        turns = [math.pi / 2 - 2 * math.pi * number / size for number in range(size)]
        return [(0.95 + math.cos(turn), 0.75 * (math.sin(turn) - 1)) for turn in turns]
    down = (size + 1) // 2
    right = [(1.9, -STEP * number) for number in range(down)]
    return right + [(0.0, -STEP * number) for number in reversed(range(size - down))]


def _box(figure: go.Figure, name: str, x: float, y: float, line: str, ink: charts.Palette) -> None:
    width, height = BOX
    figure.add_shape(
        type="rect", x0=x - width / 2, x1=x + width / 2, y0=y - height / 2, y1=y + height / 2,
        line={"color": line, "width": 1.6 if line == ink.bad else 1.2}, fillcolor=ink.page,
    )  # fmt: skip
    figure.add_annotation(
        x=x, y=y, text=_short(name), showarrow=False, font={"color": ink.text, "size": 12}
    )


def _short(name: str) -> str:
    """Break a long name over two lines at a colon or a space."""
    text = plain(name)[: 2 * LABEL]
    if len(text) <= LABEL // 2:
        return text
    half = len(text) // 2
    cuts = [n + 1 for n, sign in enumerate(text) if sign in ": -"]
    cut = min(cuts, key=lambda n: abs(n - half), default=half)
    return f"{text[:cut].strip()}<br>{text[cut:].strip()}"


def _arrow(
    figure: go.Figure, start: tuple[float, float], end: tuple[float, float], said: str, colour: str,
    *, hot: bool,
) -> None:  # fmt: skip
    tail, head = _rim(start, end), _rim(end, start)
    figure.add_annotation(
        x=head[0], y=head[1], ax=tail[0], ay=tail[1], xref="x", yref="y", axref="x", ayref="y",
        text="", showarrow=True, arrowhead=2, arrowsize=1.1, arrowwidth=2.4 if hot else 1.3,
        arrowcolor=colour,
    )  # fmt: skip
    if said:
        figure.add_annotation(
            x=(head[0] + tail[0]) / 2, y=(head[1] + tail[1]) / 2, text=plain(said)[:LABEL],
            showarrow=False, yshift=9, font={"color": colour, "size": 11.5},
        )  # fmt: skip


def _rim(of: tuple[float, float], toward: tuple[float, float]) -> tuple[float, float]:
    """Return where the line to another box leaves this one."""
    dx, dy = toward[0] - of[0], toward[1] - of[1]
    reach = max(abs(dx) / (BOX[0] / 2), abs(dy) / (BOX[1] / 2), 1e-9)
    return of[0] + dx / reach, of[1] + dy / reach
