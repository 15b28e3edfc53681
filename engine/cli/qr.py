"""An address as a QR code in a terminal, for a telephone's camera."""

from __future__ import annotations

from contextlib import suppress

from engine.cli.paragraph import columns


def drawn(address: str) -> None:
    """Draw it where somebody looks and where there is room for it."""
    width = columns()
    if width is None:
        return
    import segno

    picture = segno.make(address, error="m")
    if picture.symbol_size()[0] <= width:
        with suppress(UnicodeEncodeError):  # a terminal that has no blocks
            picture.terminal(compact=True)
