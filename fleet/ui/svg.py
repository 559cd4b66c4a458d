"""Small pictures as data addresses: grids cannot hold badges."""

from urllib.parse import quote

from fleet.ui.wordmark import LETTERS

BARS = 3
LIGHT = {"high": "#A51C14", "medium": "#B96E00", "low": "#7F8790", "off": "#DFE2EA"}
DARK = {"high": "#FF7D70", "medium": "#E8AC45", "low": "#A2ABB6", "off": "#2C3443"}
FILLED = {"high": 3, "medium": 2, "low": 1}
CHART_LIGHT = ("#EEF0F5", "#C9D0F5", "#3A4FC4")  # track, interval, mark
CHART_DARK = ("#1F2632", "#39457F", "#8FA0FF")
TRACK = 120
WIDE = 0.40  # an interval wider than this is little evidence: the dot is hollow
MARK = "M3 22 L11 14 L16 18 L27 6 M20 6 H27 V13"


def risk_bars(risk: str, *, dark: bool) -> str:
    """Return three bars, as many filled as the risk is high."""
    hues = DARK if dark else LIGHT
    filled = FILLED.get(risk, 0)
    bars = "".join(
        f'<rect x="{4 + 9 * i}" y="{21 - 7 * i}" width="7" height="{7 + 7 * i}" rx="1.5" '
        f'fill="{hues[risk] if i < filled else hues["off"]}"/>'
        for i in range(BARS)
    )
    return address(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -16 34 64">{bars}</svg>')


def logo(*, dark: bool) -> str:
    """Return the logo: a rising line, and the name beside it as outlines."""
    hue, ink = ("#A5B2FF", "#E6E9F0") if dark else ("#3A4FC4", "#10151A")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 140 28" fill="none">'
        f'<path d="{MARK}" stroke="{hue}" stroke-width="3" stroke-linecap="round" '
        f'stroke-linejoin="round"/><path d="{LETTERS}" fill="{ink}"/></svg>'
    )


def favicon() -> str:
    """Return the mark alone, as a data address: an icon by name would be fetched from afar."""
    return address(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 28" fill="none">'
        f'<path d="{MARK}" stroke="#3A4FC4" stroke-width="3"/></svg>'
    )


def range_bar(
    value: float, low: float | None, high: float | None, *, dark: bool, height: int = 16
) -> str:
    """Return a track from 0 to 1 with the interval and a mark at the value.

    A grid scales a picture to its row: one of 36 px shows `height` 24 about 180 px wide.
    """
    track, band, mark = CHART_DARK if dark else CHART_LIGHT
    at = [0.0 if x is None else min(1.0, max(0.0, x)) * TRACK for x in (low, high, value)]
    interval = (
        f'<rect x="{at[0]:.1f}" y="5" width="{max(1.0, at[1] - at[0]):.1f}" height="6" rx="3" '
        f'fill="{band}"/>'
        if low is not None and high is not None
        else ""
    )
    wide = low is not None and high is not None and high - low > WIDE
    dot = (
        f'<circle cx="{at[2]:.1f}" cy="8" r="4.5" fill="none" stroke="{mark}" stroke-width="2"/>'
        if wide
        else f'<circle cx="{at[2]:.1f}" cy="8" r="5" fill="{mark}"/>'
    )
    return address(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 {8 - height // 2} 132 {height}">'
        f'<rect x="0" y="5" width="{TRACK}" height="6" rx="3" fill="{track}"/>{interval}{dot}</svg>'
    )


def address(svg: str) -> str:
    """Return an SVG as a data address."""
    return "data:image/svg+xml," + quote(svg)
