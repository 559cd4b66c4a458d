"""Two uploaded tables compared by the engine of `fleet monitor drift`."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from fleet.errors import InputError
from fleet.runtime import drift_view
from fleet.ui import charts, drift_charts, resources, theme
from fleet.ui.drift_multiplicity import multiplicity
from fleet.ui.untrusted import escaped, plain

TYPES = ("csv", "parquet", "jsonl", "ndjson", "gz")
ENDINGS = (".csv", ".parquet", ".jsonl", ".ndjson", ".gz")
SHOWN = 40


def show() -> None:
    """Draw the two uploads and, once both are there, what differs."""
    st.subheader("Compare any two tables", anchor=False)
    theme.note(
        "CSV, Parquet or JSON lines, rows in time order; tested as the runs above are, and kept "
        "nowhere."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        first = st.file_uploader("Reference", type=TYPES, key="drift.reference")
    with right:
        second = st.file_uploader("Current", type=TYPES, key="drift.current")
    if not first or not second:
        return
    try:
        report, reference, current = _compare((first.file_id, second.file_id), first, second)
    except InputError as error:
        st.markdown(f"{theme.verdict('FAIL', 'not compared')} {escaped(str(error), 400)}")
        return
    _report(report)
    _feature(report, reference, current)


@st.cache_data(max_entries=2, show_spinner="Comparing the tables …")
def _compare(
    ids: tuple[str, str],  # noqa: ARG001 - the key of the cache
    _first: Any,
    _second: Any,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="fleet-drift-") as scratch:
        paths = [_kept(Path(scratch), *each) for each in (("r", _first), ("c", _second))]
        try:
            return drift_view.compare_files(resources.fleet(), *paths)
        except InputError as error:
            said = str(error)
            for path, file in zip(paths, (_first, _second), strict=True):
                said = said.replace(str(path), file.name)
            raise InputError(said) from None


def _kept(folder: Path, stem: str, file: Any) -> Path:
    ending = "".join(s.lower() for s in Path(file.name).suffixes[-2:] if s.lower() in ENDINGS)
    path = folder / f"{stem}{ending}"
    with path.open("wb") as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
    return path


def _report(report: Mapping[str, Any]) -> None:
    features = drift_view.by_p(report["features"])
    drifted = len(report["drifted"])
    sizes = f"{report['reference_n']:,} rows against {report['current_n']:,}"
    if report["every"] > 1:
        sizes += f", every {report['every']}th compared"
    if not features:
        theme.note(f"○ {sizes}: no common column can be tested; ids and clocks are left out.")
        return
    word = "DRIFT" if drifted else "OK"
    said = f"{drifted} of {len(features)} columns drifted"
    st.markdown(f"{theme.verdict(word, said)} {sizes}")
    st.table(
        [
            {
                "State": theme.verdict(f["state"], f["state"].lower())
                if f["state"] != "STABLE" else ":gray[· stable]",
                "Column": f"**{escaped(f['name'], 40)}**",
                "Test": _test(f),
                "Effect": drift_charts.effect_text(f["effect"]),
                "p adjusted": drift_charts.p_text(f["p_adjusted"]),
                "Changed": _changed(f),
            }
            for f in features[:SHOWN]
        ]
    )  # fmt: skip
    if len(features) > SHOWN:
        theme.note(f"and {len(features) - SHOWN} more, with larger p")


def _test(feature: Mapping[str, Any]) -> str:
    """Name a test, and beneath it what was taken out and what the reference does by itself."""
    apart = []
    if "season" in feature:
        apart.append(f"season of {feature['season']['period']:,} rows taken out")
    if "reference_effect" in feature:
        apart.append(f"parts of the reference differ by {feature['reference_effect']:.2f}")
    said = ", ".join(apart)
    return f"{feature['test']}  \n:small[:gray[{said}]]" if said else str(feature["test"])


def _changed(feature: Mapping[str, Any]) -> str:
    if "change_point" not in feature:
        return ""
    low, high = feature["change_between"]
    return f"from row {feature['change_point']:,}  \n:small[:gray[95 %: {low:,} to {high:,}]]"


def _feature(
    report: Mapping[str, Any], reference: Mapping[str, Any], current: Mapping[str, Any]
) -> None:
    features = {f["name"]: f for f in drift_view.by_p(report["features"])}
    if not features:
        return
    name = st.selectbox(
        "Column", list(features), format_func=lambda name: plain(name)[:60], key="drift.column"
    )
    shares = drift_view.distribution(reference[name], current[name])
    points = drift_view.course(reference[name], current[name])
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Reference against current", anchor=False)
        theme.note(
            f"grey bars: reference, n = {shares.reference_n:,} · :blue[blue: current], "
            f"n = {shares.current_n:,}"
        )
        charts.show(
            drift_charts.distribution(shares), key="drift.distribution",
            alt=f"Shares of {plain(name)[:60]} in both tables",
        )  # fmt: skip
    with right:
        st.subheader("In row order: where it changed", anchor=False)
        if points is None:
            theme.note("○ Too few rows to draw its course.")
            return
        theme.note(f"{escaped(points.what, 60)} of each part, with its 95 % interval")
        change = features[name].get("change_point")
        placed = None if change is None else change // report["every"]
        charts.show(
            drift_charts.course(points, placed), key="drift.course",
            alt=f"Course of {plain(name)[:60]} over the rows",
        )  # fmt: skip
    rows = drift_view.raw_p(report["features"])
    if rows:
        st.subheader("Raw p values against the corrected limit", anchor=False)
        alpha = drift_view.drift_policy(resources.fleet()).alpha
        charts.show(
            multiplicity(rows, alpha), key="drift.tables.p",
            alt=f"{len(rows)} raw p values in order, against the limit that grows with the rank",
        )  # fmt: skip
