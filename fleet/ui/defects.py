"""Defects: what went wrong in finished runs, by kind, version and week, down to the span."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fleet.adapters.store.defect_reads import faulty_runs, first_day, newest_defects
from fleet.adapters.store.imported import count_imported
from fleet.monitor.defect_policy import SEVERITIES
from fleet.monitor.taxonomy import CODES, TAXONOMY
from fleet.runtime import defects_view, imported_defects
from fleet.runtime.defects_view import Board, Pair
from fleet.runtime.imported_defects import Imported
from fleet.ui import charts, defects_chart, defects_imported, device, origin, resources, theme
from fleet.ui.evaluation_text import ranged, run_name, trace_link
from fleet.ui.origin_files import choose_file
from fleet.ui.untrusted import escaped, plain
from fleet.ui.version_names import plain_name

SPANS = {6: "6 weeks", 13: "13 weeks", 26: "26 weeks"}
BLOCKS = {6: 3, 13: 2, 26: 1}  # versions side by side, as many as can be read
UNDATED_BLOCKS = 5  # and as many of runs that say no time, which take one column each
SHORTEST = 6
WEEKS = "defects.weeks"
SHOWN = 40
ALL = ""
WORDS = {"critical": ("FAIL", "critical"), "major": ("WATCH", "major")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The runs that are looked at, and what was found; the last three are of imported ones."""

    kind: str
    weeks: int
    board: Board
    faulty: Mapping[str, int]
    imported: Imported | None = None
    file: str | None = None
    total: int = 0


def show() -> None:
    """Draw the page."""
    title = st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        seen = _span()
        chosen = _filters(seen.board)
    board = seen.board
    with title:
        st.title(_title(seen), anchor=False)
    if seen.imported is not None:
        defects_imported.rest(seen.file, seen.imported, seen.total, seen.weeks)
    if not board.cells:
        _nothing(board, imported=seen.imported is not None)
        return
    _board(board, _asked_pair(board, chosen), seen.weeks)
    if chosen["code"] in TAXONOMY:
        _place(chosen["code"])
    _findings(seen, {name: value for name, value in chosen.items() if value != ALL})


def _title(seen: Seen) -> str:
    faulty, kind = seen.faulty, "" if seen.kind == origin.REAL else f"{seen.kind} "
    runs = max(seen.board.looked_at, faulty["all"])
    if not runs:
        return f"No {kind}run was looked at yet"
    if not faulty["all"]:
        when = "" if seen.imported else f" of the last {seen.weeks} weeks"
        return f"No defect in {runs:,} {kind}run{'s' * (runs > 1)}{when}"
    critical = faulty.get("critical", 0)
    has = f"{kind}run has" if runs == 1 else f"{kind}runs have"
    head = f"{faulty['all']:,} of {runs:,} {has} a defect"
    return f"{head}, {critical:,} a critical one" if critical else f"{head}, none a critical one"


def _nothing(board: Board, *, imported: bool) -> None:
    if not imported:
        _who_looks(board)
    _detectors()


def _who_looks(board: Board) -> None:
    theme.note(
        "▲ Every finished run is looked at once, by every detector, without a model."
        if board.looked_at
        else "○ Each round of the monitor, which runs in `fleet worker` and after `fleet run`, "
        "looks at the runs that finished since. `fleet import traces` brings traces of others."
    )


def _span() -> Seen:
    """Choose the weeks, and real, simulated or imported runs; return what was found in these."""
    span, choice = st.container(width="content"), st.container(width="content")
    weeks, fleet = int(st.session_state.get(WEEKS) or SHORTEST), resources.fleet()
    board = defects_view.defect_board(fleet, weeks)
    with choice:
        about = st.query_params.get("version")
        counts = {
            origin.REAL: board.looked(played=False), origin.PLAYED: board.looked(played=True),
            origin.IMPORTED: count_imported(fleet.store),
        }  # fmt: skip
        named = origin.version_kind(about) if about else None
        kind = origin.choose_kind("defects", counts, "run", about=named)
    if kind == origin.IMPORTED:
        return _imported(span, weeks, counts[kind])
    _weeks(span)
    played, since = kind == origin.PLAYED, first_day(fleet.clock, weeks)
    return Seen(
        kind=kind, weeks=weeks, board=board.of(played=played),
        faulty=faulty_runs(fleet.store, since, played=played),
    )  # fmt: skip


def _imported(span: Any, weeks: int, every: int) -> Seen:
    """Look at imported runs; those that say no time need no choice of weeks."""
    with st.container(width="content"):
        file = choose_file("defects", every)
    found, total = defects_imported.look(file, weeks)
    if found.dated:
        _weeks(span)
    return Seen(
        kind=origin.IMPORTED, weeks=weeks, board=found.board, faulty=found.faulty,
        imported=found, file=file, total=total,
    )  # fmt: skip


def _weeks(span: Any) -> None:
    with span:
        st.segmented_control(
            "Weeks", list(SPANS), default=SHORTEST, format_func=SPANS.__getitem__, required=True,
            key=WEEKS, label_visibility="collapsed",
        )  # fmt: skip


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
    shown = pairs[: 1 if narrow else BLOCKS[weeks] if len(board.weeks) > 1 else UNDATED_BLOCKS]
    how = ", week by week" * (len(board.weeks) > 1)
    st.subheader(f"Runs with each defect{how}, by place in the taxonomy", anchor=False)
    hit = sum(cell.hit for cell in board.cells if cell.pair in shown)
    charts.show(
        defects_chart.board(board, shown, narrow=narrow), key="defects.board",
        alt=f"{len(board.codes)} kinds of defect, {hit} runs of {len(shown)} versions, "
        f"{len(board.weeks)} weeks",
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


def _findings(seen: Seen, wanted: Mapping[str, str]) -> None:
    if seen.imported is not None:
        rows = imported_defects.newest(seen.imported, wanted, SHOWN + 1)
    else:
        fleet = resources.fleet()
        rows = newest_defects(
            fleet.store, first_day(fleet.clock, seen.weeks), wanted,
            played=seen.kind == origin.PLAYED, limit=SHOWN + 1,
        )  # fmt: skip
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
    run = run_name(row["run_id"], 22)
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
