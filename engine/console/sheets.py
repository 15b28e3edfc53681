"""Sheets: the pages that listeners write on just now, as this console remembers them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated

from fastapi import Depends, Request

from engine.journal.record import Page
from engine.journal.sheet import Sheet

MOST_SHEETS = 64
"""Pages that are written on at a time (own choice)."""


class Sheets:
    """The sheets of this console, by their leaf; the longest untouched is forgotten first."""

    def __init__(self) -> None:
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()

    def begin(self, sheet: Sheet) -> None:
        """Remember a sheet."""
        self._sheets[sheet.page.leaf] = sheet
        while len(self._sheets) > MOST_SHEETS:
            self._sheets.popitem(last=False)

    def sheet(self, leaf: str, sitting: str) -> Sheet | None:
        """The sheet of that leaf, in that sitting."""
        found = self._sheets.get(leaf)
        if found is None or found.sitting != sitting:
            return None
        self._sheets.move_to_end(leaf)
        return found

    def of(self, sitting: str) -> list[Page]:
        """All pages of a sitting that are remembered here."""
        return [sheet.page for sheet in self._sheets.values() if sheet.sitting == sitting]

    def forget(self, sitting: str) -> None:
        """Remember nothing of a sitting."""
        for leaf in [leaf for leaf, sheet in self._sheets.items() if sheet.sitting == sitting]:
            del self._sheets[leaf]


def sheets_of(request: Request) -> Sheets:
    """What is being written in this console's rooms."""
    sheets: Sheets = request.app.state.sheets
    return sheets


AllSheets = Annotated[Sheets, Depends(sheets_of)]
