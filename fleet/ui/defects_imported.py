"""Defects of imported runs for the page: looked for a part at a time, and kept by their content."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from fleet.adapters.store.imported import count_imported
from fleet.runtime import imported_defects
from fleet.runtime.imported_defects import LOOKED_AT, LOOKS, Imported
from fleet.ui import resources, theme

PARTS = 24  # kept, of `LOOKED_AT` runs each
ASKED = "defects.looks"


def look(file: str | None, weeks: int) -> tuple[Imported, int]:
    """Return what is found in the newest imported runs of a file or of all, and how many there are.

    One part of them is looked at, and one more each time that a person asks for it.
    """
    fleet = resources.fleet()
    parts = imported_defects.looks(fleet, file, _asked(file))
    found = [row for part in parts for row in _found(_content(part), part)]
    rows = [row for part in parts for row in part]
    return imported_defects.gather(rows, found, weeks), count_imported(fleet.store, file)


def rest(file: str | None, seen: Imported, total: int, weeks: int) -> None:
    """Say how many runs were looked at, and what follows from it; offer to look at more."""
    looked = _asked(file)
    more = min(LOOKED_AT, total - looked * LOOKED_AT)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        part = "All" if seen.looked_at == total else f"{seen.looked_at:,} of"
        when = f", those of the {weeks} weeks up to the newest" if seen.dated else ""
        theme.note(
            f"{part} {total:,} imported runs are looked at{when}. What is found in runs of "
            "others moves no version of ours."
        )
        if more <= 0 or looked >= LOOKS:
            return
        if st.button(f"Look at {more:,} more", icon=":material/search:", key="defects.more"):
            st.session_state[ASKED] = (file, looked + 1)
            st.rerun()


def _asked(file: str | None) -> int:
    """Return how many parts a person asked for; another file begins anew."""
    of, looked = st.session_state.get(ASKED, (file, 1))
    return int(looked) if of == file else 1


def _content(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str | None, int], ...]:
    return tuple((row["id"], row["digest"], row["spans"]) for row in rows)


@st.cache_data(max_entries=PARTS, show_spinner="Looking at imported runs …")
def _found(
    content: tuple[tuple[str, str | None, int], ...],  # noqa: ARG001 - the key of the cache
    _rows: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    return imported_defects.find(resources.fleet(), _rows)
