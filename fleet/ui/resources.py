"""What all browser sessions share: settings, the open store, the queue."""

import getpass
from pathlib import Path

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.files import read_policies
from fleet.adapters.store.migrate import current
from fleet.adapters.store.open import EngineStore, open_store
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.settings import Settings, read_settings


def settings() -> Settings:
    """Return the settings of this process."""
    return read_settings()


def store() -> EngineStore | None:
    """Return the open store, or None while nothing is set up."""
    found = settings()
    if found.store_url.startswith("sqlite") and not Path(found.home, "fleet.db").exists():
        return None
    opened = _store(found.store_url)
    return opened if current(opened) else None


def queue() -> ReviewQueue | None:
    """Return the review queue, or None while nothing is set up."""
    opened = store()
    found = settings()
    if opened is None:
        return None
    policies = read_policies(found.policies)
    return ReviewQueue(opened, SystemClock(), policies, found.undo_s, found.sender)


def actor() -> str:
    """Name who sits before the console: the local user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local user"


@st.cache_resource
def _store(url: str) -> EngineStore:
    return open_store(url)
