"""How a command opens the store: settings once, a clear error when there is nothing to open."""

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from fleet.adapters.store.open import D1Store, EngineStore, open_store
from fleet.adapters.store.revisions import current
from fleet.errors import InputError
from fleet.settings import Settings, read_settings


def settings_of(args: argparse.Namespace) -> Settings:
    """Read the settings for `--home`."""
    return read_settings(getattr(args, "home", None))


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[EngineStore | D1Store]:
    """Open the initialised store; raises InputError naming `fleet init` when there is none."""
    settings = settings_of(args)
    if settings.store_url.startswith("sqlite") and not (settings.home / "fleet.db").exists():
        raise InputError(f"{settings.home} holds no store: run 'fleet init --home {settings.home}'")
    store = open_store(settings.store_url, home=settings.home)
    try:
        if not current(store):
            raise InputError("the store has no tables: run 'fleet init'")
        yield store
    finally:
        store.close()


def actor_of(args: argparse.Namespace) -> str:
    """Name who acts: `--as`, else the local user."""
    named: str | None = getattr(args, "actor", None)
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local user"
