"""Memory: all rows of the sitting that is being played, packed small: the last place from which it is kept.

A sitting of an hour takes about a megabyte.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence

from engine.journal.rows import Row


class Memory:
    """Rows by table, in the order in which they came. Not for two threads at once."""

    def __init__(self) -> None:
        self._packing = zlib.compressobj()
        self._packed = bytearray()

    def take(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Keep these too, which were checked (engine.journal.rows) and so hold only what JSON holds."""
        for table, new in rows.items():
            if new:
                line = json.dumps((table, new), allow_nan=False, separators=(",", ":"))
                self._packed += self._packing.compress(f"{line}\n".encode())

    def rows(self) -> Iterator[tuple[str, list[Row]]]:
        """All that was taken, a portion of one table's rows at a time."""
        whole = zlib.decompress(self._packed + self._packing.copy().flush())
        for line in whole.splitlines():
            table, rows = json.loads(line)
            yield table, [tuple(row) for row in rows]
