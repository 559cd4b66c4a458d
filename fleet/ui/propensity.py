"""The model card: which model gives the chances, how it ranks, whether it keeps its word."""

from typing import Any

import streamlit as st

from fleet.adapters.store.lead_outcomes import count_outcomes
from fleet.policy import section
from fleet.propensity.policy import PropensityPolicy
from fleet.runtime.model_cards import ModelCard, find_models, read_card
from fleet.ui import (
    charts,
    device,
    propensity_charts,
    propensity_parts,
    propensity_since,
    resources,
    theme,
)
from fleet.ui import propensity_report as said
from fleet.ui.own_command import run_command
from fleet.ui.untrusted import escaped, plain

BASE = "base rate"
ALL = "All judged rows"
SERVING = {
    "boosting": "A boosting model", "logistic": "A logistic model", "rules": "A rule over a column",
    "llm": "The language model",
}  # fmt: skip


def show() -> None:
    """Draw the page."""
    fleet = resources.fleet()
    names = find_models(fleet)
    title, which = st.columns([2.2, 1], vertical_alignment="center")
    with which:
        name = _choose(names) if names else None
    card = read_card(fleet, name) if name else None
    with title:
        st.title(_title(card, name))
    if card is None:
        _empty(name)
        if found := propensity_since.read(fleet):
            propensity_since.draw(fleet, found)
        return
    if card.report is None:
        theme.note(
            "○ Its report is missing, or belongs to another model: `fleet propensity fit` writes "
            "both anew, and scoring leads again renews the one of this store."
        )
        _score_again()
        return
    _card(card, card.report)


def _choose(names: list[str]) -> str:
    asked = st.query_params.get("model", "")
    chosen = st.selectbox(
        "Model", names, index=names.index(asked) if asked in names else 0, key="propensity.model",
        format_func=lambda name: plain(name)[:60], label_visibility="collapsed",
    )  # fmt: skip
    st.query_params["model"] = chosen
    return chosen


def _title(card: ModelCard | None, name: str | None) -> str:
    if card is None:
        return "This model cannot be read" if name else "No model is trained yet"
    report = card.report
    if report is None:
        return "A model without its report"
    found, rate = said.number(report, "auc"), said.number(report, "base_rate")
    if report.get("chosen") == BASE:
        return "No usable signal: the base rate is the answer" + (
            "" if rate is None else f", {rate:.2f}"
        )
    what = SERVING.get(str(report.get("chosen")), "A trained model")
    does = "serves" if card.serves else "was chosen"
    return f"{what} {does}" + ("" if found is None else f", AUC {found:.2f}")


def _empty(name: str | None) -> None:
    if name:
        theme.note(f"○ {escaped(name, 80)} holds no model that can be read: fit it anew.")
        return
    theme.note(
        "A model is trained on the closed deals in the store, as soon as there are enough of both "
        "kinds. Until then leads are ranked by their evidence: that is no rate."
    )
    theme.note(_not_yet())
    theme.note(
        "`fleet propensity fit FILE.csv --label COLUMN --model DIR` learns from a file of your "
        "own; a DIR in this home is listed here."
    )
    _score_again("Train on closed deals", primary=True)


def _not_yet() -> str:
    """Say how many of the labels that a model needs are there."""
    fleet = resources.fleet()
    least = section(fleet.policies, "propensity", PropensityPolicy).min_rows
    closed, won = count_outcomes(fleet.store)
    if closed < least:
        return f"○ Not yet: {closed:,} of {least:,} closed deals, {won:,} of them won."
    return f"○ {closed:,} closed deals, {won:,} of them won: at least {least:,} are needed."


def _score_again(words: str = "Score leads again", *, primary: bool = False) -> None:
    if not st.button(
        words, type="primary" if primary else "secondary", icon=":material/query_stats:"
    ):
        return
    with st.spinner("Learning from closed deals, scoring open ones"):
        problem = run_command("run", "recommend")
    if problem:
        st.toast(escaped(problem))
        return
    if not find_models(resources.fleet()):
        theme.note("○ There are too few closed deals to learn from.")
        return
    st.rerun()


def _card(card: ModelCard, report: dict[str, Any]) -> None:
    fleet = resources.fleet()
    since = propensity_since.read(fleet) if card.serves else {}
    _facts(card, report, since)
    propensity_parts.tiles(report)
    left, middle, right = st.columns([1, 1, 1.35], gap="medium")
    with left:
        _reliability(report)
    with middle:
        _lift(report)
    with right:
        _candidates(report)
    if card.serves:
        propensity_since.draw(fleet, since)
        if propensity_since.is_off(since):
            _score_again()
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        propensity_parts.refused(report)
    with right:
        propensity_parts.segments(report)
    propensity_parts.learned(card)


