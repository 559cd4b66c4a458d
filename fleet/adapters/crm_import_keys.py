"""Keys of an export: stable ids, and references found exactly or by one unmistakable spelling."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field

PLAIN_NAME = re.compile(r"[a-z0-9]+( [a-z0-9]+)*")
HASH_LENGTH = 8


def make_id(key: str, *, is_name: bool, prefix: str) -> str:
    """Return the id of a key: the key itself, or a readable slug of a name.

    A name that a slug cannot hold in full carries a hash, so that two names never share an id.

    >>> make_id("Acme Corporation", is_name=True, prefix="")
    'acme-corporation'
    >>> make_id("0063X", is_name=False, prefix="")
    '0063X'
    """
    if not is_name:
        return prefix + key
    name = fold(key)
    slug = "-".join(re.findall(r"[a-z0-9]+", name))
    if PLAIN_NAME.fullmatch(name):
        return prefix + slug
    digest = hashlib.sha256(name.encode()).hexdigest()[:HASH_LENGTH]
    return f"{prefix}{slug}-{digest}" if slug else prefix + digest


def fold(key: str) -> str:
    """Return a name without case and doubled spaces: equal folds are one entity."""
    return " ".join(unicodedata.normalize("NFKC", key).casefold().split())


def squeeze(key: str) -> str:
    """Return letters and digits only, without case and accents: the loosest spelling accepted.

    >>> squeeze("GTX Pro") == squeeze("GTXPro")
    True
    """
    plain = unicodedata.normalize("NFKD", key).casefold()
    return "".join(ch for ch in plain if ch.isalnum())


@dataclass(slots=True)
class KeyIndex:
    """The keys of one table: `ids` exact, `loose` by squeezed spelling for names."""

    is_name: bool
    ids: dict[str, str] = field(default_factory=dict)  # key as referred to -> row id
    loose: dict[str, set[str]] = field(default_factory=dict)  # squeezed -> exact keys

    def add(self, key: str, row_id: str) -> None:
        """Know a key."""
        exact = fold(key) if self.is_name else key
        if exact in self.ids:
            return
        self.ids[exact] = row_id
        if self.is_name:
            self.shown[exact] = key
            self.loose.setdefault(squeeze(key), set()).add(exact)

    shown: dict[str, str] = field(default_factory=dict)  # exact -> as spelled in its own table

    def find(self, key: str) -> "Found":
        """Look a reference up; anything but one exact or one loose match is nothing."""
        exact = fold(key) if self.is_name else key
        if exact in self.ids:
            return Found(self.ids[exact])
        near = self.loose.get(squeeze(key), set()) if self.is_name else set()
        if len(near) == 1:
            match = next(iter(near))
            return Found(self.ids[match], self.shown[match])
        if near:
            names = ", ".join(repr(self.shown[item]) for item in sorted(near))
            return Found(None, problem=f"{key[:60]!r} could be {names}")
        return Found(None, problem=f"{key[:60]!r} names no row")


@dataclass(frozen=True, slots=True)
class Found:
    """What a reference resolved to; `repaired_to` is the spelling that was meant."""

    row_id: str | None
    repaired_to: str | None = None
    problem: str | None = None
