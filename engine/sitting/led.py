"""How the music leads, by name: the yoked arm names the sitting whose path it takes, a paced one its pace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.guide.arms import Arm, PathPoint
from engine.guide.breath import CEILING_PER_MIN, FLOOR_PER_MIN
from engine.guide.conductor import FREE_START_S
from engine.guide.pacer import PACED, SEARCH, Paces

if TYPE_CHECKING:
    from engine.journal.record import Record

NAMES = ", ".join(arm.value for arm in Arm if arm is not Arm.YOKED) + ", paced:RATE or yoked:SITTING"


class ArmError(ValueError):
    """An arm that cannot be meant; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Led:
    """An arm, and for the yoked one the sitting whose path it takes."""

    arm: Arm
    sitting: str | None = None
    path: tuple[PathPoint, ...] | None = None
    paces: Paces = Paces()  # noqa: RUF009 — it never changes
    """What the paced arm leads."""

    @property
    def spec(self) -> str:
        """As it was asked for, with the sitting's whole id."""
        if self.paces != Paces():
            return self.paces.spec
        return self.arm.value if self.sitting is None else f"{self.arm.value}:{self.sitting}"


def led_by(spec: str, folder: Path, passphrase: Callable[[], str | None]) -> Led:
    """What `spec` names. Only the yoked arm opens the journal in `folder`, and asks for its passphrase.

    Raises ArmError for what can be mended in the call, JournalError where the journal cannot be read.
    """
    name, _, sitting = spec.partition(":")
    if name == Arm.YOKED.value and sitting:
        record = _read(sitting, folder, passphrase)
        return Led(Arm.YOKED, record.head.id, _path(record))
    if sitting and name in (PACED, SEARCH):
        search = name == SEARCH
        paces = tuple(map(_pace, sitting.split(",") if search else [sitting]))
        return Led(Arm.PACED, paces=Paces(paces, search))
    if spec == Arm.YOKED.value or spec not in [arm.value for arm in Arm]:
        raise ArmError(f"Arm {spec!r} is not known: use {NAMES}, an id from `calando sessions list`.")
    return Led(Arm(spec))


def checked_pace(per_min: float) -> float:
    """`per_min` if a breath can be led at it; otherwise ArmError."""
    if not FLOOR_PER_MIN <= per_min <= CEILING_PER_MIN:
        raise ArmError(
            f"No breath is led at {per_min:g} a minute; choose from {FLOOR_PER_MIN:g} to {CEILING_PER_MIN:g}."
        )
    return per_min


def _pace(text: str) -> float:
    try:
        return checked_pace(float(text))
    except ArmError:
        raise
    except ValueError:
        raise ArmError(f"A pace is breaths a minute, such as 5.5; {text!r} is none.") from None


def _read(sitting: str, folder: Path, passphrase: Callable[[], str | None]) -> Record:
    from engine.journal.store import Store, UnknownSessionError
    from engine.journal.trouble import SealedError

    with Store(folder) as store:
        if store.sealed:
            given = passphrase()
            if given is None:
                raise SealedError("The journal is sealed; to take a sitting's path it needs its passphrase.")
            store.unlock(given)
        try:
            return store.read(sitting)
        except UnknownSessionError as wrong:
            raise ArmError(str(wrong)) from None


def _path(record: Record) -> tuple[PathPoint, ...]:
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
        raise ArmError(f"The sitting {record.head.id} is too short for another to take its path.")
    return tuple(path)
