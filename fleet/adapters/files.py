"""Files the product ships: policies, prompts, golden sets, mappings, the sample; where they lie."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from fleet.errors import InputError, PolicyError

PACKAGE = Path(__file__).resolve().parent.parent


def root() -> Path:
    """Return the folder that holds `data/`, `app.py` and `pages/`: checkout, or wheel's copy."""
    shipped = PACKAGE / "_shipped"
    return shipped if shipped.is_dir() else PACKAGE.parent


def data_file(*parts: str) -> Path:
    """Return the path of a shipped data file."""
    return root().joinpath("data", *parts)


def read_policies(path: Path | None = None) -> dict[str, Any]:
    """Read a policy file (the shipped one by default); raises PolicyError on bad TOML."""
    file = path or data_file("policies.toml")
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise PolicyError(f"{file} does not exist: give an existing policy file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise PolicyError(f"{file} is not a policy file: {error}") from None


def read_text(path: Path) -> str:
    """Read UTF-8 text; raises InputError naming the file."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: check the path") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 at byte {error.start}: convert it first") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def prompt_digest(text: str) -> str:
    """Return the version of a prompt: the SHA-256 of its file."""
    return hashlib.sha256(text.encode()).hexdigest()
