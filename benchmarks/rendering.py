"""A sitting rendered offline by the product's own rooms: as it is played, or in stems that nothing governs.

What is asked for is an `Asked`, as of a command line; so all that a listener may ask can be measured.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from dsp import command
from dsp.command import Command
from dsp.native import Synth
from dsp.score import INSTRUMENTS
from dsp.telemetry import Applied, Dropped, Meter
from engine.desk import Ask, Wish
from engine.guide.music_state import Hand, MusicState
from engine.journal.record import Head, Record, SentCommand
from engine.player import OfflineOutput
from engine.session import Moment, Session
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from engine.watch import at_once
from profiles.schema import Profile
from sensors.sensor import Sensor
from sensors.spec import open_sensor

RATE_HZ = 48_000

HEART = "sim:seed=5,coupling=0.5"
"""Whose sittings are compared: a heart of 74 that follows the music a little."""

UNGOVERNED_DB = -60.0
"""A whole that is played so much softer lies under the gate of the rise law (-70 LUFS), which takes every
moment for a start then, and far under cap and ceiling: nothing turns it down."""

OFF_DB = -60.0

Script = Sequence[tuple[float, Wish]]
"""What a hand asks for, and when, in s."""


@dataclass
class Rendering:
    """What was heard and said. `sound` is as loud as it is played, governed or not."""

    profile: Profile
    sound: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    at_s: list[float] = field(default_factory=list[float])
    """Each tick of the session, ten a second; the lists below tell of these moments."""
    breath: list[float] = field(default_factory=list[float])
    """Phase of the breath guide as the synth counts it, 0 to 1, 0 where the inhale begins."""
    music: list[MusicState] = field(default_factory=list[MusicState])
    in_step: list[float | None] = field(default_factory=list["float | None"])
    """How well this breath and the listener's went together, as the session told it."""
    tempo_bpm: list[float] = field(default_factory=list[float])
    gain_db: list[float] = field(default_factory=list[float])
    """What governors and limiter took away, 0 or below; of the newest meter report."""
    commands: list[SentCommand] = field(default_factory=list[SentCommand])
    head: Head | None = None

    def take_down(self, moment: Moment, first: int) -> None:
        """Keep what a tick tells; `first` is the sequence number of the session's first command."""
        news = [report.gain_db for report in moment.news if isinstance(report, Meter)]
        self.gain_db.append(min(news or self.gain_db[-1:] or [0.0]))
        self.at_s.append(moment.t_s)
        self.music.append(moment.music)
        self.in_step.append(moment.in_step)
        self.tempo_bpm.append(moment.tempo_bpm)
        for sent in moment.commands:
            self.commands.append(SentCommand(first + len(self.commands), sent, None))
        for told in moment.news:
            if isinstance(told, Applied | Dropped) and told.sequence >= first:
                sent = self.commands[told.sequence - first]
                now = replace(sent, frame=told.frame, dropped=isinstance(told, Dropped))
                self.commands[told.sequence - first] = now

    def record(self) -> Record:
        """As much of the journal's record as an export of notes needs."""
        assert self.head is not None, "what was not rendered has no record"
        return Record(replace(self.head, frames=len(self.sound)), commands=tuple(self.commands))

    def breath_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Phase of the breath guide at these moments, 0 to 1."""
        return np.interp(times_s, self.at_s, np.unwrap(self.breath, period=1.0)) % 1.0


class Stems(Synth):
    """The synth with only some instruments heard: the others' faders stay down.

    Their notes begin all the same, so what gives way to them (a drone to a stroke) does so as in the whole.
    """

    def __init__(self, seed: int, heard: Collection[str]) -> None:
        super().__init__(RATE_HZ, seed)
        silent = set(INSTRUMENTS) - set(heard)
        self._down = {command.parameter_index(name, "level_db") for name in silent}

    def leave_ungoverned(self) -> None:
        """Before the first sound: play UNGOVERNED_DB softer, so that no governor ever wakes."""
        super().push([command.fade(10.0 ** (UNGOVERNED_DB / 20.0), 0.0)])

    @property
    def breath_phase(self) -> float:
        return float(self._sound["breath_phase"])

    def push(self, commands: Sequence[Command]) -> int:
        return super().push([
            replace(asked, a=OFF_DB) if asked.kind == command.RAMP and asked.target in self._down else asked
            for asked in commands
        ])  # fmt: skip


class _EnoughHeard(BaseException):
    """As much is rendered as was wanted; no mere Exception, for nothing has failed."""


def render(
    asked: Asked,
    *,
    sensor: Sensor | None = None,
    heard: Collection[str] = INSTRUMENTS,
    governed: bool = True,
    hands: Script = (),
    until_s: float = inf,
) -> Rendering:
    """Render what is asked, to its end or for `until_s`.

    sensor     instead of the one that `asked` names
    heard      instruments; all others are turned off at their source
    governed   False: loudness governors and limiter are kept asleep
    hands      what a therapist asks for on the way
    """
    plan = prepared(replace(asked, record=False))
    synth, heart = Stems(plan.seed, heard), sensor or open_sensor(plan.sensor)
    wishes, chunks, frames = list(hands), list[NDArray[np.float32]](), 0
    if not governed:
        synth.leave_ungoverned()
    first = synth.next_sequence

    def take(sound: NDArray[np.float32]) -> None:
        nonlocal frames
        chunks.append(sound)
        frames += len(sound)
        if frames >= until_s * RATE_HZ:
            raise _EnoughHeard

    class Witness:
        def moment(self, moment: Moment) -> None:
            while wishes and wishes[0][0] <= moment.t_s + 1e-6:
                session.desk.put(Ask(wishes.pop(0)[1], Hand.THERAPIST))
            rendering.breath.append(synth.breath_phase)
            rendering.take_down(moment, first)

    output = OfflineOutput(RATE_HZ, "Measuring.", take)
    rendering = Rendering(plan.profile, head=Sitting(plan, heart, output).head())
    session = Session(plan.profile, heart, plan.guide, plan.composer, synth, output, at_once(Witness()))
    with suppress(_EnoughHeard):
        session.run()
    rendering.sound = np.concatenate(chunks)
    if not governed:
        if min(rendering.gain_db) < -1e-3:
            raise RuntimeError(f"a governor was awake: it took {min(rendering.gain_db):.2f} dB.")
        rendering.sound *= np.float32(10.0 ** (-UNGOVERNED_DB / 20.0))
    return rendering
