"""Sitting: synth, journal and session of one plan, put together for as long as it is played.

It opens and closes nothing that it was handed open: a kiosk keeps its sound device and its strap for days,
and gives them to one sitting after another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from random import SystemRandom
from types import TracebackType
from typing import TYPE_CHECKING

from dsp import command
from dsp.native import Synth
from dsp.touch import Touch
from engine.along import Along
from engine.controllers import Controllers, controllers_file
from engine.desk import Ask, Desk, Rate, Turn
from engine.guest.channel import GuestChannel
from engine.guide.hands import parameter_ranges
from engine.guide.music_state import Hand
from engine.player import Output
from engine.session import Session
from engine.sitting.plan import Plan
from engine.watch import Watchers
from engine.words.words import Words
from sensors.monitor import HeartMonitor
from sensors.sensor import Sensor

if TYPE_CHECKING:
    from engine.journal.journal import Journal
    from engine.journal.record import Head, Rating

_LETTERS = "bcdfghjkmnpqrstvwxz"
"""Of an id's last part: no vowels, so that they spell nothing, and no l, which looks like 1."""


def new_id() -> str:
    """An id for a sitting that begins now: when, and four letters."""
    ending = "".join(SystemRandom().choices(_LETTERS, k=4))
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{ending}"


def _quietly(_sentence: str) -> None:
    """Who told nobody to listen is told nothing."""


