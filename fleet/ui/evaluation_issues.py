"""What people may say of an issue: another name, or that it is the same as another one."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.issue_history import change_issue, issue_changes
from fleet.errors import InputError
from fleet.evaluation.issue_names import MERGE, MOST_TITLE, RENAME, SPLIT, history_of
from fleet.ui import resources, theme
from fleet.ui.untrusted import escaped, plain

DID = {RENAME: "called it", MERGE: "counted it with", SPLIT: "counted apart"}


def show(issue: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> None:
    """Draw the two controls and what was said of the issue before."""
    own = issue["id"]
    with st.popover("Name or merge", icon=":material/edit:"):
        title = st.text_input(
            "Call it", value=plain(issue["title"]), max_chars=MOST_TITLE, key=f"issue.title.{own}"
        )
        if st.button("Rename", disabled=title.strip() in ("", issue["title"])):
            _change({"op": RENAME, "id": own, "title": title})
        rest = {other["id"]: other for other in others if other["id"] != own}
        into = st.selectbox(
            "It is the same as", list(rest), index=None, key=f"issue.into.{own}",
            format_func=lambda key: f"{plain(rest[key]['title'])[:60]} · {key[-6:]}",
        )  # fmt: skip
        if st.button("Merge", disabled=into is None):
            _change({"op": MERGE, "id": own, "into": into})
        for part in issue.get("merged", ()):
            if part != own and st.button(f"Count {part} apart again", key=f"issue.split.{part}"):
                _change({"op": SPLIT, "id": part})
    if "found_as" in issue:
        theme.note(f"found as: {escaped(issue['found_as'], 120)}")
    for said in history_of(issue_changes(resources.fleet().store), own)[::-1][:5]:
        what = said.get("title") or said.get("into") or ""
        about = "" if said["id"] == own else f"of `{escaped(said['id'], 40)}`: "
        theme.note(
            f"{escaped(said['at'][:16].replace('T', ' '))} {escaped(said['by'], 40)}: {about}"
            f"{DID[said['op']]} {escaped(what, 120)}"
        )


def _change(change: Mapping[str, Any]) -> None:
    try:
        change_issue(
            resources.fleet().store, change, actor=resources.actor(), now=SystemClock().now()
        )
    except InputError as error:
        st.error(escaped(str(error), 300))
        return
    st.rerun()
