"""Small pictures as data addresses: grids cannot hold badges."""

from urllib.parse import quote

BARS = 3
LIGHT = {"high": "#A51C14", "medium": "#B96E00", "low": "#7F8790", "off": "#DFE2EA"}
DARK = {"high": "#FF7D70", "medium": "#E8AC45", "low": "#A2ABB6", "off": "#2C3443"}
FILLED = {"high": 3, "medium": 2, "low": 1}
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
    return address(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 34 32">{bars}</svg>')


def logo(*, dark: bool) -> str:
    """Return the logo: a rising line and its name in the page's own words beside it."""
    hue = "#A5B2FF" if dark else "#3A4FC4"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 28" fill="none">'
        f'<path d="{MARK}" stroke="{hue}" stroke-width="3" stroke-linecap="round" '
        'stroke-linejoin="round"/></svg>'
    )


def address(svg: str) -> str:
    """Return an SVG as a data address."""
    return "data:image/svg+xml," + quote(svg)
