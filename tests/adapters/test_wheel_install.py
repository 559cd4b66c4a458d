"""A built wheel carries the console and its data, and runs the same main job without a checkout."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.console_home import serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(ROOT, os.environ, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    run(
        folder, os.environ, "-m", "pip", "install", "--no-deps", "--target", str(target), str(wheel)
    )
    return target


def run(cwd: Path, env: "os._Environ[str] | dict[str, str]", *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_the_wheel_runs_the_main_job_and_the_console(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")} | {
        "PYTHONPATH": str(installed), "FLEET_HOME": str(home),
    }  # fmt: skip
    where = run(tmp_path, env, "-c", "import fleet; print(fleet.__file__)")
    assert str(installed) in where
    run(tmp_path, env, "-m", "fleet", "init", "--sample", "--json")
    assert '"handled": 3' in run(
        tmp_path, env, "-m", "fleet", "run", "inbox", "--limit", "3", "--json"
    )
    with serving(home, cwd=tmp_path, env=env) as address:
        assert b"<title>" in urllib.request.urlopen(address).read()
        assert urllib.request.urlopen(address + "/readyz").status == 200
    shipped = {path.name for path in (installed / "fleet" / "_shipped" / "pages").glob("*.py")}
    assert shipped == {path.name for path in (ROOT / "pages").glob("*.py")}


def test_a_home_without_a_store_is_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(address + "/readyz")
        assert caught.value.code == 503
        assert urllib.request.urlopen(address + "/_stcore/health").status == 200