def _facts(card: ModelCard, report: dict[str, Any], given: propensity_since.Found) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        if report.get("chosen") == BASE:
            theme.badge(theme.METHODS["rules"], f"Base rate, {escaped(card.form['version'], 7)}")
        elif report.get("chosen") == "rules":
            theme.badge(theme.METHODS["rules"], f"Rule, {escaped(card.form['version'], 7)}")
        else:
            theme.badge(theme.METHODS["trained"], f"Trained, {escaped(card.form['version'], 7)}")
        if card.serves:
            theme.badge(theme.SUPPORTED, "Scores the leads of this store")
        else:
            st.badge("A directory of this home: scores no lead", color="gray")
        moved = propensity_parts.shift_words(report)
        if moved:
            st.badge("The base rate moved", color="orange", icon=":material/trending_up:")
        propensity_since.badge(given)
    parts = []
    at, rows, deals = (
        said.text(report, "trained_at"), said.number(report, "rows"), said.number(report, "deals"),
    )  # fmt: skip
    if rows is not None:
        of = f" of {deals:,.0f} closed deals" if deals is not None else ""
        if played := said.number(report, "simulated"):
            of += f", {played:,.0f} of them by simulated outcomes"
        parts.append(f"Trained{f' {_day(at)}' if at else ''} on {rows:,.0f} rows{of}")
    judged, n = said.text(report, "judged_on"), said.number(report, "judged_rows")
    if judged and n is not None:
        since = said.text(report, "judged_from")
        parts.append(
            f"judged {'on the ' if judged.startswith('later') else ''}{escaped(judged, 40)}, "
            f"n = {n:,.0f}{f', from {escaped(since, 10)}' if since else ''}"
        )
    note = said.text(report, "note")
    theme.note(" · ".join(parts + ([escaped(note, 120)] if note else [])))
    if moved:
        theme.note(moved)


def _day(at: str) -> str:
    return escaped(at[:16].replace("T", " "), 20)


def _reliability(report: dict[str, Any]) -> None:
    st.subheader("Does it keep its word?", anchor=False)
    bins = said.bins_of(report)
    parts = {
        f"{column}: {row['name']}, n = {row['n']:,}": row["bins"]
        for column, rows in said.segments_of(report).items()
        for row in rows
        if row["bins"]
    }
    bins = parts.get(st.session_state.get("propensity.whom", ALL), bins)
    if not bins:
        theme.note("○ No reliability bins were kept.")
        return
    inside = sum(each["low"] <= each["chance"] <= each["high"] for each in bins)
    charts.show(
        propensity_charts.reliability(bins), key="propensity.reliability",
        alt=f"In {inside} of {len(bins)} bins the chance lies inside what came true",
    )  # fmt: skip
    sizes = [each["n"] for each in bins]
    even = " of equal size" if max(sizes) - min(sizes) <= 1 else ""
    theme.note(
        f"{len(bins)} bins{even}; in {inside} of them the chance lies inside the 95 % interval of "
        "what came true."
        if len(bins) > 1
        else "All of these rows were given one chance."
    )
    if parts:
        st.selectbox(
            "Of whom", [ALL, *parts], format_func=lambda name: plain(name)[:60],
            key="propensity.whom", label_visibility="collapsed",
        )  # fmt: skip


def _lift(report: dict[str, Any]) -> None:
    st.subheader("Who is found first?", anchor=False)
    curve = said.lift_of(report)
    if not curve:
        theme.note("○ No lift curve: nobody was won in the judged rows.")
        return
    half = next((each["winners"] for each in curve if each["share"] >= 0.5), None)  # noqa: PLR2004  # half
    charts.show(
        propensity_charts.lift(curve, said.number(report, "lift")), key="propensity.lift",
        alt=f"The top half holds {100 * (half or 0):.0f} % of the winners",
    )  # fmt: skip
    theme.note(
        f"The better half of the leads holds {100 * (half or 0):.0f} % of the winners; dashed: in "
        "any order."
    )


def _candidates(report: dict[str, Any]) -> None:
    st.subheader("Language model, trained, base rate", anchor=False)
    rows = said.candidates_of(report)
    named = [row for row in rows if row["auc"] is not None]
    charts.show(
        propensity_charts.candidates(
            rows, str(report.get("chosen")), narrow=device.is_phone()
        ),
        key="propensity.candidates",
        alt="AUC of each candidate: "
        + ", ".join(f"{row['title']} {row['auc']:.2f}" for row in named),
    )  # fmt: skip
    why, fewer = said.text(report, "why"), said.asked_fewer(report)
    theme.note(
        "All on the same rows that none of them learned from; lines are 95 % intervals. A trained "
        "model is used only when it beats the base rate in both."
        + (f" Chosen: {escaped(why, 200)}." if why else "")
        + (f" {fewer}" if fewer else "")
    )
