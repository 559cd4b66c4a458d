"""A long table a piece at a time: pieces of about so many bytes, whatever its rows are like."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from fleet.errors import InputError

PIECE = 100_000  # rows read at once, at most
PIECE_BYTES = 8 * 2**20  # and about so many bytes of the file
FIRST_ROWS = 1_000  # of a CSV table, that tell how long its rows are
LINE_BYTES = 32 * 2**20  # of one row
SHORT_BYTES = 32 * 2**20  # a shorter table is read whole
TROUBLE = (  # what reading a broken table raises; a line that is no object is of a wrong type
    ValueError, TypeError, AttributeError, OSError, EOFError, zlib.error,
)  # fmt: skip
JSON_ENDINGS = (".jsonl", ".ndjson", ".json")


def is_short(path: Path) -> bool:
    """Whether a table is short once it is unpacked; raises InputError when it cannot be read."""
    if path.stat().st_size > SHORT_BYTES:
        return False
    try:
        if path.name.lower().endswith(".parquet"):
            return _parquet_bytes(path) <= SHORT_BYTES
        with _opened(path) as file:
            size = 0
            while size <= SHORT_BYTES and (piece := file.read(PIECE_BYTES)):
                size += len(piece)
    except TROUBLE as error:
        raise InputError(f"{path} is no table: {error}") from None
    return size <= SHORT_BYTES


def frames(path: Path) -> Iterator[Any]:
    """Yield the table as data frames; raises one of TROUBLE for what is none."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".parquet"):
        yield from _parquet(path)
    elif name.endswith(JSON_ENDINGS):
        yield from _json_lines(path)
    else:
        yield from _csv(path)


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]  # a gzip file is read as any other


def _parquet_bytes(path: Path) -> int:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types

    about = pq.ParquetFile(path).metadata
    sizes = (about.row_group(n).total_byte_size for n in range(about.num_row_groups))
    return int(max(sum(sizes), 8 * about.num_rows * about.num_columns))


def _parquet(path: Path) -> Iterator[Any]:
    import pyarrow.parquet as pq

    rows = pq.ParquetFile(path).metadata.num_rows
    size = max(1, min(PIECE, rows * PIECE_BYTES // max(1, _parquet_bytes(path))))
    for batch in pq.ParquetFile(path).iter_batches(batch_size=size):
        yield batch.to_pandas()


def _json_lines(path: Path) -> Iterator[Any]:
    import pandas as pd

    number = 1
    with _opened(path) as file:
        while lines := _lines(file, number):
            try:
                yield pd.read_json(io.BytesIO(b"".join(lines)), lines=True)
            except TROUBLE as error:
                raise ValueError(_what_is_wrong(lines, number) or error) from None
            number += len(lines)


def _lines(file: IO[bytes], number: int) -> list[bytes]:
    """Return the next lines, of which `number` is the first."""
    lines: list[bytes] = []
    size = 0
    while size < PIECE_BYTES and len(lines) < PIECE and (line := file.readline(LINE_BYTES)):
        if len(line) == LINE_BYTES and not line.endswith(b"\n"):
            raise ValueError(
                f"line {number + len(lines)} is longer than {LINE_BYTES >> 20} MB; a table has one "
                "object a line"
            )
        lines.append(line)
        size += len(line)
    return lines


def _what_is_wrong(lines: list[bytes], number: int) -> str | None:
    for place, line in enumerate(lines):
        try:
            fits = not line.strip() or isinstance(orjson.loads(line), dict)
        except orjson.JSONDecodeError as error:
            return f"line {number + place} is not JSON ({error}); a table has one object a line"
        if not fits:
            return f"line {number + place} is no object; a table has one a line"
    return None


def _csv(path: Path) -> Iterator[Any]:
    import pandas as pd

    with _opened(path) as file, pd.read_csv(file, low_memory=False, iterator=True) as reader:
        rows, size = 0, FIRST_ROWS
        while True:
            try:
                frame = reader.get_chunk(size)
            except StopIteration:
                return
            yield frame
            rows += len(frame)
            size = max(1, min(PIECE, rows * PIECE_BYTES // max(1, file.tell())))
