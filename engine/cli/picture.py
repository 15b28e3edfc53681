"""`--picture FILE`: the sitting as one figure, drawn when it is over."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.sitting.plan import Plan
    from engine.watch import Watcher
    from sensors.sensor import Sensor

picture_option = click.option(
    "--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw the sitting into FILE.png."
)


@contextmanager
def pictured(
    path: Path | None, plan: Plan, sensor: Sensor, rate_hz: int, *, force: bool, say: Callable[[str], None]
) -> Generator[list[Watcher]]:
    """Watchers that draw the sitting into `path`, at the end of the block unless it breaks off."""
    if path is None:
        yield []
        return
    from engine.picture import SittingPicture, check_picture
    from engine.written import PlaceError, WriteError

    path = path.expanduser()
    title = f"Calando · {plan.profile.title} · {sensor.label} · seed {plan.seed}"
    picture = SittingPicture(title, rate_hz, plan.seed)
    try:
        check_picture(path, force=force)
        yield [picture]
        say("Drawing the picture ...")
        picture.save(path, force=force)
    except PlaceError as wrong:
        raise click.UsageError(str(wrong)) from None
    except WriteError as failure:
        raise click.ClickException(str(failure)) from None
    say(f"The picture is in {path}.")
