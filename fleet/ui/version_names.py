"""How a version is called on a page: what was simulated says so wherever it is named."""

from fleet.domain.trust import SIMULATED, is_simulated
from fleet.ui.untrusted import escaped, plain

BADGE = ":blue-badge[:material/history: simulated]"
LONGEST = 60


def plain_name(graph: str, version: str) -> str:
    """Return a version's name as plain text, for lists, charts and files.

    >>> plain_name("reply", "reply-1+sim.good.7"), plain_name("reply", "v2")
    ('reply-1, simulated (good 7)', 'reply v2')
    """
    base, _, played = version.partition(SIMULATED)
    name = base if base.startswith(graph) else f"{graph} {base}"
    if is_simulated(version):
        name = f"{name}, simulated ({played.replace('.', ' ')})"
    return plain(name)[:LONGEST]


def short_name(graph: str, version: str) -> str:
    """Return a version's name without how it was simulated; `BADGE` says that beside it."""
    base = version.partition(SIMULATED)[0]
    return plain(base if base.startswith(graph) else f"{graph} {base}")[:LONGEST]


def marked_name(graph: str, version: str) -> str:
    """Return a version's name as Markdown in bold, with a badge when it was simulated."""
    badge = f" {BADGE}" if is_simulated(version) else ""
    return f"**{escaped(short_name(graph, version), LONGEST)}**{badge}"
