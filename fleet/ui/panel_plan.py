"""The plan on a calendar against the default drip, as a table, and what it was decided against."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.campaign_panel.outcomes import TouchOutcome, score_dissent
from fleet.ui import charts, device, theme
from fleet.ui.untrusted import escaped, plain

WEEK, SATURDAY, LABEL = 7, 5, 36
LEFT, LEFT_PHONE = 8, 70  # pixels of a letter of a row's name, and of its first word on a phone
NOON = time(12)  # a mark stands in the middle of its day
LATE = 0.7  # of the horizon; from here a label grows to the left
SYMBOLS = {"email": "circle", "call": "square", "phone": "square"}
Row = tuple[str, Sequence[Mapping[str, Any]], bool]


def monday_after(today: date) -> date:
    """Return day 0 of a plan that is adopted today: the next Monday."""
    return today + timedelta(days=WEEK - today.weekday())


def calendar(rows: Sequence[Row], start: date, horizon: int) -> None:
    """Draw plans under each other on one time axis, weekends shaded."""
    said = ", ".join(f"{name} {len(touches)} touches" for name, touches, _ in rows)
    charts.show(_figure(rows, start, horizon), key="panel calendar", alt=f"On one calendar: {said}")


def table(touches: Sequence[Mapping[str, Any]], start: date) -> None:
    """Draw the touches; it is the calendar's text as well."""
    rows = [
        {
            "Touch": str(touch["index"]),
            "Day": f"{touch['day_offset']} · {_day(start, touch['day_offset'])}",
            "Channel": escaped(touch["channel"], 30),
            "Angle": escaped(touch["angle"], 200),
            "Goal": escaped(touch["goal"], 120),
            "Rests on": ", ".join(escaped(item, 60) for item in touch["evidence"]) or "no fact",
        }
        for touch in touches
    ]
    st.table([_narrow(row) for row in rows] if device.is_phone() else rows)


def beside(
    plans: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], start: date
) -> None:  # fmt: skip
    """Draw plans side by side, each with its days and angles."""
    for (name, touches), place in zip(plans, st.columns(len(plans), gap="small"), strict=True):
        with place:
            st.markdown(f"**{escaped(name, 60)}**, {len(touches)} touches")
            st.table(
                [
                    {
                        "Day": f"{touch['day_offset']} · {_day(start, touch['day_offset'])}",
                        "Angle": escaped(touch["angle"], 160),
                    }
                    for touch in touches
                ]
            )


def _narrow(row: Mapping[str, str]) -> dict[str, str]:
    """Return a touch in two columns, for a phone."""
    why = f"{row['Goal']}. Rests on {row['Rests on']}"
    return {
        "Touch": f"{row['Touch']}, day {row['Day']}, {row['Channel']}",
        "Angle and goal": f"{row['Angle']}  \n:small[:gray[{why}]]",
    }


def ledger(
    dissent: Sequence[Mapping[str, Any]], titles: Mapping[str, str],
    outcomes: Sequence[TouchOutcome],
) -> None:  # fmt: skip
    """Draw the minority views that stay on the plan until outcomes judge them."""
    st.subheader("Dissent kept", anchor=False)
    if not dissent:
        theme.note("No doubt is left on this plan.")
        return
    st.table(
        [
            {
                "Who": escaped(titles.get(item["lens"], item["lens"]), 40),
                "View": escaped(item["view"], 300),
                "Asked for": escaped(item["asked"], 80),
                "Touches at issue": ", ".join(str(index) for index in item["touches"]) or "none",
                "Borne out?": _verdict(score_dissent(item, outcomes)),
            }
            for item in dissent
        ]
    )


def changes(found: Sequence[Mapping[str, Any]]) -> None:
    """Draw what moved between two plans."""
    if not found:
        theme.note("It changes nothing: the plan stands as it is.")
        return
    st.table(
        [
            {
                "What": escaped(item["what"], 40),
                "Touch": "all" if item["touch"] is None else str(item["touch"]),
                "Before": escaped(_said(item["before"]), 160),
                "After": escaped(_said(item["after"]), 160),
            }
            for item in found
        ]
    )


