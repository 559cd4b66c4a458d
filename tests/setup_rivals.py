"""Bring the packages that benches stand beside; only `make bench` needs them (about 300 MB).

`python tests/setup_rivals.py` installs each into a folder of its own under `.tools`, without what
they drag in and do not need here, and notes the folders in `.tools/tools.json`. Nothing of them
enters the project's environment: they want older pandas.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
LIMIT_S = 900
PACKAGES = {
    "clear_eval": (
        "clear-eval==2.0.5", "litellm==1.110.2", "langchain-openai==1.7.4", "networkx==3.6.1",
        "python-dotenv==1.2.4", "tqdm==4.70.1", "nest-asyncio==1.6.0", "fastuuid==0.14.0",
        "tiktoken==0.14.0", "regex==2026.11.19", "pydantic-settings==2.16.3", "h2==4.4.1",
        "importlib-metadata==10.2.0", "hyperframe==6.1.0", "lazy-importer==0.1.0",
        "matplotlib==3.11.2", "seaborn==0.13.2",
    ),
    "evidently": (
        "evidently==0.7.23", "pandas==2.3.3", "pytz==2026.6", "uuid6==2025.0.1",
        "typing-inspect==0.9.0", "deprecation==2.1.0", "ujson==6.1.0", "nltk==3.10.4",
        "regex==2026.11.19", "litestar==2.25.0", "msgspec==0.22.0", "multipart==2.0.1",
        "fsspec==2026.9.0", "opentelemetry-proto==1.45.2", "protobuf==7.36.2",
    ),
}  # fmt: skip


def bring(name: str) -> str | dict[str, str]:
    """Install one group; return its folder, or why it is missing."""
    folder = TOOLS / name
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target",
               str(folder), *PACKAGES[name]]  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)  # onto an older one pip leaves half of it out
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )  # fixed commands of ours
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"missing": str(error)}
    if done.returncode:
        return {"missing": (done.stderr.strip().splitlines() or ["pip failed"])[-1]}
    return str(folder)


def main() -> int:
    """Bring every group and add it to the list of tools."""
    TOOLS.mkdir(exist_ok=True)
    file = TOOLS / "tools.json"
    found = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for name in PACKAGES:
        found[name] = bring(name)
        print(f"{name}: {found[name]}")
    file.write_text(json.dumps(found, indent=2), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
