"""The table of pages; a page is listed when its file exists."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """One page: its section, name, icon and file."""

    section: str
    title: str
    icon: str
    file: str


WORK, AUTONOMY, EVIDENCE, GUARDS = "My work", "Autonomy", "Evidence", "Guards"
PAGES: tuple[PageRow, ...] = (
    PageRow(section=WORK, title="Home", icon="home", file="home"),
    PageRow(section=WORK, title="Approvals", icon="rate_review", file="approvals"),
    PageRow(section=WORK, title="Leads", icon="leaderboard", file="leads"),
    PageRow(section=WORK, title="Campaigns", icon="groups", file="campaigns"),
    PageRow(section=WORK, title="Sent and replies", icon="outbox", file="sent"),
    PageRow(section=AUTONOMY, title="Release gate", icon="verified", file="gate"),
    PageRow(section=AUTONOMY, title="Autonomy ladder", icon="stairs", file="ladder"),
    PageRow(section=EVIDENCE, title="Evaluation", icon="fact_check", file="evaluation"),
    PageRow(section=EVIDENCE, title="Traces", icon="timeline", file="traces"),
    PageRow(section=GUARDS, title="Drift", icon="ssid_chart", file="drift"),
    PageRow(section=GUARDS, title="Liveness", icon="sync_problem", file="liveness"),
    PageRow(section=GUARDS, title="Runs", icon="monitor_heart", file="runs"),
)


def pages(root: Path, *, waiting: int = 0) -> dict[str, list[StreamlitPage]]:
    """Return the sections with the pages under `root`; the home page is the default."""
    sections: dict[str, list[StreamlitPage]] = {}
    for row in PAGES:
        path = root / "pages" / f"{row.file}.py"
        if not path.is_file():
            continue
        title = f"{row.title} ({waiting})" if row.file == "approvals" and waiting else row.title
        page = st.Page(
            path, title=title, icon=f":material/{row.icon}:", url_path=row.file,
            default=row.file == "home",
        )  # fmt: skip
        sections.setdefault(row.section, []).append(page)
    return sections
