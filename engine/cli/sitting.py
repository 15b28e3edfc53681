"""A sitting as the command line describes it: the options that `play` and `render` share, made into rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import click

from engine.cli.arm import NAMES, led_by
from engine.cli.duration import Duration
from engine.cli.paragraph import say
from engine.guide.arms import Arm
from engine.guide.guide import Guide
from engine.guide.music_state import Hand
from engine.guide.target import Usual
from engine.music.composer import Composer
from profiles.load import load, shadowing
from profiles.schema import Profile
from sensors.sensor import Sensor
from sensors.spec import open_sensor

if TYPE_CHECKING:
    from engine.feel.words import Feeling

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a sitting is made of, apart from what makes it sound."""

    profile: Profile
    sensor: Sensor
    guide: Guide
    composer: Composer
    duration_s: float
    seed: int
    sensor_spec: str
    arm: str
    """As asked; with the sitting that a yoked one replays."""
    target_bpm: float | None
    """As asked."""
    client: str | None
    feel: str | None
    """The sentence that chose the profile."""
    usual: Usual
    """What earlier sittings of the client have taught."""


def waits(sensor: str) -> bool:
    """Whether this sensor is a strap, which sends its beats when they fall and no sooner."""
    return sensor.strip().partition(":")[0] in ("auto", "ble", "polar")


def sitting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is played, not where."""
    for option in (
        click.option("--client", metavar="CODE", help="A listener's code; gives them a motif of their own."),
        click.option(
            "--seed", type=click.IntRange(0, LARGEST_SEED), help="The same seed writes the same music again."
        ),
        click.option(
            "--arm",
            default=Arm.GOVERNED.value,
            metavar="NAME",
            help=f"How the music leads: {NAMES}; all but governed are there to compare it with.",
        ),
        click.option("--duration", type=Duration(), help="90s, 20m or 1h; the profile's own."),
        click.option("--target", type=float, metavar="BPM", help="Heart rate to lead toward."),
    ):
        command = option(command)
    return command


def prepare(
    profile: str, sensor: str, target: float | None, duration: float | None, arm: str, seed: int | None,
    client: str | None, data: Path | None = None, feeling: Feeling | None = None, feel: str | None = None,
    usual: Usual | None = None, hand: Hand = Hand.LISTENER,
) -> Sitting:  # fmt: skip
    """Make the rooms; whatever cannot be meant is a wrong call, told in the words of the room."""
    from engine.journal.keeping import checked_code

    seed = SystemRandom().randrange(LARGEST_SEED) if seed is None else seed
    led = led_by(arm, data)
    try:
        if client is not None:
            checked_code(client)
        chosen = load(profile)
        if told := shadowing(profile):
            say(told, err=True)
        duration_s = chosen.arc.duration_s if duration is None else duration
        return Sitting(
            chosen,
            open_sensor(sensor),
            Guide(
                chosen,
                arm=led.arm,
                target_bpm=target,
                duration_s=duration_s,
                usual=usual,
                path=led.path,
                mood=None if feeling is None else feeling.mood(chosen.harmony.mood),
                asked_by=hand,
            ),
            Composer(chosen, seed, client),
            duration_s,
            seed,
            sensor,
            led.spec,
            target,
            client,
            feel,
            usual or Usual(),
        )
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
