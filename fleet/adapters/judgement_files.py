"""Judgements from a folder or a zip file of JSON documents, such as CLEAR's own results."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from fleet.adapters.trace_records import MAX_RECORD, parse_json
from fleet.errors import InputError
from fleet.evaluation.judgements import Judgement, read_judgement

MAX_DOCUMENTS = 100_000


def read_judgements(path: Path) -> list[Judgement]:
    """Return every judgement under `path`; raises InputError when there is none."""
    found = []
    for number, raw in enumerate(_documents(path)):
        if number >= MAX_DOCUMENTS:
            raise InputError(f"{path} holds more than {MAX_DOCUMENTS} documents: split it")
        try:
            judgement = read_judgement(parse_json(raw))
        except InputError:
            continue
        if judgement is not None:
            found.append(judgement)
    if not found:
        raise InputError(f"{path} holds no judgement: give CLEAR's results as a folder or a zip")
    return found


def _documents(path: Path) -> Iterator[bytes]:
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*.json")):
                if file.stat().st_size <= MAX_RECORD:
                    yield file.read_bytes()
        else:
            with zipfile.ZipFile(path) as packed:
                for entry in packed.infolist():
                    if entry.filename.endswith(".json") and entry.file_size <= MAX_RECORD:
                        yield packed.read(entry)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: check the path") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is no folder or zip file of judgements: {error}") from None
