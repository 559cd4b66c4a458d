"""How often this gate would be wrong, and how soon it is right: simulated, and shown with n."""

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from fleet.policy import section
from fleet.release_gate.operating import Power, Risk, false_promotes, power
from fleet.release_gate.policy import GatePolicy
from fleet.stats.intervals import wilson
from fleet.ui import charts, theme

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

SEED, LOOKS = 7, 1_000
HISTORIES = 1_000
GOOD = 0.95
RATES = (0.85, 0.90, GOOD, 0.99)
STEPS = (10, 20, 30, 40, 50, 70, 100, 150, 200, 300, 500, 700, 1_000)
DIMENSION = "task_success"


def show(fleet: "Fleet") -> None:
    """Draw the risk of a false PROMOTE and the power curves of the shipped policy's bar."""
    policy = section(fleet.policies, "release_gate", GatePolicy)
    rule = policy.dimensions.get(DIMENSION)
    if rule is None:
        return
    with st.expander("How often this gate is wrong, and how soon it is right"):
        risks, curves = _simulated(
            rule.promote_bar, policy.alpha, sum(r.required for r in policy.dimensions.values()),
            rule.max_regression or 0.05,
        )  # fmt: skip
        left, right = st.columns([1, 1.2], gap="medium")
        with left:
            st.table([_row(risk) for risk in risks])
            theme.note(
                f"Rates exactly at the bar, differences exactly at the margin, a look after each "
                f"of {LOOKS:,} verdicts, {HISTORIES:,} simulated histories each; at most "
                f"{policy.alpha:.0%} may be promoted. `make bench` runs 10,000."
            )
        with right:
            _curves(curves, rule.promote_bar)


@st.cache_data(show_spinner="Simulating")
def _simulated(
    bar: float, alpha: float, dimensions: int, margin: float
) -> tuple[list[Risk], list[Power]]:
    rng = np.random.default_rng(SEED)
    risks = [
        false_promotes(
            rng, histories=HISTORIES, looks=LOOKS, dimensions=count, bar=bar, alpha=alpha,
            margin=paired,
        )
        for paired in (None, margin)
        for count in (1, dimensions)
    ]  # fmt: skip
    curves = [
        power(rng, rate=rate, bar=bar, alpha=alpha, histories=HISTORIES, looks=LOOKS, shown=STEPS)
        for rate in RATES
        if rate > bar
    ]
    return risks, curves


def _row(risk: Risk) -> dict[str, str]:
    low, high = wilson(risk.wrong, risk.histories)
    what = "1 dimension" if risk.dimensions == 1 else f"all {risk.dimensions} dimensions"
    return {
        "Judged on": what + (", with a champion" if risk.is_paired else ""),
        "False PROMOTE": f"{risk.wrong} in {risk.histories:,}",
        "95 % interval": f"{low:.1%} – {high:.1%}",
    }


def _curves(curves: list[Power], bar: float) -> None:
    ink, figure = charts.palette(), go.Figure()
    for curve in curves:
        runs, shares = zip(*curve.shares, strict=True)
        figure.add_scatter(
            x=runs, y=shares, mode="lines", line={"color": ink.data, "width": 2}, hoverinfo="text",
            hovertext=[f"true {curve.rate:.2f}: {s:.0%} after {n} runs" for n, s in curve.shares],
        )  # fmt: skip
        half = next((n for n, share in curve.shares if share >= 0.5), runs[-1])  # noqa: PLR2004  # the median
        figure.add_annotation(
            x=np.log10(half), y=0.5, text=f"{curve.rate:.2f}", showarrow=False, xshift=-18,
            yshift=9, font={"color": ink.text, "size": 12},
        )  # fmt: skip
    charts.styled(figure, height=230, left=44, right=20, top=26)
    words = ["10", "30", "100", "300", "1,000 runs"]
    figure.update_xaxes(type="log", tickvals=[10, 30, 100, 300, 1000], ticktext=words)
    figure.update_yaxes(range=[0, 1.03], tickvals=[0, 0.5, 1], ticktext=["0", "half", "all"])
    known = next((c for c in curves if c.rate == GOOD), None)
    st.markdown(f"**Promoted by n runs, at a true rate over the bar {bar:g}**")
    charts.show(
        figure, key="power", alt="Share of versions promoted by number of runs and true rate"
    )
    if known and known.median and known.told:
        theme.note(
            f"At a true {GOOD} half are promoted after {known.median} runs; Wald's test that was "
            f"told the rate takes {known.told} ({known.ratio:.2f} times)."
        )
