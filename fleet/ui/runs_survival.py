"""What durability buys: of a thousand runs of ten steps, how many are still going after each."""

import random

import plotly.graph_objects as go
import streamlit as st

from fleet.durable.retry import DurablePolicy
from fleet.durable.survival import survival
from fleet.policy import section
from fleet.ui import charts, resources, theme

RUNS, STEPS, FAILING = 1_000, 10, 0.15
SEED = 85


def show() -> None:
    """Draw the two curves, by the retry policy in force."""
    with st.expander("What durability buys"):
        policy = section(resources.fleet().policies, "durable", DurablePolicy)
        tries = policy.attempts["transient"]
        rng = random.Random(SEED)
        bare = survival(RUNS, STEPS, FAILING, 1, rng)
        kept = survival(RUNS, STEPS, FAILING, tries, rng)
        ends = [round(shares[-1] * RUNS) for shares in (kept, bare)]
        alt = f"Of {RUNS:,} runs {ends[0]:,} finish, in a bare loop {ends[1]:,}"
        charts.show(figure(bare, kept), key="survival", alt=alt)
        theme.note(
            f"Simulated: {alt}. Each of the {STEPS} steps fails {FAILING:.0%} of the time; it is "
            f"tried up to {tries} times and goes on from its last checkpoint, a bare loop ends."
        )


def figure(bare: list[float], kept: list[float]) -> go.Figure:
    """Draw the shares by step, with the names at the ends of the lines."""
    ink = charts.palette()
    drawn = go.Figure()
    for shares, name, hue in ((kept, "durable", ink.data), (bare, "bare loop", ink.faint)):
        drawn.add_scatter(
            x=list(range(len(shares))), y=shares, mode="lines+markers",
            line={"color": hue, "width": 2, "shape": "hv"}, marker={"size": 5, "color": hue},
            hovertemplate="%{y:.0%} after step %{x}<extra></extra>",
        )  # fmt: skip
        drawn.add_annotation(
            x=len(shares) - 1, y=shares[-1], xshift=8, xanchor="left", showarrow=False,
            text=f"{name}<br>{shares[-1]:.0%}", align="left", font={"color": hue, "size": 12},
        )  # fmt: skip
    charts.styled(drawn, height=220, left=44, right=86)
    drawn.update_yaxes(range=[0, 1.08], tickformat=".0%", nticks=3)
    drawn.update_xaxes(tickvals=[0, STEPS // 2, STEPS], ticktext=["step 0", "5", "10"])
    return drawn
