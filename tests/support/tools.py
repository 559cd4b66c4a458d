"""Ask for a piece that `tests/setup_tools.py` brought; a missing one is a loud skip."""

import json
from pathlib import Path

import pytest

FOUND = Path(__file__).resolve().parents[2] / ".tools" / "tools.json"


def require(name: str) -> str:
    """Return where the piece is, or skip with the reason why it is not there."""
    if not FOUND.exists():
        pytest.skip(f"{name}: run 'make install-dev' first")
    piece = json.loads(FOUND.read_text("utf-8")).get(name, {"missing": "never asked for"})
    if isinstance(piece, dict):
        pytest.skip(f"{name} is missing: {piece['missing']}")
    return str(piece)
