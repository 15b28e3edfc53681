"""`--picture FILE`: the sitting as one figure, drawn when it is over."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.sitting import Sitting

if TYPE_CHECKING:
    from engine.session import Listener

picture_option = click.option(
    "--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw the sitting into FILE.png."
)


@contextmanager
def pictured(
    path: Path | None, sitting: Sitting, rate_hz: int, *, force: bool, say: Callable[[str], None]
) -> Generator[list[Listener]]:
    """Listeners that draw the sitting into `path`, at the end of the block unless it breaks off."""
    if path is None:
        yield []
        return
    from engine.picture import SittingPicture, check_picture
    from engine.written import TargetFileError, WriteError

    path = path.expanduser()
    title = f"Calando · {sitting.profile.title} · {sitting.sensor.label} · seed {sitting.seed}"
    picture = SittingPicture(title, rate_hz, sitting.seed, lambda: sitting.guide.target_bpm)
    try:
        check_picture(path, force=force)
        yield [picture]
        say("Drawing the picture ...")
        picture.save(path, force=force)
    except TargetFileError as wrong:
        raise click.UsageError(str(wrong)) from None
    except WriteError as failure:
        raise click.ClickException(str(failure)) from None
    say(f"The picture is in {path}.")
