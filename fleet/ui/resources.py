"""What a page may ask for: the fleet, opened once a process."""

import getpass

import streamlit as st

from fleet.adapters.store.revisions import current
from fleet.errors import FleetError
from fleet.runtime import Fleet, open_fleet
from fleet.settings import read_settings


@st.cache_resource(show_spinner=False)
def fleet() -> Fleet:
    """Return the fleet of this home."""
    return open_fleet(read_settings())


def is_ready() -> bool:
    """Whether the store has its tables."""
    try:
        return bool(current(fleet().store))
    except FleetError:
        return False


def actor() -> str:
    """Name the person at the console: the signed-in user, else the local one."""
    user = getattr(st.user, "email", None)
    return str(user) if user else getpass.getuser()


def run_counts() -> dict[str, int]:
    """Return how many runs stand in each state."""
    from fleet.adapters.store.runs import count_runs

    return count_runs(fleet().store)
