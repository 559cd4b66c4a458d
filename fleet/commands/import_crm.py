"""`fleet import crm DIR`: bring in the CSV files of a CRM export."""

import argparse
from pathlib import Path
from typing import Any

from fleet.commands.console_io import Console


def run_crm(args: argparse.Namespace, console: Console) -> int:
    """Import a folder by a mapping and print the documented answer."""
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.crm_import import import_crm
    from fleet.adapters.crm_import_mapping import find_mapping, read_mapping
    from fleet.adapters.store.open import open_store
    from fleet.settings import read_settings

    folder = Path(args.path)
    mapping = read_mapping(args.mapping) if args.mapping else find_mapping(folder)
    settings = read_settings(getattr(args, "home", None))
    store = open_store(settings.store_url, home=settings.home)
    answer = import_crm(
        store, folder, mapping, SystemClock().now(), settings.home / "rejects", console.note
    )
    console.document(answer, _summary(answer, mapping.name))
    return 0


def _summary(answer: dict[str, Any], mapping: str) -> str:
    lines = [f"mapping {mapping}"]
    lines += [f"  {table}: {count} imported" for table, count in answer["imported"].items()]
    lines += [f"  unchanged: {answer['unchanged']}", f"  rejected: {answer['rejected']}"]
    lines += [
        f"  {item['rows']} rows: {item['table']}.{item['field']} "
        f"{item['from']!r} -> {'empty' if item['to'] is None else repr(item['to'])}"
        for item in answer["repaired"]
    ]
    if answer["rejects_file"]:
        lines.append(f"  details of rejected rows and emptied keys: {answer['rejects_file']}")
    return "\n".join(lines)
