"""The board of defects: a row a code, a block of weeks a version, and each detector's precision."""

from collections.abc import Sequence
from datetime import date

import plotly.graph_objects as go

from fleet.runtime.defects_view import NO_VERSION, Board, Cell, Pair, dimension_of, precision_of
from fleet.ui import charts
from fleet.ui.evaluation_text import label

ROW, LEFT, NARROW_LEFT = 27, 176, 138
PANEL = 0.80  # share of the width that the weeks take; the rest is the precision
SEVERITY = {"minor": None, "major": "WATCH", "critical": "FAIL"}
ASIDE, WIDTH, NARROW_WIDTH = 5.8, 655, 205  # pixels: a mark from its cell's middle, and all weeks
NO_TIME = "no time"
NARROWEST = 5.6  # columns: with fewer, a cell and its mark would stand far apart
FULL = 0.5  # a share of runs from which on a cell is not drawn any darker


def rows_of(codes: Sequence[str]) -> list[tuple[str, bool]]:
    """Return the rows of the board from the top: (words, whether they head a dimension)."""
    rows: list[tuple[str, bool]] = []
    for place, code in enumerate(codes):
        if place == 0 or dimension_of(code) != dimension_of(codes[place - 1]):
            rows.append((dimension_of(code), True))
        rows.append((code, False))
    return rows


def board(found: Board, pairs: Sequence[Pair], *, narrow: bool) -> go.Figure:
    """Draw how many runs have a code in a week; a darker cell is a larger share of the runs."""
    ink, figure, rows = charts.palette(), go.Figure(), rows_of(found.codes)
    at = {words: y for y, (words, heads) in enumerate(rows) if not heads}
    column = {
        (pair, week): block * (len(found.weeks) + 0.6) + place
        for block, pair in enumerate(pairs) for place, week in enumerate(found.weeks)
    }  # fmt: skip
    cells = [cell for cell in found.cells if cell.pair in pairs]
    _quiet(figure, found, pairs, column, at, ink.faint)
    last = max(NARROWEST, *column.values()) + 0.7
    _cells(figure, cells, column, at, ASIDE * (last + 0.7) / (NARROW_WIDTH if narrow else WIDTH))
    left = NARROW_LEFT if narrow else LEFT
    charts.styled(figure, height=84 + ROW * len(rows), left=left, right=14, top=46)
    for y, (words, heads) in enumerate(rows):
        if heads:
            _write(figure, 0, y, words, ink.mute, xref="paper", xshift=6 - left, xanchor="left")
    _heads(figure, found, pairs, column, narrow=narrow)
    figure.update_yaxes(
        tickmode="array", tickvals=list(at.values()), range=[len(rows) - 0.5, -0.5],
        tickfont={"color": ink.text}, ticklabelstandoff=5, showgrid=False,
        ticktext=[label(code.replace("_", " "), 19 if narrow else 24, 1) for code in at],
    )  # fmt: skip
    figure.update_layout(
        xaxis={"range": [-0.7, last],
               "domain": [0, 1 if narrow else PANEL]},
    )  # fmt: skip
    if not narrow:
        _precision(figure, found.codes, at)
    return figure


def _cells(
    figure: go.Figure, cells: Sequence[Cell], column: dict[tuple[Pair, str], float],
    at: dict[str, int], beside: float,
) -> None:  # fmt: skip
    """A square a cell, with the mark of its severity and its runs at both sides of the middle."""
    ink = charts.palette()
    figure.add_scatter(
        x=[column[cell.pair, cell.week] for cell in cells], y=[at[cell.code] for cell in cells],
        mode="markers", cliponaxis=False, hoverinfo="text",
        marker={
            "symbol": "square", "size": 23, "color": ink.data, "line": {"width": 0},
            "opacity": [0.08 + 0.24 * min(1, cell.hit / cell.runs / FULL) for cell in cells],
        },
        hovertext=[
            f"{cell.code.replace('_', ' ')}, {cell.severity}, {_week(cell.week)}: "
            f"{cell.hit} of {cell.runs} runs ({100 * cell.hit / cell.runs:.0f} %)"
            for cell in cells
        ],
    )  # fmt: skip
    for severity, word in SEVERITY.items():
        aside = 0.0 if word is None else beside
        own = [cell for cell in cells if cell.severity == severity]
        if word is not None:
            figure.add_scatter(
                x=[column[cell.pair, cell.week] - aside for cell in own], mode="markers",
                y=[at[cell.code] for cell in own], hoverinfo="skip", cliponaxis=False,
                marker=charts.verdict_mark(word) | {"size": 7},
            )  # fmt: skip
        figure.add_scatter(
            x=[column[cell.pair, cell.week] + aside for cell in own], mode="text",
            y=[at[cell.code] for cell in own], text=[f"{cell.hit}" for cell in own],
            textfont={"color": ink.text, "size": 12}, hoverinfo="skip", cliponaxis=False,
        )  # fmt: skip


