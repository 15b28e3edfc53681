"""Handed: what is made from a sitting to be handed on: report, exports, a piece to take home.

What is made here lies in memory only, but for the piece: that is rendered into a folder beside the journal,
which knows of it, so that it goes when the sitting is forgotten.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse

from engine.console.entrance import REFUSED, Therapist
from engine.console.messages import Piece, PieceAsked
from engine.console.records import KEPT, Folder, Id, holding, read
from engine.journal.export import as_csv, as_json
from engine.journal.pdf import PrintingError, browser, printed
from engine.journal.report import page
from engine.journal.store import Store

PIECES = "take-home"
"""Folder beside the journal."""

router = APIRouter(prefix="/api", tags=["records"])


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which a sitting is handed on."""

    suffix: str
    kind: str
    made: Callable[[Store, str], bytes]


def _pdf(store: Store, sitting: str) -> bytes:
    program = browser()
    if program is None:
        raise HTTPException(409, "Chromium or Chrome prints a PDF, and neither is here; take the page.")
    try:
        return printed(page(read(store, sitting)), program)
    except PrintingError as failure:
        raise HTTPException(503, str(failure)) from None


FORMS = {
    "report": Form("html", "text/html", lambda store, sitting: page(read(store, sitting)).encode()),
    "pdf": Form("pdf", "application/pdf", _pdf),
    "csv": Form("csv", "text/csv", lambda store, sitting: as_csv(store.read(sitting)).encode()),
    "json": Form("json", "application/json", lambda store, s: as_json(store, s, shared=True).encode()),
}


@router.get(
    "/sittings/{sitting}/files/{form}", response_class=Response,
    responses={**KEPT, 200: {"content": {form.kind: {} for form in FORMS.values()}}},
)  # fmt: skip
def file(
    sitting: Id, form: Literal["report", "pdf", "csv", "json"], folder: Folder, _: Therapist
) -> Response:
    """The report, or the record for other programs, as a file to keep."""
    asked = FORMS[form]
    with holding(folder, sitting) as store:
        content = asked.made(store, sitting)
    named = f'attachment; filename="calando-{sitting}.{asked.suffix}"'
    return Response(content, media_type=asked.kind, headers={"content-disposition": named})


@router.post("/sittings/{sitting}/take-home", responses=KEPT)
async def make_piece(
    sitting: Id, asked: PieceAsked, folder: Folder, _: Therapist, request: Request
) -> Piece:
    """Make a piece of this length from what helped in the sitting; it takes some seconds a minute."""
    await asyncio.to_thread(_held, folder, sitting)
    calando: Sequence[str] = request.app.state.calando
    failed = await asyncio.to_thread(_rendered, calando, folder, sitting, asked.minutes)
    if failed:
        raise HTTPException(409, failed)
    return Piece(minutes=asked.minutes, name=_piece(folder, sitting, asked.minutes).name)


@router.get(
    "/sittings/{sitting}/take-home", response_class=FileResponse,
    responses={**REFUSED, 404: KEPT[404], 200: {"content": {"audio/flac": {}}}},
)  # fmt: skip
def take_piece(
    sitting: Id, minutes: Annotated[int, Query(ge=1, le=120)], folder: Folder, _: Therapist
) -> FileResponse:
    """The piece that was made."""
    path = _piece(folder, sitting, minutes)
    if not path.is_file():
        raise HTTPException(404, "No piece of that length was made from it.")
    return FileResponse(path, media_type="audio/flac", filename=path.name)


def _held(folder: Path, sitting: str) -> None:
    with holding(folder, sitting):
        return


def _piece(folder: Path, sitting: str, minutes: int) -> Path:
    return folder / PIECES / f"calando-{sitting}-{minutes}min.flac"


def _rendered(calando: Sequence[str], folder: Path, sitting: str, minutes: int) -> str:
    """Render the piece, unless it is there; why it cannot be, in a sentence, empty where it could."""
    path = _piece(folder, sitting, minutes)
    if path.is_file():
        return ""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    made = subprocess.run(
        [*calando, "render", sitting, f"--take-home={minutes}m", f"--output={path}", f"--data={folder}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if made.returncode == 0:
        return ""
    lines = [line.strip() for line in made.stderr.splitlines() if line.strip()]
    return lines[-1][:500].removeprefix("Error: ") if lines else "The piece cannot be made."
