"""What ties `calando play` to the journal: `--data`, a sitting's head, and what is usual for its listener."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.guide.target import Usual

if TYPE_CHECKING:
    from engine.cli.sitting import Sitting
    from engine.journal.journal import Journal
    from engine.journal.store import Store
    from engine.player import Output

_LETTERS = "bcdfghjkmnpqrstvwxz"
"""Of an id's last part: no vowels, so that they spell nothing, and no l, which looks like 1."""

QUICK_S = 0.2
"""How long the first sound may wait for another program that holds the journal."""

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the journal; CALANDO_DATA, or the user's data folder.",
)


def opened_store(data: Path | None) -> Store:
    """The journal, for a command that needs it; its failures become click's."""
    from engine.journal.store import JournalError, Store, data_folder

    try:
        return Store(data_folder(data))
    except JournalError as trouble:
        raise click.ClickException(str(trouble)) from None


def usual_of(data: Path | None, sensor: str, client: str | None) -> Usual:
    """What earlier sittings taught of the client, or of whoever sits here without a code.

    A simulated heart has no usual, nor a recording that no code says the owner of.
    """
    from engine.journal.store import FILE, data_folder

    kind = sensor.partition(":")[0]
    folder = data_folder(data)
    if kind == "sim" or (kind == "replay" and client is None) or not (folder / FILE).exists():
        return Usual()
    from engine.journal.figures import MOST_SITTINGS, usual
    from engine.journal.store import JournalError, Store

    try:
        with Store(folder, busy_s=QUICK_S) as store:
            return usual(store.at_rest(client, MOST_SITTINGS))
    except JournalError:
        return Usual()  # the journal itself will tell, once the music plays


def recorded(
    sitting: Sitting, out: Output, file: Path | None, data: Path | None, say: Callable[[str], None]
) -> Journal:
    """The journal of a sitting that is about to begin."""
    from engine.journal.ending import now
    from engine.journal.journal import Journal
    from engine.journal.record import Figures, Head
    from engine.journal.store import data_folder

    ending = "".join(secrets.choice(_LETTERS) for _ in range(4))
    head = Head(
        id=f"{time.strftime('%Y%m%d-%H%M%S')}-{ending}",
        began_at=now(),
        ended_at=None,
        ending=None,
        client=sitting.client,
        consent=None,
        goals=None,
        profile=sitting.profile.name,
        profile_table=asdict(sitting.profile),
        feel=sitting.feel,
        sensor=sitting.sensor_spec,
        sensor_label=sitting.sensor.label,
        simulated=sitting.sensor.simulated,
        arm=sitting.arm,
        seed=sitting.seed,
        target_bpm=sitting.target_bpm,
        duration_s=sitting.duration_s,
        rate_hz=out.rate_hz,
        output=out.words,
        file=None if file is None else str(file.absolute()),
        versions={},
        usual=sitting.usual,
        frames=0,
        figures=Figures(),
    )
    return Journal(data_folder(data), head, sitting.sensor, say)
