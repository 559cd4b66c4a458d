"""Which file of imported runs is looked at: drawn where several were imported, in the address."""

import streamlit as st

from fleet.adapters.store.imported import FILES, imported_files
from fleet.ui import resources
from fleet.ui.untrusted import plain

FILE = "file"  # of the address
WITHIN = ("run", "step", "of", "version")  # what an address names within a file
LONGEST = 40
FRESH_S = 60


def choose_file(page: str, total: int) -> str | None:
    """Draw the choice of one file or all; return its name, None for all of several."""
    files = _files(total)
    if len(files) <= 1:
        st.query_params.pop(FILE, None)
        return next(iter(files), None)
    asked = st.query_params.get(FILE, "")
    options = ["", *files]
    words = {"": f"All {len(files)} files" if len(files) < FILES else "All files"}
    picked = st.selectbox(
        "File", options, index=options.index(asked) if asked in files else 0,
        format_func=lambda name: words.get(name) or f"{plain(name)[:LONGEST]} · {files[name]:,}",
        key=f"{page}.file.{len(files)}.{asked}", label_visibility="collapsed",
    )  # fmt: skip
    if picked != asked:
        for name in (FILE, *WITHIN):
            st.query_params.pop(name, None)
        if picked:
            st.query_params[FILE] = picked
        st.rerun()
    return picked or None


@st.cache_data(max_entries=4, ttl=FRESH_S, show_spinner=False)
def _files(total: int) -> dict[str, int]:  # noqa: ARG001 - the key of the cache: imports add runs
    return imported_files(resources.fleet().store)
