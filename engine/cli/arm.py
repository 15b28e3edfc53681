"""`--arm`: how the music leads, by name; the yoked arm names the sitting whose path it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from engine.cli.recorded import opened_store
from engine.guide.arms import Arm, PathPoint
from engine.guide.governor import FREE_START_S

NAMES = ", ".join(arm.value for arm in Arm if arm is not Arm.YOKED) + " or yoked:SITTING"


@dataclass(frozen=True, slots=True)
class Led:
    """An arm, and for the yoked one the sitting whose path it takes."""

    arm: Arm
    sitting: str | None = None
    path: list[PathPoint] | None = None

    @property
    def spec(self) -> str:
        """As it was asked for, with the sitting's whole id."""
        return self.arm.value if self.sitting is None else f"{self.arm.value}:{self.sitting}"


def led_by(spec: str, data: Path | None) -> Led:
    """What `spec` names; a wrong call where that is nothing."""
    name, _, sitting = spec.partition(":")
    if name == Arm.YOKED.value and sitting:
        return _yoked(sitting, data)
    if spec == Arm.YOKED.value or spec not in [arm.value for arm in Arm]:
        raise click.UsageError(f"Arm {spec!r} is not known: use {NAMES}, an id from `calando sessions list`.")
    return Led(Arm(spec))


def _yoked(sitting: str, data: Path | None) -> Led:
    with opened_store(data) as store:
        record = store.read(sitting)
    path: list[PathPoint] = []
    for state in record.states:
        # Before its heart was met the other's tempo was a guess that nobody heard.
        if state.t_s >= FREE_START_S and (not path or state.t_s > path[-1].t_s):
            music = state.music
            path.append(
                PathPoint(
                    state.t_s, music.tempo_bpm, music.density, music.brightness,
                    music.loudness_db, music.breath_guide_per_min, music.breath_depth_db,
                )
            )  # fmt: skip
    if not path:
        raise click.UsageError(f"The sitting {record.head.id} is too short for another to take its path.")
    return Led(Arm.YOKED, record.head.id, path)
