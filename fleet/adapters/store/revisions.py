"""Which revisions a store has, and which this build knows: read without loading Alembic."""

from typing import Any

import sqlalchemy as sa

from fleet.adapters.files import data_file
from fleet.errors import InputError, StoreError

# `previous` is unique: of two upgrades at once, one takes the step and the other finds it taken.
revisions = sa.Table(
    "schema_revisions", sa.MetaData(),
    sa.Column("revision", sa.Text, primary_key=True),
    sa.Column("previous", sa.Text, nullable=False, unique=True),
)  # fmt: skip


def known() -> list[str]:
    """Return the revisions of this build, oldest first; a file is named `REVISION_words.py`."""
    files = data_file("migrations").joinpath("versions").glob("*_*.py")
    return sorted(file.name.partition("_")[0] for file in files)


def current(store: Any) -> set[str]:
    """Return the revisions that the store has; raises InputError on one that this build lacks."""
    found = {row["revision"] for row in store.read(sa.select(revisions.c.revision))}
    unknown = found - set(known())
    if unknown:
        raise InputError(
            f"the store is at revision {min(unknown)!r}, which this version does not know: "
            "upgrade the fleet, or use another --home"
        )
    return found


def pending(store: Any) -> list[str]:
    """Return the revisions still to be applied."""
    try:
        found = current(store)
    except StoreError:
        found = set()
    return [revision for revision in known() if revision not in found]
