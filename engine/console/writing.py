"""Writing: the listener's own page to write on. It is saved as it grows, and read by nobody unless shared.

The therapist sees that something is written, and whether it holds words that a help line answers; what it is
only where the listener shares it. Without a record the words stay on the listener's device.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from engine.console.controls import AllRooms, followed
from engine.console.devices import Device
from engine.console.entrance import REFUSED, Known, Therapist
from engine.console.messages import PageNow, PageSaved, PageTold, PageWritten, Words
from engine.console.records import KEPT, Folder, Id, opened
from engine.console.sheets import AllSheets
from engine.journal.ending import now
from engine.journal.record import Page
from engine.journal.rows import page_of
from engine.journal.sheet import QUESTIONS, Sheet
from engine.journal.store import Store
from engine.journal.trouble import JournalError
from engine.sitting.asked import HELP_LINE_VARIABLE

_ANSWERS = {**REFUSED, **{code: {"model": Words} for code in (404, 409, 503)}}

router = APIRouter(prefix="/api", tags=["writing"])


def writer(device: Known) -> Device:
    """The device that asks, if it is a listener's; 403 for any other."""
    if device.role != "client":
        raise HTTPException(403, "That is for the listener.")
    return device


Writer = Annotated[Device, Depends(writer)]


@router.get("/rooms/{room}/page", responses=_ANSWERS)
async def begin(room: str, device: Writer, rooms: AllRooms, sheets: AllSheets, folder: Folder) -> PageNow:
    """The page on which this device writes: the one it has begun in this sitting, or an empty one."""
    following = await followed(room, device, rooms)
    hello = following.hello
    if hello is None or hello.sitting is None or hello.facts is None:
        raise HTTPException(409, "No music plays just now.")
    sitting, kept = hello.sitting, bool(hello.facts["kept"])
    mine = [page for page in sheets.of(sitting) if page.leaf.startswith(f"{device.id}-")]
    if not mine and kept:
        mine = await asyncio.to_thread(_read_back, folder, sitting, device)
    page = mine[-1] if mine else Page(now(), f"{device.id}-{token_hex(4)}", "", False, False)
    if sheets.sheet(page.leaf, sitting) is None:
        sheets.begin(Sheet(sitting, kept, page))
    asked = {when: list(questions) for when, questions in QUESTIONS.items()}
    return PageNow(
        sitting=sitting, leaf=page.leaf, words=page.words, shared=page.shared, kept=kept, questions=asked
    )


@router.post("/rooms/{room}/page", responses=_ANSWERS)
async def save(
    room: str, written: PageWritten, device: Writer, rooms: AllRooms, sheets: AllSheets, folder: Folder
) -> PageSaved:
    """Keep the page as it stands now. Words of crisis are answered with the site's help line."""
    if not written.leaf.startswith(f"{device.id}-"):
        raise HTTPException(403, "That is another device's page.")
    sheet = sheets.sheet(written.leaf, written.sitting)
    try:
        following = await followed(room, device, rooms)
    except HTTPException as closed:  # what was begun while it played may be written to its end
        if closed.status_code != 404 or sheet is None:
            raise
        following = None
    if sheet is None:  # the console was begun anew meanwhile
        hello = None if following is None else following.hello
        if hello is None or hello.sitting != written.sitting or hello.facts is None:
            raise HTTPException(409, "That sitting is over; nothing was kept.")
        empty = Page(now(), written.leaf, "", False, False)
        sheet = Sheet(written.sitting, bool(hello.facts["kept"]), empty)
        sheets.begin(sheet)
    said = await asyncio.to_thread(_write, sheet, written, folder)
    if following is not None:
        following.tell("page", _told(sheets.of(written.sitting)), role="therapist")
    return PageSaved(kept=sheet.kept, help=said)


@router.get("/sittings/{sitting}/page", responses=KEPT)
def told(sitting: Id, folder: Folder, _: Therapist, sheets: AllSheets) -> PageTold:
    """Whether the listener wrote, and what of it is shared."""
    pages = {page.leaf: page for page in sheets.of(sitting)}
    if not pages:
        with opened(folder) as store:
            pages = {page.leaf: page for page in _kept(store, sitting)}
    return _told(list(pages.values()))


def _write(sheet: Sheet, written: PageWritten, folder: Path) -> str | None:
    """Keep the page; what is said to its words, if they need an answer."""
    try:
        help_line = os.environ.get(HELP_LINE_VARIABLE)
        return sheet.write(written.words, folder, shared=written.shared, help_line=help_line)
    except JournalError as wrong:
        raise HTTPException(503, str(wrong)) from None


def _read_back(folder: Path, sitting: str, device: Device) -> list[Page]:
    try:
        with opened(folder) as store:
            return [page for page in _kept(store, sitting) if page.leaf.startswith(f"{device.id}-")]
    except HTTPException:  # sealed, or not there yet: another leaf, and nothing is overwritten
        return []


def _kept(store: Store, sitting: str) -> list[Page]:
    if not store.has(sitting):
        return []
    number, _ = store.named(sitting)
    return [page_of(row) for _, row in store.rows(number, "page")]


def _told(pages: list[Page]) -> PageTold:
    written = [page for page in pages if page.words.strip()]
    return PageTold(
        written=bool(written), concern=any(page.concern for page in pages),
        shared=[page.words for page in written if page.shared],
    )  # fmt: skip
