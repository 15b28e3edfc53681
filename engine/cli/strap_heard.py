"""A strap that is found and heard before anything sounds, for a sitting that is nothing without it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sensors.plain_text import visible

if TYPE_CHECKING:
    from sensors.sensor import Sensor

HEARD_WITHIN_S = 60.0
"""How long a strap may take to be found and heard before the sitting is put off (own choice)."""


@contextmanager
def strap_heard(heart: Sensor, say: Callable[[str], None], so: str) -> Generator[Sensor]:
    """The strap, once it is heard; otherwise the command ends, and `so` says what that means."""
    from engine.sitting.kept import Kept

    with Kept(heart) as kept:
        say("Waiting for your heart.")
        if not kept.heard(HEARD_WITHIN_S):
            why = visible(kept.words) or "Moisten the strap and put it on, or see `calando scan`."
            raise click.ClickException(f"No heart was heard, {so}. {why}")
        yield kept.lent()
