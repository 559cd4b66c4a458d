"""Traces: a list by time, and one run as a waterfall with what the guards said about it."""

from datetime import datetime
from typing import Any

import orjson
import streamlit as st

from fleet.adapters.store.judged import judged_of
from fleet.adapters.store.run_people import people_of_runs
from fleet.adapters.store.traces import list_traces, open_span, open_trace, span_place
from fleet.ui import charts, resources, theme, trace_waterfall
from fleet.ui.run_words import graph_words
from fleet.ui.trace_waterfall import begins, length, scale_of
from fleet.ui.untrusted import escaped, plain

PAGE = 50
ROWS = 60  # spans drawn at once; more lines than that cannot be told apart
LONGEST = 4_000
CURSOR = "traces.cursor"
PLACE = "traces.place"


def show() -> None:
    """Draw the list, or the trace that the address names."""
    asked = st.query_params.get("id")
    store = resources.fleet().store
    place = _place(asked) if asked else -1
    found = open_trace(store, asked, after=place, limit=ROWS) if asked else None
    if asked and found is None:
        st.title("No such trace")
        theme.note(f"Nothing is kept under `{escaped(asked, 80)}`. It may have been pruned.")
    elif found:
        _one(found)
        return
    else:
        st.title("What ran, step by step")
        theme.note("Every run of the fleet leaves a trace; `fleet import traces` adds others.")
    _list()


