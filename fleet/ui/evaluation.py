"""Evaluation: runs of ours or of others, judged at the level of system, trajectory and step."""

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from fleet.adapters.store.evidence_reads import trace_origin, traced_graphs
from fleet.adapters.store.imported import count_imported, imported_graphs
from fleet.adapters.store.issue_history import issue_changes
from fleet.errors import InputError
from fleet.runtime import evaluation_view
from fleet.runtime.evaluation_view import Judged
from fleet.ui import evaluation_runs, evaluation_system, origin, resources, theme
from fleet.ui.origin_files import FILE, choose_file
from fleet.ui.untrusted import escaped, plain

KEPT = (origin.ASKED, FILE)  # of the address
MOST = "evaluation.most"
WIDTHS: tuple[Any, ...] = ("content", "content", 230, "content", "content")
COLUMNS = {origin.REAL: "real", origin.PLAYED: "played"}
LEVELS = ("System", "Trajectory", "Step")
UPLOAD = "\0upload"
TYPES = ("json", "jsonl", "ndjson", "csv", "gz")
NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME = 60
ENDINGS = (".json", ".jsonl", ".ndjson", ".csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is judged: runs of a kind, or an upload (no kind); `part` is a file of imported ones.

    An empty graph is all of them; `total` counts the runs, of which the newest are judged, or the
    most that one look takes.
    """

    kind: str | None
    graph: str = ""
    part: str | None = None
    upload: Any = None
    total: int = 0
    name: str = ""
    most: bool = False


def show() -> None:
    """Draw the page at the level the address names."""
    level = _asked_level()
    title = st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="content"):
            _levels(level)
        chosen = _runs()
    try:
        judged = _uploaded(chosen.upload) if chosen.kind is None else _kept(chosen)
    except InputError as error:
        _nothing(title, error, uploaded=chosen.kind is None)
        return
    own, name = chosen.kind is not None, chosen.name
    if level == LEVELS[0]:
        evaluation_system.show(title, name, judged, kind=chosen.kind, total=chosen.total)
    elif level == LEVELS[1]:
        evaluation_runs.show_run(title, name, judged, own=own)
    else:
        evaluation_runs.show_step(title, name, judged, own=own)


def _asked_level() -> str:
    asked = st.query_params.get("level", LEVELS[0].lower())
    return next((level for level in LEVELS if level.lower() == asked), LEVELS[0])


def _levels(level: str) -> None:
    """Draw the switch of levels; its key holds the level, so that the address can move it."""
    picked = st.segmented_control(
        "Level", LEVELS, default=level, key=f"evaluation.level.{level}", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if picked and picked != level:
        st.query_params["level"] = picked.lower()
        st.rerun()


def _runs() -> Chosen:
    """Choose what is judged: real, simulated or imported runs, or an upload."""
    store = resources.fleet().store
    counts = traced_graphs(store)
    choice, files, source, upload, more = (st.container(width=width) for width in WIDTHS)
    with upload, st.popover("Upload", icon=":material/upload:"):
        file = st.file_uploader("Traces recorded by others", type=TYPES, key="evaluation.file")
        theme.note("OpenTelemetry, LangSmith, MLflow, Langfuse, OpenAI messages, CSV of CLEAR.")
    with choice:
        every = {kind: sum(row[name] for row in counts) for kind, name in COLUMNS.items()}
        every[origin.IMPORTED] = count_imported(store)
        kind = origin.choose_kind("evaluation", every, "run", about=_about())
    part = None
    if kind == origin.IMPORTED:
        with files:
            part = choose_file("evaluation", every[kind])
        runs = imported_graphs(store, part)
    else:
        runs = {row["graph"]: row[COLUMNS[kind]] for row in counts}
    graphs = [name for name, n in runs.items() if name and n]
    if kind == origin.IMPORTED and part is None:  # a file first, then its graphs
        graphs = [name for name in graphs if name == st.query_params.get("of")]
    with source:
        graph = _source(graphs, file) if graphs or file or kind != origin.IMPORTED else ""
    if graph == UPLOAD:
        return Chosen(kind=None, upload=file, name=_name(graph, file))
    total = count_imported(store, part) if part and not graph else every[kind]
    total = runs.get(graph, 0) if graph else total
    with more:
        most = kind == origin.IMPORTED and _most((part, graph), total)
    return Chosen(
        kind=kind, graph=graph, part=part, total=total, name=graph or part or "", most=most
    )


def _most(about: tuple[str | None, str], total: int) -> bool:
    """Ask whether more imported runs are judged than were at once; kept until others are chosen."""
    if st.session_state.get(MOST) == about:
        return True
    few, most = evaluation_view.FEW_IMPORTED, evaluation_view.MOST_IMPORTED
    if total > few and st.button(f"Judge {min(total, most):,}", icon=":material/search:"):
        st.session_state[MOST] = about
        st.rerun()
    return False


def _about() -> str | None:
    """Return the kind of the run which the address names."""
    asked = st.query_params.get("run")
    found = trace_origin(resources.fleet().store, asked) if asked else None
    if found is None:
        return None
    ours, version = found
    return origin.version_kind(version) if ours else origin.IMPORTED


def _source(graphs: Sequence[str], file: Any) -> str:
    """Choose all of these runs, those of one graph, or the uploaded file, once there is one."""
    options = ["", *graphs]
    options = [UPLOAD, *options] if file else options
    asked = st.query_params.get("of", "")
    chosen = st.selectbox(
        "Runs", options, index=options.index(asked) if asked in options and not file else 0,
        format_func=lambda value: plain(_name(value, file))[:40],
        key=f"evaluation.source.{file.file_id if file else ''}.{len(options)}",
        label_visibility="collapsed",
    )  # fmt: skip
    if chosen != UPLOAD and chosen != asked:
        kept = {name: st.query_params[name] for name in KEPT if name in st.query_params}
        level = st.query_params.get("level", "system")
        st.query_params.from_dict(kept | {"level": level, "of": chosen})
    return str(chosen)


def _name(chosen: str, file: Any) -> str:
    if chosen == UPLOAD:
        return str(file.name) if file else "an uploaded file"
    return chosen or "All graphs"


def _kept(chosen: Chosen) -> Judged:
    """Judge runs of the store."""
    fleet, graph = resources.fleet(), chosen.graph or None
    if chosen.kind == origin.IMPORTED:
        rows = evaluation_view.imported_rows(fleet, chosen.part, graph, most=chosen.most)
    else:
        rows = evaluation_view.own_rows(fleet, graph, played=chosen.kind == origin.PLAYED)
    labels = evaluation_view.own_labels(fleet, rows)
    seen = tuple((row["id"], row["spans"], row["ended_at"], row["digest"]) for row in rows)
    said = len(issue_changes(fleet.store))
    return _judge_own(seen, tuple(sorted(labels.items())), said, rows)


@st.cache_data(max_entries=8, show_spinner="Judging the newest runs …")
def _judge_own(
    seen: tuple[Any, ...],  # noqa: ARG001 - the key of the cache
    labels: tuple[tuple[str, float], ...],
    said: int,  # noqa: ARG001 - how many changes issues had: the key of the cache
    _rows: Sequence[Mapping[str, Any]],
) -> Judged:
    """Judge these runs once; a run that went on, a new label or name is judged anew."""
    return evaluation_view.judge_own(resources.fleet(), _rows, dict(labels))


def _uploaded(file: Any) -> Judged:
    return _judge_upload(file.file_id, file.name, file)


@st.cache_data(max_entries=2, show_spinner="Reading and judging the file …")
def _judge_upload(file_id: str, name: str, _file: Any) -> Judged:  # noqa: ARG001 - cache key
    """Judge an upload by the way of `fleet evaluate`: from a file, read piece by piece."""
    with tempfile.TemporaryDirectory(prefix="fleet-upload-") as scratch:
        path = Path(scratch) / _file_name(name)
        with path.open("wb") as copy:
            _file.seek(0)
            shutil.copyfileobj(_file, copy)
        try:
            return evaluation_view.judge_file(resources.fleet(), path)
        except InputError as error:
            raise InputError(str(error).replace(str(path), name)) from None


def _file_name(name: str) -> str:
    """Return a safe file name with the upload's own words, which name its runs, and its ending."""
    own = Path(name.replace("\\", "/")).name
    ending = "".join(s for s in Path(own).suffixes[-2:] if s.lower() in (*ENDINGS, ".gz"))
    stem = NO_NAME.sub("-", own.removesuffix(ending))[:LONGEST_NAME].strip("-.")
    return f"{stem or 'traces'}{ending.lower()}"


def _nothing(title: Any, error: InputError, *, uploaded: bool) -> None:
    with title:
        st.title(
            "The file could not be judged" if uploaded else "No run to judge yet", anchor=False
        )
    if uploaded:
        st.markdown(f"{theme.verdict('FAIL', 'not read')} {escaped(str(error), 400)}")
        return
    theme.note(
        "○ Every run leaves a trace, and traces are judged here. `fleet run inbox` makes some, "
        "`fleet import traces` brings others, and Upload judges a file without keeping it."
    )
