"""The sidebar: one row a page, by role; a page whose file is not there is not listed."""

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.files import root
from fleet.adapters.store.controls import halt_state
from fleet.adapters.store.overview import waiting_count
from fleet.adapters.store.simulated import read_place, read_simulated
from fleet.ui import device, resources
from fleet.ui.untrusted import escaped

POLL_S = 4

PAGES: tuple[tuple[str, str, str, str], ...] = (
    ("My work", "home", "Home", ":material/home:"),
    ("My work", "approvals", "Approvals", ":material/rule:"),
    ("My work", "leads", "Leads", ":material/group:"),
    ("My work", "intent", "Inbox", ":material/inbox:"),
    ("My work", "campaigns", "Campaigns", ":material/campaign:"),
    ("My work", "panel", "Campaign room", ":material/forum:"),
    ("My work", "orchestrator", "Plans", ":material/account_tree:"),
    ("Autonomy", "manager", "Overview", ":material/dashboard:"),
    ("Autonomy", "release_gate", "Release gate", ":material/gavel:"),
    ("Autonomy", "ladder", "Ladder", ":material/stairs:"),
    ("Evidence", "evaluation", "Evaluation", ":material/query_stats:"),
    ("Evidence", "traces", "Traces", ":material/timeline:"),
    ("Evidence", "evals", "Prompt evals", ":material/fact_check:"),
    ("Evidence", "propensity", "Propensity", ":material/ssid_chart:"),
    ("Guards", "drift", "Drift", ":material/show_chart:"),
    ("Guards", "defects", "Defects", ":material/bug_report:"),
    ("Guards", "liveness", "Liveness", ":material/cycle:"),
    ("Guards", "runs", "Runs", ":material/play_circle:"),
)


def sections() -> dict[str, list[st.Page]]:
    """Return the pages that exist, by section; home answers the bare address."""
    waiting = _waiting()
    found: dict[str, list[st.Page]] = {}
    for section, name, title, icon in PAGES:
        file = root() / "pages" / f"{name}.py"
        if file.is_file():
            if name == "approvals" and waiting:
                title = f"{title} ({waiting:,})"  # the address does not change with it
            page = st.Page(str(file), title=title, icon=icon, url_path=name, default=name == "home")
            found.setdefault(section, []).append(page)
    return found


def _waiting() -> int:
    """Return how many drafts wait for whoever is at the console."""
    if not resources.is_ready():
        return 0
    now, actor = SystemClock().now(), resources.actor()
    return waiting_count(resources.fleet().store, now, actor=actor)


@st.fragment(run_every=POLL_S)
def _playing() -> None:
    """Say how far the simulated past has come, until it is whole."""
    store = resources.fleet().store
    past, place = read_simulated(store), read_place(store)
    if past is None or past["done"]:
        st.rerun()  # the whole page: it has a past now
        return
    st.markdown(":blue-badge[:material/history: Simulated past]")
    day, days = len(place["days"]) if place else 0, past["days"]
    st.progress(day / days, text=f":small[day {day} of {days} is played]")


def sidebar_foot() -> None:
    """Say whether sends are on, and who is at the console."""
    with st.sidebar.container(border=True, gap="xxsmall"):
        if not resources.is_ready():
            st.markdown(":gray-badge[○ no store yet]")
            return
        stopped = halt_state(resources.fleet().store)
        if stopped:
            st.markdown(f":red-badge[▼ sends are stopped] {escaped(stopped['reason'], 80)}")
        else:
            st.markdown(":green-badge[▲ sends are on]")
        gateway = resources.fleet().settings.gateway_url
        st.markdown(
            ":violet-badge[:material/neurology: Model answers]"
            if gateway
            else ":orange-badge[:material/rule: Rules only, no model]"
        )
        past = read_simulated(resources.fleet().store)
        if past and past["done"]:
            st.markdown(f":blue-badge[:material/history: Simulated past: {past['days']} days]")
        elif past:
            _playing()
        st.markdown(f":small[:gray[{escaped(resources.actor())}]]")
        device.keys_switch()