class Sitting:
    """One sitting, from its plan to its record. A context manager: inside it `run` plays.

    data      folder of the journal; without it, or where the plan says so, no record is kept at all
    file      the sound file that it is played into, for the record
    rated     how the listener feels before it
    say       told, in any thread, what is wrong but does not stop the music
    progress  told one line before machine code is compiled
    cap_lufs  short-term loudness never above this; None for the synth's own cap
    along     how somebody plays along; None where nobody does
    """

    def __init__(
        self,
        plan: Plan,
        sensor: Sensor,
        output: Output,
        *,
        data: Path | None = None,
        file: Path | None = None,
        desk: Desk | None = None,
        watchers: Watchers | None = None,
        monitor: HeartMonitor | None = None,
        rated: Rating | None = None,
        say: Callable[[str], None] | None = None,
        progress: Callable[[str], None] | None = None,
        cap_lufs: float | None = None,
        along: Along | None = None,
    ) -> None:
        self.id = new_id()
        self.plan, self.sensor, self.output = plan, sensor, output
        self.desk = Desk() if desk is None else desk
        self.watchers = Watchers(say) if watchers is None else watchers
        self.journal: Journal | None = None
        self._data, self._file = data if plan.record else None, file
        self._monitor = monitor
        self._rated = rated
        self._say = say or _quietly
        self._progress, self._cap_lufs = progress, cap_lufs
        self.along = along
        self._synth: Synth | None = None
        self._session: Session | None = None
        self._rooms = ExitStack()

    def __enter__(self) -> Sitting:
        plan = self.plan
        synth = self._synth = Synth(self.output.rate_hz, plan.seed, progress=self._progress)
        if self._cap_lufs is not None:
            synth.cap_lufs = self._cap_lufs
        if self._data is not None:
            from engine.journal.journal import Journal

            self.journal = self._rooms.enter_context(Journal(self._data, self.head(), self.sensor, self._say))
            self.watchers.add(self.journal, at_once=True)
        self._rooms.callback(self.watchers.close)
        self._session = Session(
            plan.profile, self.sensor, plan.guide, plan.composer, synth, self.output, self.watchers,
            self.desk, self._monitor, None if plan.telling is None else Words(plan.telling, plan.voice),
            self.along, self.journal is not None,
        )  # fmt: skip
        if self.along is not None:
            self.watchers.add(
                Controllers(
                    controllers_file(), parameter_ranges(plan.profile), self.desk, plan.hand, self._say
                ),
                at_once=True,
            )
        if self._rated is not None:
            self.desk.put(Ask(Rate(self._rated), Hand.LISTENER, "plan"))
        for touch in plan.touched:
            self.desk.put(Ask(touch, plan.hand, "plan"))
        for turn in plan.turns:
            self.desk.put(Ask(Turn(turn.profile), plan.hand, "plan", due_s=turn.at_s))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rooms.__exit__(kind, error, trace)

    def run(self) -> None:
        """Play to the end. Raises DeviceError where the sound device does not open."""
        assert self._session is not None, "a sitting is entered before it is played"
        self._session.run()

    def end(self) -> None:
        """End with a fade of ten seconds, or at once when called again. Safe in a signal handler."""
        assert self._session is not None, "a sitting is entered before it can end"
        self._session.end(self.plan.hand)

    def touch(self, touches: Sequence[Touch]) -> None:
        """What hands play that no MIDI port brings, heard with the next quantum of sound. From any thread.

        Nothing is heard where nobody plays along.
        """
        if self.along is not None and self._synth is not None:
            self._synth.touch(touches)

    def stop(self, by: int = 1) -> None:
        """Silence now, with the next quantum of sound, and then the end. From any thread or signal handler.

        by   any number but 0, kept in the record
        """
        assert self._synth is not None, "a sitting is entered before it can be stopped"
        self._synth.stop_now(by)

    def fade(self, seconds: float) -> None:
        """Fade to silence within so long; `stop` or `end` comes after it. In a tick only."""
        assert self._synth is not None, "a sitting is entered before it can fade"
        self._synth.push([command.fade(0.0, seconds)])

    def cap(self, cap_lufs: float) -> None:
        """Another cap on loudness from now on (dsp.native.Synth.cap_lufs)."""
        assert self._synth is not None, "a sitting is entered before it is capped"
        self._synth.cap_lufs = cap_lufs

    @property
    def guest(self) -> GuestChannel:
        """Where other sound is put beside the music; in a tick only (a watcher `at_once`)."""
        assert self._session is not None, "a sitting is entered before it has a guest"
        return self._session.guest

    @property
    def stop_page(self) -> str | None:
        """File of the stop word, for other processes (dsp.stop_page); None before it is entered."""
        return None if self._synth is None else self._synth.stop_page.path

    @property
    def folder(self) -> Path | None:
        """Where its record is kept: as asked, or where nothing could be written there, elsewhere."""
        return None if self.journal is None else self.journal.folder

    @property
    def kept(self) -> bool:
        """Whether there is a record of it, as far as that was wished."""
        return self.journal is not None and not self.forgotten

    @property
    def forgotten(self) -> bool:
        """True where consent was refused while it was played, and its record was wiped at its end."""
        return self.journal is not None and self.journal.forgotten

    @property
    def trouble(self) -> str:
        """What is wrong with its record, in a sentence; empty where nothing is (Journal.trouble)."""
        return "" if self.journal is None else self.journal.trouble

    def head(self) -> Head:
        """The record's first page."""
        from engine.journal.ending import now
        from engine.journal.record import Figures, Head, TellingGuide

        plan, telling = self.plan, self.plan.telling
        return Head(
            id=self.id,
            began_at=now(),
            ended_at=None,
            ending=None,
            client=plan.client,
            consent=plan.consent,
            goals=plan.goal,
            profile=plan.profile.name,
            profile_table=asdict(plan.profile),
            feel=plan.feel,
            sensor=plan.sensor,
            sensor_label=self.sensor.label,
            simulated=self.sensor.simulated,
            arm=plan.arm,
            seed=plan.seed,
            target_bpm=plan.target_bpm,
            duration_s=plan.duration_s,
            rate_hz=self.output.rate_hz,
            output=self.output.words,
            # The folder's name may be no text, which the journal could not hold.
            file=None if self._file is None else str(self._file.absolute()).encode(errors="replace").decode(),
            versions={},
            usual=plan.usual,
            frames=0,
            figures=Figures(),
            guide=None if telling is None else TellingGuide(
                telling.script.name, telling.script.title, telling.standing.of
            ),
        )
