"""The house rules: pure files stay pure, files stay small, nothing names a machine or a registry."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BANNED = (
    "dbos",
    "httpx",
    "langgraph",
    "langsmith",
    "openai",
    "psycopg",
    "sqlalchemy",
    "sqlite3",
    "streamlit",
)
SHELLS = {"adapters", "ui", "commands", "runtime"}
CORE = ("errors", "policy", "ports")
PROBE = """
import importlib, json, sys
names, banned = json.load(sys.stdin)
loaded, found = set(), {}
for name in names:
    importlib.import_module(name)
    fresh = (set(sys.modules) & set(banned)) - loaded
    loaded |= fresh
    if fresh:
        found[name] = sorted(fresh)
print(json.dumps(found))
"""


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def pure_modules() -> list[str]:
    files = [ROOT / "fleet" / f"{name}.py" for name in CORE]
    files += [
        path
        for path in sorted((ROOT / "fleet").rglob("*.py"))
        if path.relative_to(ROOT).parts[1] not in SHELLS
        and len(path.relative_to(ROOT).parts) > 2
        and path.stem != "graph"
    ]
    return [
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for f in files
    ]


def test_pure_modules_load_nothing_that_touches_the_outside() -> None:
    child = subprocess.run(
        [sys.executable, "-c", PROBE], input=json.dumps([pure_modules(), BANNED]), cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    assert json.loads(child.stdout) == {}


@pytest.mark.parametrize(
    ("pattern", "limit"), [("fleet/*.py", 300), ("app.py", 80), ("pages/*.py", 80)]
)
def test_files_stay_small(pattern: str, limit: int) -> None:
    long = {
        str(f.relative_to(ROOT)): n
        for f in tracked(pattern)
        if (n := len(f.read_text("utf-8").splitlines())) > limit
    }
    assert long == {}


def test_no_file_names_a_registry() -> None:
    from pip._internal.models.index import PyPI

    hosts = [PyPI.netloc, PyPI.file_storage_domain]
    named = [
        str(f.relative_to(ROOT))
        for f in tracked()
        if any(host.encode() in f.read_bytes() for host in hosts)
    ]
    assert named == []


def test_no_stub_and_no_raw_html_is_left() -> None:
    lazy = re.compile("NotImplemented" + "Error|TO" + "DO|FIX" + "ME|unsafe_allow_" + "html=True")
    assert [
        str(f.relative_to(ROOT)) for f in tracked("*.py") if lazy.search(f.read_text("utf-8"))
    ] == []


def test_every_silenced_check_gives_its_reason() -> None:
    bare = re.compile(
        r"#\s*(?:type:\s*ignore|noqa)(?::\s*[A-Z0-9, ]+|\[[^]]*\])?\s*$", re.MULTILINE
    )
    assert [
        str(f.relative_to(ROOT)) for f in tracked("*.py") if bare.search(f.read_text("utf-8"))
    ] == []
