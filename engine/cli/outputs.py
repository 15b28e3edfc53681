"""`--output`: what it opens (engine.outputs), with its failures in click's terms."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import click

from engine import outputs
from engine.device import DeviceError, UnknownDeviceError
from engine.outputs import OutputSpecError, Way
from engine.player import Output
from engine.written import PlaceError, WriteError


@contextmanager
def opened(
    spec: str, way: Way, *, name: str, force: bool, say: Callable[[str], None]
) -> Generator[tuple[Output, Path | None]]:
    """As `engine.outputs.opened`; what cannot be meant is a wrong call, what fails on the way ends it."""
    try:
        with outputs.opened(spec, way, name=name, force=force, say=say) as pair:
            yield pair
    except (OutputSpecError, UnknownDeviceError, PlaceError) as wrong:
        raise click.UsageError(str(wrong)) from None
    except (DeviceError, WriteError) as failure:
        raise click.ClickException(str(failure)) from None
