"""Tables from CSV, Parquet or JSONL files (gzip too): columns in row order."""

from pathlib import Path
from typing import Any

from fleet.adapters.table_pieces import TROUBLE
from fleet.errors import InputError


def read_table(path: Path) -> dict[str, Any]:
    """Read one table into arrays by column; raises InputError naming the file."""
    import pandas as pd

    name = path.name.removesuffix(".gz").lower()
    try:
        if name.endswith(".parquet"):
            frame = pd.read_parquet(path)
        elif name.endswith((".jsonl", ".ndjson", ".json")):
            frame = pd.read_json(path, lines=True)
        else:
            frame = pd.read_csv(path, low_memory=False)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: check the path") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} is empty: a table needs a header and rows") from None
    except TROUBLE as error:
        raise InputError(f"{path} is no table: {error}") from None
    if frame.empty:
        raise InputError(f"{path} has no rows: a table needs a header and rows")
    return {str(column): _values(frame[column]) for column in frame.columns}


def _values(series: Any) -> Any:
    if series.dtype.kind in "iuf":
        return series.to_numpy()
    return series.astype(object).where(series.notna(), None).tolist()
