"""A picture of many p values: in order, against the limit that grows with the rank."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from fleet.ui import charts, theme
from fleet.ui.drift_charts import CHART, p_text
from fleet.ui.evaluation_text import label

LEAST_P = 1e-6
NAMED = 6
STAGGER = 15  # pixels between names of points that stand beside each other
WIDEST = 30  # characters of the names that share a line
FLOOR = math.log10(LEAST_P) + 0.4
BESIDE = 0.4  # of a power of ten: their names would lie over each other


def multiplicity(rows: Sequence[tuple[str, float, str]], alpha: float) -> go.Figure:
    """Draw sorted raw p against the Benjamini-Hochberg line; only those under it are named."""
    ink, figure, n = charts.palette(), go.Figure(), len(rows)
    ranks = list(range(1, n + 1))
    figure.add_scatter(
        x=ranks, y=[alpha * rank / n for rank in ranks], mode="lines", hoverinfo="skip",
        line={"color": ink.text, "width": 1.3},
    )  # fmt: skip
    last = max(
        (r for r, row in zip(ranks, rows, strict=True) if row[1] <= alpha * r / n), default=0
    )
    named = rows[: min(last, NAMED)]
    lifts, words = _lifts([row[1] for row in named]), _names(named)
    for rank, (name, p, state) in zip(ranks, rows, strict=True):
        dot = {"symbol": "circle", "size": 7, "color": ink.faint}
        figure.add_scatter(
            x=[rank], y=[max(p, LEAST_P)], mode="markers", hoverinfo="text",
            hovertext=f"{label(name)}: p {p_text(p)}",
            marker=charts.verdict_mark(state) if state in theme.VERDICT_KIND else dot,
        )  # fmt: skip
        if rank <= len(lifts) and words[rank - 1]:
            figure.add_annotation(
                x=rank, y=_log(max(p, LEAST_P)), text=words[rank - 1],
                showarrow=False, xanchor="left", xshift=10, font={"color": ink.text},
                yshift=lifts[rank - 1],
            )  # fmt: skip
    charts.styled(figure, height=CHART, left=52, right=76, top=8)
    figure.add_annotation(
        x=1, xref="paper", xshift=4, y=_log(alpha), showarrow=False, xanchor="left", align="left",
        text=f"{100 * alpha:.0f} % limit,<br>corrected", font={"color": ink.text},
    )  # fmt: skip
    figure.update_yaxes(
        type="log", range=[_log(LEAST_P) - 0.3, 0.3], tickvals=[1, 0.1, 0.01, 0.001, 1e-4, 1e-6],
        ticktext=["1", "0.1", "0.01", "0.001", "0.0001", "≤ 1e−6"], showgrid=False,
    )  # fmt: skip
    figure.update_xaxes(
        range=[0.4, n + 0.6],
        tickvals=sorted({1, n}),
        ticktext=["smallest p", f"{n}th"][: min(n, 2)],
    )
    return figure


def _names(rows: Sequence[tuple[str, float, str]]) -> list[str]:
    """Return the words beside each point; those at the bottom share one line after the last."""
    words = [label(name.replace("_", " "), 20, 1) for name, _, _ in rows]
    low = [place for place, (_, p, _) in enumerate(rows) if _log(max(p, LEAST_P)) < FLOOR]
    if len(low) > 1:
        joined = ", ".join(rows[place][0].replace("_", " ") for place in low)
        for place in low:
            words[place] = label(joined, WIDEST, 1) if place == low[-1] else ""
    return words


def _lifts(values: Sequence[float]) -> list[int]:
    """Return by how many pixels the name of each p, smallest first, is moved off its neighbours.

    Names of points that lie side by side hang below them, the first one lowest.
    """
    places = [_log(max(p, LEAST_P)) for p in values]
    groups: list[list[float]] = []
    for place in places:
        if groups and place - groups[-1][-1] < BESIDE:
            groups[-1].append(place)
        else:
            groups.append([place])
    lifts: list[int] = []
    for group in groups:
        n = len(group)
        low = n == 1 or group[0] <= _log(LEAST_P)
        lifts += [0] * n if low else [-STAGGER * (n - at) for at in range(n)]
    return lifts


def _log(value: float) -> float:
    return math.log10(value)
