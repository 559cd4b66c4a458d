"""What an import did: counts, repairs by value, and a rejects file with line and reason."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

LISTED_REPAIRS = 500  # distinct values listed; the rest are summed in one entry a field


@dataclass(slots=True)
class Report:
    """Grows during an import; `wire` is the documented answer."""

    rejects: "Rejects"
    imported: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    repairs: dict[tuple[str, str, str | None, str | None], int] = field(default_factory=dict)

    def repair(self, table: str, name: str, old: str | None, new: str | None) -> None:
        """Count one repaired value."""
        key = (table, name, old, new)
        if key not in self.repairs and len(self.repairs) >= LISTED_REPAIRS:
            key = (table, name, "(other values)", None)
        self.repairs[key] = self.repairs.get(key, 0) + 1

    def wire(self) -> dict[str, Any]:
        """Return `{imported, unchanged, repaired, rejected, rejects_file}`."""
        return {
            "imported": self.imported,
            "unchanged": self.unchanged,
            "repaired": [
                {"table": table, "field": name, "from": old, "to": new, "rows": rows}
                for (table, name, old, new), rows in self.repairs.items()
            ],
            "rejected": self.rejects.rows,
            "rejects_file": str(self.rejects.path) if self.rejects.lines else None,
        }


@dataclass(slots=True)
class Rejects:
    """JSON lines, written beside the final name and moved there by `close`."""

    path: Path
    rows: int = 0  # rows that were not imported
    lines: int = 0
    handle: TextIO | None = None

    def add(
        self, file: Path, line: int, reason: str, cells: list[str] | None, *, kept: bool = False
    ) -> None:
        """Note one row; `kept` means it was imported with an empty key."""
        if self.handle is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.handle = self.partial.open("w", encoding="utf-8", errors="replace")
        entry = {"file": file.name, "line": line, "reason": reason, "kept": kept, "row": cells}
        self.handle.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self.lines += 1
        self.rows += not kept

    @property
    def partial(self) -> Path:
        """Where lines go until the import ends."""
        return self.path.with_suffix(f".{os.getpid()}.partial")

    def close(self) -> None:
        """Give the file its name; without a reject there is no file."""
        if self.handle:
            self.handle.close()
            self.partial.replace(self.path)
