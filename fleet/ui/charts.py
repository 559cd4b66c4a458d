"""One look for every chart: tokens of both themes, the four verdict marks, one base figure.

Charts carry no legend box, axis title, mode bar or grid but row rules; names stand at the line.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.ui import theme

LABELS = ("text", "hovertext", "x", "y", "name", "labels", "texttemplate")
MARKUP = re.compile(r"<(?!br>)")
CONFIG = {"displayModeBar": False, "scrollZoom": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one theme; verdict hues are for verdicts only, `data` is everything measured."""

    text: str
    mute: str
    faint: str
    grid: str
    track: str
    interval: str
    mark: str
    data: str
    band: str
    reference: str
    stop: str
    good: str
    hold: str
    bad: str
    thin: str
    page: str
    rungs: tuple[str, ...]
    risk: Mapping[str, str]


LIGHT = Palette(
    text="#10151A", mute="#59616B", faint="#7F8790", grid="#E8E9E6", track="#EEF0F5",
    interval="#C9D0F5", mark="#3A4FC4", data="#3A4FC4", band="rgba(58,79,196,0.16)",
    reference="rgba(98,107,118,0.18)", stop="rgba(165,28,20,0.08)", good="#0A7566",
    hold="#B96E00", bad="#A51C14", thin="#626B76", page="#FFFFFF",
    rungs=("#DCE6F3", "#B4CBE6", "#7FA6D3", "#3F72AE", "#1F4E8C"),
    risk=MappingProxyType({"high": "#A51C14", "medium": "#B96E00", "low": "#7F8790"}),
)  # fmt: skip
DARK = Palette(
    text="#E6E9F0", mute="#A2ABB6", faint="#7C8692", grid="#252B33", track="#1F2632",
    interval="#39457F", mark="#A5B2FF", data="#A5B2FF", band="rgba(165,178,255,0.20)",
    reference="rgba(162,171,182,0.20)", stop="rgba(255,125,112,0.13)", good="#45C7B0",
    hold="#E8AC45", bad="#FF7D70", thin="#A2ABB6", page="#0E1219",
    rungs=("#22344C", "#34547E", "#4672AB", "#79A5DE", "#B3D0F5"),
    risk=MappingProxyType({"high": "#FF7D70", "medium": "#E8AC45", "low": "#A2ABB6"}),
)  # fmt: skip


def palette() -> Palette:
    """Return the tokens of the theme that the browser shows."""
    return DARK if theme.is_dark() else LIGHT


def verdict_mark(word: str) -> dict[str, Any]:
    """Return plotly marker properties of a verdict: shape and colour together."""
    ink, kind = palette(), theme.VERDICT_KIND.get(word, "thin")
    colour = {"good": ink.good, "hold": ink.hold, "bad": ink.bad, "thin": ink.thin}[kind]
    shape = {
        "good": "triangle-up", "hold": "diamond", "bad": "triangle-down", "thin": "circle-open",
    }[kind]  # fmt: skip
    return {"symbol": shape, "color": colour, "size": 11}


def styled(
    figure: go.Figure, *, height: int, left: int = 40, right: int = 12, top: int = 18,
    bottom: int = 26,
) -> go.Figure:  # fmt: skip
    """Give a figure the one look; margins are set by hand."""
    ink = palette()
    figure.update_layout(
        height=height, margin={"l": left, "r": right, "t": top, "b": bottom},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", showlegend=False,
        font={"family": "Source Sans, sans-serif", "size": 12.5, "color": ink.mute},
        hoverlabel={"bgcolor": ink.page, "font": {"color": ink.text}},
    )  # fmt: skip
    axis = {"zeroline": False, "fixedrange": True, "automargin": False, "tickangle": 0}
    figure.update_xaxes(**axis, showgrid=False)
    figure.update_yaxes(**axis, gridcolor=ink.grid)
    return figure


def annotate(figure: go.Figure, notes: Sequence[Mapping[str, Any]]) -> None:
    """Add annotations all at once: one by one, each is checked against all before it."""
    plain = [{"showarrow": False, **note} for note in notes]
    figure.update_layout(annotations=[*figure.layout.annotations, *plain])


def show(figure: go.Figure, *, key: str, alt: str, clicked: bool = False) -> list[Any]:
    """Draw a figure; `alt` says its finding in one sentence.

    With `clicked` a point can be clicked; what it carries as `customdata` is returned.

    A chart reads links and markup in any label, so that all but a line break is made plain here.
    """
    for trace in figure.data:
        for name in LABELS:
            value = getattr(trace, name, None)
            if isinstance(value, str) or _is_words(value):
                setattr(trace, name, _plain(value))
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        if axis.ticktext is not None:
            axis.ticktext = _plain(list(axis.ticktext))
        if axis.categoryarray is not None and _is_words(axis.categoryarray):
            axis.categoryarray = _plain(list(axis.categoryarray))
    notes = [note.to_plotly_json() for note in figure.layout.annotations]
    if notes:
        figure.layout.annotations = [
            {**note, "text": _plain(note.get("text") or "")} for note in notes
        ]
    if not clicked:
        st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=_plain(alt))
        return []
    figure.update_layout(clickmode="event+select")
    picked = st.plotly_chart(
        figure, theme=None, config=CONFIG, key=key, alt=_plain(alt), on_select="rerun",
        selection_mode="points",
    )  # fmt: skip
    return [point.get("customdata") for point in picked["selection"]["points"]]


def _is_words(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(item, str) for item in value)


def _plain(value: Any) -> Any:
    """Replace what would begin markup or mathematics in a label."""
    if isinstance(value, str):
        return MARKUP.sub("‹", value).replace("$", "＄")
    return [_plain(item) if isinstance(item, str) else item for item in value]