def _figure(rows: Sequence[Row], start: date, horizon: int) -> go.Figure:
    ink = charts.palette()
    figure = go.Figure()
    names = [name for name, _, _ in rows]
    for row, (_, touches, filled) in enumerate(rows):
        level = len(rows) - 1 - row
        x = [start + timedelta(days=touch["day_offset"]) for touch in touches]
        figure.add_scatter(
            x=x, y=[level] * len(x), mode="lines", line={"color": ink.grid, "width": 1},
            hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=x, y=[level] * len(x), mode="markers+text",
            text=[str(touch["index"]) for touch in touches], textposition="middle center",
            textfont={"size": 12, "color": ink.page if filled else ink.mute},
            marker={
                "symbol": [SYMBOLS.get(t["channel"].strip().lower(), "diamond") for t in touches],
                "size": 22, "color": ink.mark if filled else ink.page,
                "line": {"width": 1.5, "color": ink.mark if filled else ink.faint},
            },
            hovertext=[_hover(touch, start) for touch in touches], hoverinfo="text",
            cliponaxis=False,
        )  # fmt: skip
        if row == 0 and not device.is_phone():  # there the table below says them
            _labels(figure, touches, start, level, ink.text, horizon)
    _weekends(figure, start, horizon, ink.track)
    phone = device.is_phone()
    left = LEFT_PHONE if phone else LEFT * max(1, *(len(name) for name in names))
    charts.styled(figure, height=110 + 62 * len(rows), left=left, right=24, top=26, bottom=26)
    figure.update_xaxes(
        range=[
            start - timedelta(days=3 if phone else 1), start + timedelta(days=max(horizon, WEEK)),
        ],
        dtick=WEEK * 86_400_000, tick0=start, tickformat="%d %b" if phone else "%a %d %b",
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(rows))), showgrid=False,
        ticktext=[name.split()[0] if phone else name for name in names[::-1]],
        range=[-0.6, len(rows) - 0.3],
    )  # fmt: skip
    return figure


def _labels(
    figure: go.Figure,
    touches: Sequence[Mapping[str, Any]],
    start: date,
    level: int,
    ink: str,
    horizon: int,
) -> None:
    for place, touch in enumerate(touches):
        side = "left" if touch["day_offset"] <= horizon * LATE else "right"
        phrase = plain(touch["angle"]).split(":", 1)[0].split(",", 1)[0]
        phrase = phrase.replace("<", " ").replace("&", "+")
        figure.add_annotation(
            x=start + timedelta(days=touch["day_offset"]), y=level, text=_cut(phrase),
            showarrow=False, yshift=24 if place % 2 == 0 else -24, xanchor=side,
            xshift=-10 if side == "left" else 10,
            font={"size": 12, "color": ink},
        )  # fmt: skip


def _cut(phrase: str) -> str:
    """Return a label that ends with a whole word."""
    if len(phrase) <= LABEL:
        return phrase
    return phrase[:LABEL].rsplit(" ", 1)[0] + " …"


def _weekends(figure: go.Figure, start: date, horizon: int, fill: str) -> None:
    friday = datetime.combine(start, NOON) - timedelta(days=1)
    for offset in range(SATURDAY, min(horizon, WEEK * 53), WEEK):
        figure.add_vrect(
            x0=friday + timedelta(days=offset), x1=friday + timedelta(days=offset + 2),
            fillcolor=fill, line_width=0, layer="below",
        )  # fmt: skip


def _hover(touch: Mapping[str, Any], start: date) -> str:
    angle = plain(touch["angle"]).replace("<", "‹").replace("&", "+")
    return f"{_day(start, touch['day_offset'])}, {plain(touch['channel'])}: {angle}"


def _day(start: date, offset: int) -> str:
    day = start + timedelta(days=offset)
    return f"{day:%a} {day.day} {day:%b}"


def _verdict(score: Mapping[str, Any]) -> str:
    """Return what the sends say of a dissent: shape and word, with both rates and counts."""
    word = {
        "BORNE_OUT": "▲ borne out", "REFUTED": "▼ refuted", "OPEN": "◆ open",
        "INSUFFICIENT": "○ too few sends",
    }[score["state"]]  # fmt: skip
    here, there = score["reply_rate"], score["others_reply_rate"]
    rates = ", ".join(
        f"{rate:.2f} of {n}" for rate, n in ((here, score["n"]), (there, score["others_n"]))
        if rate is not None
    )  # fmt: skip
    return f"{word} ({rates})" if rates else word


def _said(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return str(value)
