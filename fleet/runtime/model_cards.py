"""The propensity models under a home: where they lie, and what each says of itself."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.runtime.scoring import model_folder, read_report

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

MODEL_FILE = "model.json"
DEEPEST = 3  # folders below the home
MOST = 2_000  # folders looked into
NOT_MODELS = frozenset({"traces", "outbox", "inbox", "rejects"})  # ours, and full of files


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A model directory; `report` is None where none was kept, or one of another model.

    `serves` says whether the leads of this store are scored by it; `form` is the exported model.
    """

    name: str
    serves: bool
    form: dict[str, Any]
    report: dict[str, Any] | None


def find_models(fleet: "Fleet") -> list[str]:
    """Return the model directories under the home, as paths within it: the serving one first."""
    home, own = fleet.settings.home, model_folder(fleet)
    found = sorted(str(folder.relative_to(home)) for folder in _folders(home))
    serving = str(own.relative_to(home))
    return sorted(found, key=lambda name: name != serving)


def read_card(fleet: "Fleet", name: str) -> ModelCard | None:
    """Return a directory of `find_models`; None when it holds no model that can be read."""
    folder = fleet.settings.home / name
    try:
        form = json.loads((folder / MODEL_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(form, dict) or not isinstance(form.get("version"), str):
        return None
    try:
        report = read_report(folder)
    except AttributeError:  # a report that is no object
        report = None
    return ModelCard(name=name, serves=folder == model_folder(fleet), form=form, report=report)


def _folders(home: Path) -> Iterator[Path]:
    """Yield folders that hold a model, breadth first; what cannot be read is passed over."""
    layer, looked = [home], 0
    for _ in range(DEEPEST + 1):
        below: list[Path] = []
        for folder in layer:
            looked += 1
            if looked > MOST:
                return
            try:
                entries = list(os.scandir(folder))
            except OSError:
                continue
            if any(entry.name == MODEL_FILE and entry.is_file() for entry in entries):
                yield folder
            below += [
                Path(entry.path)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and entry.name not in NOT_MODELS
            ]
        layer = below
