"""A home with the sample, made once a file; each test works on a copy of it."""

import shutil
from pathlib import Path

import pytest

from tests.support.cli import run_fleet


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised home that nothing has run in."""
    folder = tmp_path_factory.mktemp("sample") / "home"
    run_fleet(folder, "init", "--sample")
    return folder


@pytest.fixture
def home(sample: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(sample, tmp_path / "home"))
