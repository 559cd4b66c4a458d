"""Defects: what went wrong in finished runs, by kind, version and week, down to the span."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fleet.adapters.store.defect_reads import faulty_runs, first_day, newest_defects
from fleet.monitor.defect_policy import SEVERITIES
from fleet.monitor.taxonomy import CODES, TAXONOMY
from fleet.runtime import defects_view
from fleet.runtime.defects_view import Board, Pair
from fleet.ui import charts, defects_chart, device, origin, resources, theme
from fleet.ui.evaluation_text import ranged, trace_link
from fleet.ui.untrusted import escaped, plain
from fleet.ui.version_names import plain_name

SPANS = {6: "6 weeks", 13: "13 weeks", 26: "26 weeks"}
BLOCKS = {6: 3, 13: 2, 26: 1}  # versions side by side, as many as can be read
SHOWN = 40
ALL = ""
WORDS = {"critical": ("FAIL", "critical"), "major": ("WATCH", "major")}


def show() -> None:
    """Draw the page."""
    title = st.container()
    fleet = resources.fleet()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        weeks, board, played = _span()
        chosen = _filters(board)
    since = first_day(fleet.clock, weeks)
    faulty = faulty_runs(fleet.store, since, played=played)
    with title:
        st.title(_title(board, faulty, weeks, played=played), anchor=False)
    if not board.cells:
        _nothing(board)
        return
    _board(board, _asked_pair(board, chosen), weeks)
    if chosen["code"] in TAXONOMY:
        _place(chosen["code"])
    wanted = {name: value for name, value in chosen.items() if value != ALL}
    _findings(since, wanted, played=played)


def _title(board: Board, faulty: Mapping[str, int], weeks: int, *, played: bool) -> str:
    runs, kind = max(board.looked_at, faulty["all"]), "simulated " * played
    if not runs:
        return f"No {kind}run was looked at yet"
    if not faulty["all"]:
        return f"No defect in {runs:,} {kind}run{'s' * (runs > 1)} of the last {weeks} weeks"
    critical = faulty.get("critical", 0)
    has = f"{kind}run has" if runs == 1 else f"{kind}runs have"
    head = f"{faulty['all']:,} of {runs:,} {has} a defect"
    return f"{head}, {critical:,} a critical one" if critical else f"{head}, none a critical one"


def _nothing(board: Board) -> None:
    theme.note(
        "▲ Every finished run is looked at once, by every detector, without a model."
        if board.looked_at
        else "○ Each round of the monitor, which runs in `fleet worker` and after `fleet run`, "
        "looks at the runs that finished since. `fleet monitor defects PATH` looks at traces of "
        "others."
    )
    _detectors()


def _span() -> tuple[int, Board, bool]:
    """Choose the weeks, and real or simulated runs; return the board of these."""
    with st.container(width="content"):
        weeks = st.segmented_control(
            "Weeks", list(SPANS), default=6, format_func=SPANS.__getitem__, required=True,
            key="defects.weeks", label_visibility="collapsed",
        )  # fmt: skip
    board = defects_view.defect_board(resources.fleet(), int(weeks or 6))
    with st.container(width="content"):
        real, fake = (board.looked(played=played) for played in (False, True))
        played = origin.choose("defects", real, fake, "run", about=st.query_params.get("version"))
    return int(weeks or 6), board.of(played=played), played


def _filters(board: Board) -> dict[str, str]:
    """Choose version, code and severity; the address may name a version and a code."""
    pairs = [("", ""), *sorted(board.pairs)]
    pair = _pick("version", pairs, lambda p: plain_name(*p) if p[0] else "All versions")
    code = _pick("code", [ALL, *CODES], lambda c: c.replace("_", " ") or "All defects")
    severity = _pick("severity", [ALL, *SEVERITIES[::-1]], lambda s: s or "All severities")
    return {"graph": pair[0], "graph_version": pair[1], "code": code, "severity": severity}


def _pick(name: str, options: list[Any], words: Any) -> Any:
    """Draw one filter; the address may have chosen it."""
    asked = st.query_params.get(name, "")
    keys = [" ".join(o) if isinstance(o, tuple) else o for o in options]
    return st.selectbox(
        name.capitalize(), options, index=keys.index(asked) if asked in keys else 0,
        format_func=lambda option: plain(words(option))[:44], key=f"defects.{name}",
        label_visibility="collapsed",
    )  # fmt: skip


def _asked_pair(board: Board, chosen: Mapping[str, str]) -> list[Pair]:
    pair = (chosen["graph"], chosen["graph_version"])
    return [pair] if pair in board.pairs else list(board.pairs)


def _board(board: Board, pairs: list[Pair], weeks: int) -> None:
    narrow = device.is_phone()
    shown = pairs[: 1 if narrow else BLOCKS[weeks]]
    st.subheader("Runs with each defect, week by week, by place in the taxonomy", anchor=False)
    hit = sum(cell.hit for cell in board.cells if cell.pair in shown)
    charts.show(
        defects_chart.board(board, shown, narrow=narrow), key="defects.board",
        alt=f"{len(board.codes)} kinds of defect, {hit} runs of {len(shown)} versions, "
        f"{weeks} weeks",
    )  # fmt: skip
    rest = len(pairs) - len(shown)
    more = f" &nbsp; {rest} more versions: choose one above" if rest else ""
    st.markdown(
        ":small[:red[▼ critical] &nbsp; :orange[◆ major] &nbsp; number alone: minor &nbsp; "
        ":gray[· the version ran, and none of its runs has it] &nbsp; "
        f":gray[dimensions of arXiv:2603.06847v1{more}]]"
    )


def _place(code: str) -> None:
    """Say where a code stands in the taxonomy, and how far its detector can be trusted."""
    place = TAXONOMY[code]
    precision, recall = defects_view.precision_of(code), defects_view.recall_of(code)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{code.replace('_', ' ').capitalize()}** · {place.ref} · {place.dimension}")
        theme.note(f"Symptom: {place.symptom}. Usual cause: {place.root_cause}.")
        theme.note(
            f"Precision {' ('.join(ranged(precision))}), recall {' ('.join(ranged(recall))}), "
            "measured on seeded faults with look-alike clean runs."
        )


def _findings(since: str, wanted: Mapping[str, str], *, played: bool) -> None:
    rows = newest_defects(resources.fleet().store, since, wanted, played=played, limit=SHOWN + 1)
    st.subheader("Newest findings; the run opens at the span that shows it", anchor=False)
    if not rows:
        theme.note("○ None with these filters.")
        return
    st.table([_row(row) for row in rows[:SHOWN]])
    if len(rows) > SHOWN:
        theme.note(f"The newest {SHOWN} are shown: narrow the filters to see older ones.")


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    evidence = row["evidence"] or {}
    quote = escaped(str(evidence.get("quote") or ""), 160)
    word, name = WORDS.get(row["severity"], ("INSUFFICIENT", row["severity"]))
    badge = theme.verdict(word, name) if row["severity"] in WORDS else f":gray-badge[{name}]"
    precision = defects_view.precision_of(row["code"])
    sure = "" if row["confidence"] is None else f"sure {row['confidence']:.2f}"
    known = "" if not precision or precision["value"] is None else f"{precision['value']:.2f}"
    run = plain(row["run_id"])[:22]
    link = trace_link(row["trace_id"], run, row["span_id"]) if row["kept"] else escaped(run)
    found = {
        "Defect": f"{badge} **{escaped(row['code'].replace('_', ' '), 40)}**",
        "What shows it": f"{escaped(str(evidence.get('text') or row['symptom'] or ''), 160)}"
        f"  \n:small[:gray[{quote}]]",
        "Run": f"{link}  \n:small[:gray[{defects_chart.day(row['ran_at'])}, "
        f"{escaped(row['graph_version'] or 'no version', 30)}]]",
    }
    if device.is_phone():
        return found
    return found | {"Trust": f"{sure}  \n:small[:gray[precision {known or 'not measured'}]]"}


def _detectors() -> None:
    """List every detector with what it measured: the page's worth where nothing was found."""
    st.subheader("What is looked for, and how far to trust it", anchor=False)
    st.table([_detector(code) for code in CODES])


def _detector(code: str) -> dict[str, str]:
    row = {
        "Defect": code.replace("_", " "),
        "Precision": _measured(defects_view.precision_of(code)),
        "Recall": _measured(defects_view.recall_of(code)),
        "Seen as": TAXONOMY[code].symptom,
    }
    return {n: row[n] for n in ("Defect", "Precision")} if device.is_phone() else row


def _measured(figure: Mapping[str, Any] | None) -> str:
    value, reach = ranged(figure)
    return f"{value}  \n:small[:gray[{reach}]]"