def _place(trace_id: str) -> int:
    """Return the position after which the page begins: where a named span is, else the start."""
    span, kept = st.query_params.get("span", ""), st.session_state.get(PLACE)
    if kept is None or kept[0] != trace_id:
        at = span_place(resources.fleet().store, trace_id, span) if span else None
        kept = (trace_id, -1 if at is None else max(-1, at - ROWS // 3))
        st.session_state[PLACE] = kept
    return int(kept[1])


def _list() -> None:
    cursor = st.session_state.get(CURSOR)
    page = list_traces(resources.fleet().store, after=cursor, limit=PAGE)
    rows = page["traces"]
    if not rows:
        theme.note("○ No trace yet. `fleet run inbox` leaves one for each mail.")
        return
    who = people_of_runs(resources.fleet().store, [row["run_id"] for row in rows])
    table = [
        {
            "Started": (row["started_at"] or "no time")[:19].replace("T", " "),
            "About": plain(who.get(row["run_id"] or "", ""))[:40],
            "By": (graph_words(row["graph"]) or plain(row["origin"]))[:24],
            "State": plain(row["status"] or "")[:16],
            "Steps": row["spans"],
            "Tokens": row["tokens"],
            "Run": plain(row["run_id"] or row["name"] or row["id"])[:50],
        }
        for row in rows
    ]
    picked = st.dataframe(
        table, hide_index=True, height=560, on_select="rerun", selection_mode="single-row",
        key="traces.grid", alt="Traces, the newest first",
    )  # fmt: skip
    if picked["selection"]["rows"]:
        st.query_params["id"] = rows[picked["selection"]["rows"][0]]["id"]
        st.rerun()
    with st.container(horizontal=True):
        if st.button("Newest", disabled=cursor is None):
            st.session_state.pop(CURSOR, None)
            st.rerun()
        if st.button("Older", disabled=page["next"] is None):
            st.session_state[CURSOR] = page["next"]
            st.rerun()


def _one(found: dict[str, Any]) -> None:
    trace, spans = found["trace"], found["spans"]
    st.title(_title(trace, spans), anchor=False)
    if st.button("All traces", type="tertiary", icon=":material/arrow_back:"):
        st.query_params.clear()
        st.session_state.pop(PLACE, None)
        st.rerun()
    cost = f" · ${trace['cost_usd']:.3f}" if trace["cost_usd"] else ""
    theme.note(
        f"{(trace['started_at'] or 'no time')[:19].replace('T', ' ')} · {trace['spans']:,} spans · "
        f"{trace['tokens'] or 0:,} tokens{cost} · trace {escaped(trace['id'][:12])}"
    )
    if trace["spans"] > ROWS:
        _pager(found)
    left, right = st.columns([2.1, 1], gap="medium")
    with right, st.container(border=True, gap="xsmall"):
        chosen = _span(spans)
    with left:
        named = st.query_params.get("span") is not None
        charts.show(
            trace_waterfall.draw(spans, _depths(spans), chosen if named else None),
            key="waterfall",
            alt=f"{len(spans)} spans by start and length",
        )  # fmt: skip
        _judged(trace)


def _pager(found: dict[str, Any]) -> None:
    """Page by position: a trace of ten thousand spans is never read whole."""
    spans, total = found["spans"], found["trace"]["spans"]
    first = spans[0]["position"] if spans else 0
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if st.button("First", disabled=first == 0):
            _go(found, -1)
        if st.button("Earlier", disabled=first == 0):
            _go(found, max(-1, first - ROWS - 1))
        if st.button("Later", disabled=found["next"] is None):
            _go(found, found["next"])
        if st.button("Last", disabled=found["next"] is None):
            _go(found, max(-1, total - ROWS - 1))
        with st.container(width=130):
            asked = st.number_input(
                "From span", 0, max(0, total - 1), first, key=f"traces.from.{first}"
            )
        if asked != first:
            _go(found, int(asked) - 1)
        theme.note(f"{first:,} to {first + len(spans) - 1:,} of {total:,} spans{_into(found)}")


def _into(found: dict[str, Any]) -> str:
    """Say how far into the run a page begins: the axis of a page starts at its first span."""
    begun, spans = found["trace"]["started_at"], found["spans"]
    at = min((span["started_at"] for span in spans if span["started_at"]), default=None)
    past = _between(begun, at)
    return f", from {length(past)} into the run" if past else ""


def _between(start: str | None, end: str | None) -> float | None:
    """Return the milliseconds between two times of the store; None where one is unknown."""
    if not start or not end:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000


def _go(found: dict[str, Any], place: int) -> None:
    st.session_state[PLACE] = (found["trace"]["id"], place)
    st.query_params.pop("span", None)
    st.rerun()


def _title(trace: dict[str, Any], spans: list[dict[str, Any]]) -> str:
    name = escaped(trace["run_id"] or trace["name"] or trace["id"][:12], 60)
    took = _between(trace["started_at"], trace["ended_at"])
    if not took:  # runs of messages have no end: their first span may know
        took = next((s["duration_ms"] for s in spans if s["duration_ms"] is not None), None)
    if took is None:
        return name
    waited = scale_of(spans, begins(spans)).waited if len(spans) >= trace["spans"] else 0
    if waited and waited < took:
        return f"{name} took {length(took - waited)} of work and {length(waited)} of waiting"
    return f"{name} took {length(took)}"


def _depths(spans: list[dict[str, Any]]) -> dict[str, int]:
    """Return how deep each span lies; a parent that is missing or circular counts as none."""
    parents = {span["id"]: span["parent_id"] for span in spans}
    short = {key.rpartition(":")[2]: key for key in parents}
    depths: dict[str, int] = {}
    for name in parents:
        chain, at = set[str](), name
        while at and at not in chain and at not in depths:
            chain.add(at)
            parent = parents.get(at) or ""
            at = parent if parent in parents else short.get(parent, "")
        depths[name] = min(8, len(chain) - 1 + (depths.get(at, -1) + 1 if at in depths else 0))
    return depths


def _span(spans: list[dict[str, Any]]) -> str | None:
    """Show one span, the one the address names if it is on this page; return its id."""
    if not spans:
        theme.note("○ This trace holds no span.")
        return None
    names = {span["id"]: f"{span['position']}: {plain(span['name'])[:40]}" for span in spans}
    places = {span["id"]: span["position"] for span in spans}
    asked = st.query_params.get("span", "")
    known = [key for key in names if asked in (key, key.rpartition(":")[2])]
    if asked and not known:
        theme.note(f"○ The span `{escaped(asked, 60)}` is not on this page of the trace.")
    first = list(names).index(known[0]) if known else 0
    chosen = str(
        st.selectbox("Span", list(names), index=first, format_func=names.__getitem__,
                     key=f"traces.span.{first}.{places[next(iter(names))]}")
    )  # fmt: skip
    if chosen != list(names)[first]:
        st.query_params["span"] = chosen
        st.rerun()
    span = open_span(resources.fleet().store, chosen, position=places[chosen])
    if span is None:
        return chosen
    if span["error"]:
        st.markdown(theme.verdict("FAIL", "failed"))
        st.text(plain(span["error"])[:600])
    st.table(
        [
            {"Fact": "Started", "Value": escaped((span["started_at"] or "no time")[11:23])},
            {"Fact": "Took", "Value": length(span["duration_ms"] or 0)},
            {"Fact": "Kind", "Value": escaped(span["kind"] or "node")},
            {"Fact": "Tokens", "Value": f"{span['tokens'] or 0:,}"},
        ]
    )
    for title in ("input", "output", "attributes"):
        if span[title] not in (None, {}, [], ""):
            st.markdown(f"**{title.capitalize()}**")
            value = span[title]
            text = value if isinstance(value, str) else _json(value)
            st.code(plain(text)[:LONGEST], language=None, wrap_lines=True)
    return chosen


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode("utf-8", "replace")


def _judged(trace: dict[str, Any]) -> None:
    st.subheader("What the guards and judges said about it", anchor=False)
    rows = judged_of(resources.fleet().store, trace["id"], trace["run_id"])
    if not rows:
        theme.note("○ Nobody judged this run yet.")
        return
    st.table(
        [
            {
                "Verdict": theme.verdict(row["kind"], escaped(row["verdict"], 40)),
                "From": row["origin"],
                "Finding": escaped(row["finding"], 160),
            }
            for row in rows
        ]
    )
