"""The page of the evals: which prompt path reaches its bar, what fails in it, what is admitted."""

from typing import Any

import streamlit as st

from fleet.errors import FleetError
from fleet.runtime import eval_view
from fleet.ui import device, eval_cases, eval_chart, resources, theme
from fleet.ui.untrusted import escaped

ENGINES = {"rules": "Rules, as of now", "model": "Model, last recorded"}
SHOWN = 12
KEPT_S = 300  # a customer's row that an admitted case reads may change


def show() -> None:
    """Draw the page."""
    title, which = st.columns([2.6, 1.4], vertical_alignment="center")
    with which:
        engine = _engine()
    try:
        reports = _reports(engine)
    except FleetError as error:
        st.title("The golden sets cannot be run")
        st.error(escaped(str(error)))
        return
    with title:
        st.title(_title(reports, engine))
    left, right = st.columns([1.9, 1], gap="large")
    with left:
        if reports:
            _paths(reports)
        else:
            theme.note(
                "○ No model was asked yet. Set a gateway and run `fleet evals --record`, "
                "or judge recorded replies with `--transcript FILE --record`."
            )
    with right:
        eval_cases.show()


def _engine() -> str:
    asked = st.query_params.get("engine", "rules")
    chosen = st.segmented_control(
        "Answered by", list(ENGINES), format_func=ENGINES.__getitem__,
        default=asked if asked in ENGINES else "rules", key="evals.engine", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    st.query_params["engine"] = chosen or "rules"
    return chosen or "rules"


def _reports(engine: str) -> list[dict[str, Any]]:
    if engine == "model":
        return eval_view.model_reports(resources.fleet())
    return _by_rule(eval_view.state_key(resources.fleet()))


@st.cache_data(show_spinner="Running the golden sets by rule", max_entries=2, ttl=KEPT_S)
def _by_rule(key: str) -> list[dict[str, Any]]:
    assert key  # what the result depends on: it is read anew when files or cases change
    return eval_view.rule_reports(resources.fleet())


def _title(reports: list[dict[str, Any]], engine: str) -> str:
    red = [report["prompt"] for report in reports if report["state"] != "PASS"]
    if not reports:
        return "No prompt path was answered by a model yet"
    who = "by rule" if engine == "rules" else "with a model"
    every = len(eval_view.path_names())
    if not red and len(reports) < every:
        verb = "reaches its" if len(reports) == 1 else "reach their"
        silent = f"{every - len(reports)} not asked"
        return f"{len(reports)} of {every} prompt paths {verb} bar {who}, {silent}"
    if not red:
        return f"All {len(reports)} prompt paths reach their bar {who}"
    if len(red) == 1:
        return f"{red[0]} is below its bar {who}"
    return f"{len(red)} of {len(reports)} prompt paths are below their bar {who}"


def _paths(reports: list[dict[str, Any]]) -> None:
    eval_chart.show(reports)
    theme.note(
        f"Mark: share of cases that pass. Line: its 95 % interval, whose lower end must reach "
        f"{reports[0]['bar']:.2f}. A case passes when every cell of it does."
    )
    if reports[0]["engine"] == "rules":
        theme.note(
            "By rule, a path shows what its rule engine answers. A judge has none: it shows only "
            "that it fails safely, and that its prompt takes every case."
        )
    names = [report["prompt"] for report in eval_chart.tightest_first(reports)]
    asked = st.query_params.get("path", "")
    first = names.index(asked) if asked in names else 0
    chosen = st.selectbox("Path", names, index=first, key="evals.path")
    st.query_params["path"] = chosen
    report = next(report for report in reports if report["prompt"] == chosen)
    _path(report)


def _path(report: dict[str, Any]) -> None:
    lower = "no bound" if report["lower"] is None else f"lower bound {report['lower']:.3f}"
    digest = (report["prompt_digest"] or "unreadable")[:12]
    st.markdown(
        f"{theme.verdict(report['state'])} **{report['passed']} of {report['n']}** cases · "
        f"{lower} · bar {report['bar']:.2f} · :gray[version] `{digest}`"
    )
    old = eval_view.uncovered(resources.fleet()).get(report["prompt"])
    if old:
        st.warning(f"{escaped(old).capitalize()}. Renew it: `fleet evals --write-report`")
    if device.is_phone():
        _failing(report)
        _cells(report)
        return
    left, right = st.columns([1.7, 1], gap="medium")
    with left:
        _failing(report)
    with right:
        _cells(report)


def _failing(report: dict[str, Any]) -> None:
    st.subheader("Cases with a failing cell", anchor=False)
    if not report["failing"]:
        theme.note("None.")
        return
    rows = []
    for item in report["failing"][:SHOWN]:
        error = f"  \n:gray[{escaped(item['error'], 120)}]" if "error" in item else ""
        cells = ", ".join(escaped(cell, 90) for cell in item["cells"])
        rows.append({"Case": f"**{escaped(item['id'], 60)}**", "Fails": f"{cells}{error}"})
    st.table(rows, hide_index=True)
    more = len(report["failing"]) - SHOWN
    if more > 0:
        theme.note(f"and {more} more: `fleet evals --prompt {report['prompt']} --json`")


def _cells(report: dict[str, Any]) -> None:
    if not report["cells"]:
        return
    st.subheader("By cell", anchor=False)
    rows = []
    for name, cell in report["cells"].items():
        word = "PASS" if cell["passed"] == cell["n"] else "HOLD"
        rows.append(
            {"Cell": escaped(name.replace("_", " "), 40),
             "Pass": theme.verdict(word, f"{cell['passed']} of {cell['n']}")}
        )  # fmt: skip
    st.table(rows, hide_index=True)
