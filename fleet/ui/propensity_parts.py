"""Parts of the model card: figures, refused columns, segments, what was learned from."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from fleet.runtime.model_cards import ModelCard
from fleet.ui import charts, device, propensity_charts, theme
from fleet.ui import propensity_report as said
from fleet.ui.untrusted import escaped, plain

REFUSED_SHOWN, LEARNED_SHOWN = 8, 24
KINDS = {
    "leak": ":red-badge[:material/block: Leak]",
    "constant": ":gray-badge[Constant]",
    "identifier": ":gray-badge[Identifier]",
}


def tiles(report: Mapping[str, Any]) -> None:
    """Draw the figures, each with its interval or what it stands against, and n."""
    n = said.number(report, "judged_rows")
    rows = f"n = {n:,.0f}" if n is not None else "n is not known"
    also = "" if device.is_phone() else f" · {rows}"  # there the line above says it
    judged = said.number(report, "judged_base_rate")
    among = f"{judged:.2f} in the judged rows" if judged is not None else "of the rows learned from"
    low, high = said.number(report, "auc_low"), said.number(report, "auc_high")
    between = f"{low:.2f} to {high:.2f}{also}" if low is not None and high is not None else rows
    base = next(
        (row["brier"] for row in said.candidates_of(report) if row["name"] == "base rate"), None
    )
    against = f"base rate: {base:.3f}{also}" if base is not None else rows
    chance = f"by chance {judged:.2f}{also}" if judged is not None else rows
    whole = report.get("out_of_fold")
    every, of = said.number(whole, "ece"), said.number(whole, "n")
    folds = f"out of fold {every:.3f}" if every is not None and of else rows
    folds += f", n = {of:,.0f}" if every is not None and of and not device.is_phone() else ""
    ranked = "Best candidate's AUC" if report.get("chosen") == "base rate" else "AUC"
    figures = (
        ("Base rate", _figure(report, "base_rate", 2), among),
        (ranked, _figure(report, "auc", 2), between),
        ("PR-AUC", _figure(report, "pr_auc", 2), chance),
        ("Brier", _figure(report, "brier", 3), against),
        ("Calibration error", _figure(report, "ece", 3), folds),
    )
    with st.grid(5, min_column_width=150, gap="small"):
        for name, value, text in figures:
            st.metric(name, value, delta_description=text, border=True)


def _figure(report: Mapping[str, Any], name: str, digits: int) -> str:
    value = said.number(report, name)
    return theme.SHAPES["thin"] if value is None else f"{value:.{digits}f}"


def shift_words(report: Mapping[str, Any]) -> str | None:
    """Return what the report says of a base rate that moved, in a sentence, or None."""
    shift = report.get("prior_shift")
    if not isinstance(shift, Mapping) or shift.get("found") is not True:
        return None
    old, new = said.number(shift, "rate_before"), said.number(shift, "rate_after")
    rates = f" from {old:.3f} to {new:.3f}" if old is not None and new is not None else ""
    before, after = said.number(shift, "ece_before"), said.number(shift, "ece_after")
    if before is None or after is None:
        return f"The base rate moved{rates}: older rows were re-weighted to the present one."
    return (
        f"The base rate moved{rates}: older rows were re-weighted, which took the calibration "
        f"error from {before:.3f} to {after:.3f}."
    )


def refused(report: Mapping[str, Any]) -> None:
    """Draw the columns that were not learned from, each with its reason and what it would fake."""
    rows, suspects = said.refused_of(report), said.rows_of(report, "suspects")
    leaks = sum(row["kind"] == "leak" for row in rows)
    st.subheader(f"{len(rows)} columns refused, {leaks} as leaks", anchor=False)
    if rows and device.is_phone():
        _lines(rows)
    elif rows:
        _table(rows[:REFUSED_SHOWN])
        if len(rows) > REFUSED_SHOWN:
            with st.expander(f"{len(rows) - REFUSED_SHOWN} more"):
                _lines(rows[REFUSED_SHOWN:])
    else:
        theme.note("▲ Every column could be learned from.")
    for row in suspects[:REFUSED_SHOWN]:
        alone = said.number(row, "auc")
        figure = "" if alone is None else f", alone AUC {alone:.2f}"
        theme.note(
            f":orange[◆] **{escaped(said.text(row, 'column'), 40)}** is kept but suspect{figure}: "
            "a person should say when it is known."
        )


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    st.table(
        [
            {
                "Column": f"**{escaped(row['column'], 40)}**", "As": _kind(row),
                "Because": escaped(row["reason"], 220),
                "Fakes AUC": "" if row["auc"] is None else f"{row['auc']:.2f}",
            }
            for row in rows
        ],
        hide_index=True,
    )  # fmt: skip


def _lines(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        fakes = "" if row["auc"] is None else f" Alone it fakes AUC {row['auc']:.2f}."
        st.markdown(
            f"{_kind(row)} **{escaped(row['column'], 40)}** "
            f":small[:gray[{escaped(row['reason'], 220)}.{fakes}]]"
        )


def _kind(row: Mapping[str, Any]) -> str:
    return KINDS.get(row["kind"], f":gray-badge[{escaped(row['kind'], 20)}]")


def segments(report: Mapping[str, Any]) -> None:
    """Draw, for one column's segments, what was said against what came true."""
    st.subheader("Segment by segment", anchor=False)
    found = said.segments_of(report)
    if not found:
        theme.note("○ This report holds no segments: they come with the next training.")
        return
    columns = list(found)
    asked = st.query_params.get("segment", "")
    chosen = st.selectbox(
        "Segments of", columns, index=columns.index(asked) if asked in columns else 0,
        format_func=lambda name: plain(name)[:40], key="propensity.segment",
        label_visibility="collapsed",
    )  # fmt: skip
    st.query_params["segment"] = chosen
    rows = found[chosen]
    off = [row for row in rows if not row["low"] <= row["chance"] <= row["high"]]
    charts.show(
        propensity_charts.segments(rows, narrow=device.is_phone()), key="propensity.segments",
        alt=f"{len(rows) - len(off)} of {len(rows)} segments came true as said",
    )  # fmt: skip
    theme.note(
        f"Dot and line: what came true, 95 %. Upright mark: what was said. {len(off)} of "
        f"{len(rows)} segments came true otherwise."
    )


def learned(card: ModelCard) -> None:
    """Name the columns that the exported model reads."""
    features = card.form.get("features")
    names = [
        name
        for feature in (features if isinstance(features, list) else [])
        if (name := said.text(feature, "name"))
    ]
    if not names:
        theme.note("The model reads no column: it answers with one rate.")
        return
    shown = ", ".join(escaped(name, 40) for name in names[:LEARNED_SHOWN])
    more = f" and {len(names) - LEARNED_SHOWN} more" if len(names) > LEARNED_SHOWN else ""
    theme.note(f"It reads {len(names)} columns: {shown}{more}.")