def _quiet(
    figure: go.Figure, found: Board, pairs: Sequence[Pair],
    column: dict[tuple[Pair, str], float], at: dict[str, int], hue: str,
) -> None:  # fmt: skip
    """A dot where a version ran in a week without that defect; nothing where it did not run."""
    hit = {(cell.code, cell.pair, cell.week) for cell in found.cells}
    spots = [
        (column[pair, week], y)
        for (pair, week), runs in found.runs.items() if pair in pairs and (pair, week) in column
        for code, y in at.items() if runs and (code, pair, week) not in hit
    ]  # fmt: skip
    figure.add_scatter(
        x=[x for x, _ in spots], y=[y for _, y in spots], mode="markers", hoverinfo="skip",
        marker={"symbol": "circle", "size": 4, "color": hue},
    )  # fmt: skip


def _heads(
    figure: go.Figure, found: Board, pairs: Sequence[Pair],
    column: dict[tuple[Pair, str], float], *, narrow: bool,
) -> None:  # fmt: skip
    ink, ends = charts.palette(), (found.weeks[0], found.weeks[-1])
    for pair in pairs:
        runs = sum(found.runs.get((pair, week), 0) for week in found.weeks)
        start = column[pair, found.weeks[0]] - 0.4
        nameless = pair[1] == NO_VERSION
        name = pair[1] if pair[1].startswith(pair[0]) else " ".join(pair)
        words = f"{label(pair[0] if nameless else name, 20, 1)}<br>{runs:,} runs"
        words += f", {NO_VERSION}" * nameless
        _write(
            figure, start, 1, words, ink.text, yref="paper", xanchor="left", yanchor="bottom",
            yshift=4, align="left",
        )  # fmt: skip
    figure.update_xaxes(
        tickmode="array", tickvals=[column[pair, week] for pair in pairs for week in ends],
        ticktext=[day(week) for _ in pairs for week in ends],
    )  # fmt: skip
    if not narrow:
        _write(
            figure, PANEL + 0.04, 1, "detector's precision,<br>on seeded faults", ink.mute,
            xref="paper", yref="paper", xanchor="left", yanchor="bottom", yshift=4, align="left",
        )  # fmt: skip


def _precision(figure: go.Figure, codes: Sequence[str], at: dict[str, int]) -> None:
    ink = charts.palette()
    known = [(at[c], p) for c in codes if (p := precision_of(c)) and p["value"] is not None]
    figure.add_scatter(
        x=[p["value"] for _, p in known], y=[y for y, _ in known], mode="markers", xaxis="x2",
        marker={"size": 8, "color": ink.data}, hoverinfo="text", cliponaxis=False,
        hovertext=[f"{p['value']:.2f} ({p['low']:.2f} – {p['high']:.2f}), n = {p['n']}"
                   for _, p in known],
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": ink.data,
            "array": [p["high"] - p["value"] for _, p in known],
            "arrayminus": [p["value"] - p["low"] for _, p in known],
        },
    )  # fmt: skip
    least = min((p["low"] for _, p in known), default=0.0)
    start = 0.5 if least >= 0.5 else 0.0  # noqa: PLR2004 - half the scale, or all of it
    figure.update_layout(
        xaxis2={
            "domain": [PANEL + 0.05, 0.985], "range": [start - 0.02, 1.02], "zeroline": False,
            "tickvals": [start, 1], "showgrid": False, "fixedrange": True, "tickangle": 0,
            "anchor": "y",
        }
    )  # fmt: skip


def _write(figure: go.Figure, x: float, y: float, words: str, hue: str, **more: object) -> None:
    figure.add_annotation(
        x=x, y=y, text=words, showarrow=False, font={"color": hue, "size": 12}, **more
    )


def _week(week: str) -> str:
    return f"week of {day(week)}" if week else NO_TIME


def day(at: str | None) -> str:
    """Write a day as `18 Nov`; the one that is not known says so."""
    return NO_TIME if not at else f"{date.fromisoformat(at[:10]):%-d %b}"
