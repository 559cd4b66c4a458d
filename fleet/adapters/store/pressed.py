"""Long JSON as it came, pressed for the store: text, since D1 keeps no bytes as they are.

Traces repeat themselves; pressed they take a tenth of the pages, which cost more than the pressing.
"""

from base64 import b64decode, b64encode

import zstandard

LEVEL = -1  # the fast end: most of the gain at a gigabyte a second
LARGEST = 64 * 2**20  # bytes of one document; a damaged row must not fill the memory


class Press:
    """Presses documents one after another; for one thread."""

    __slots__ = ("_press",)

    def __init__(self) -> None:
        self._press = zstandard.ZstdCompressor(level=LEVEL)

    def __call__(self, document: bytes) -> str:
        """Return a document as short text."""
        return b64encode(self._press.compress(document)).decode("ascii")


def opened(text: str) -> bytes:
    """Return the document that was pressed; raises ValueError when the text is damaged."""
    try:
        return zstandard.ZstdDecompressor().decompress(
            b64decode(text, validate=True), max_output_size=LARGEST
        )
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None
