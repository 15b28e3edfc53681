"""Outputs: what moves engine time on, by playing, by recording, or by throwing the sound away.

A session asks its output to `advance` to the frame of the next control tick and does the tick when that
returns, so one loop serves a sound card, a file that grows in real time and a file made at full speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dsp.native import Synth
from engine.company import Company
from engine.device import SoundDevice
from engine.device.patience import BEGIN_S, LOOK_S, STALL_S
from engine.device.search import Search

_CHUNK_FRAMES = 4096


Sink = Callable[[NDArray[np.float32]], None]
"""Takes rendered sound, (frames, 2)."""


class Output(Protocol):
    """What plays, or pretends to."""

    @property
    def rate_hz(self) -> int: ...

    @property
    def latency_s(self) -> float: ...

    @property
    def words(self) -> str:
        """Where the sound goes, for the listener."""
        ...

    @property
    def away(self) -> bool:
        """Whether nobody hears it, since the device is lost and looked for."""
        ...

    def start(self, synth: Synth) -> None: ...

    def advance(self, until_frame: int) -> None:
        """Return once `until_frame` frames are rendered, or a little more."""
        ...

    def now_s(self) -> float:
        """Engine time at this moment, seconds; any thread may ask, however late the control thread is."""
        ...

    def close(self) -> None:
        """Let what was rendered be heard, and let go."""
        ...


class OfflineOutput:
    """Renders here, at full speed or in step with the wall clock, into a sink or into nothing."""

    latency_s = 0.0
    away = False

    def __init__(self, rate_hz: int, words: str, sink: Sink | None = None, in_step: bool = False) -> None:
        self.rate_hz = rate_hz
        self.words = words
        self._sink = sink
        self.in_step = in_step
        self._synth: Synth | None = None
        self._began_s = 0.0
        self._given = 0

    def start(self, synth: Synth) -> None:
        """Render this synth from now on; another may be started after it, into the same sink."""
        self._began_s = time.monotonic()
        self._synth = synth
        self._given = 0

    def advance(self, until_frame: int) -> None:
        synth = self._synth
        assert synth is not None, "start comes first"
        if self.in_step:
            time.sleep(max(0.0, self._began_s + until_frame / self.rate_hz - time.monotonic()))
        # The synth's own count runs ahead of what it has given, by less than a quantum.
        sound = np.empty((until_frame - self._given, 2), np.float32)
        synth.render(sound)
        self._given = until_frame
        if self._sink is not None:
            self._sink(sound)

    def now_s(self) -> float:
        if self._synth is None:
            return 0.0
        # In step a control thread that is late catches up with the wall clock, which therefore is right.
        return time.monotonic() - self._began_s if self.in_step else self._given / self.rate_hz

    def close(self) -> None:
        """Nothing to let go of: a file belongs to whoever opened it."""


class DeviceOutput:
    """A sound device. While it is away engine time goes on by the wall clock, in silence.

    The callback runs in a process of its own and needs nothing from here; this side only watches. What
    may take long, looking for a lost device, happens in a thread of its own.
    """

    def __init__(self, device: SoundDevice) -> None:
        self.device = device
        self.rate_hz = device.found.rate_hz
        self.losses = 0
        """How often the device went away."""
        self._synth: Synth | None = None
        self._seen_frame = 0
        self._seen_s = 0.0
        self._search: Search | None = None
        self._has_played = False
        self._company = Company()

    @property
    def latency_s(self) -> float:
        return self.device.latency_s

    @property
    def away(self) -> bool:
        """True while the device is lost and looked for."""
        return self._search is not None

    @property
    def words(self) -> str:
        if self.away:
            reason = self._search.reason if self._search is not None else ""
            away = reason or f"The sound device {self.device.found.name} is away."
            return f"{away} The music goes on and will be heard when it returns."
        device = self.device
        again = " again" if self.losses else ""
        rate = "" if device.rate_hz in (0, self.rate_hz) else f", now at its {device.rate_hz} Hz"
        return f"Playing on {device.found.name}{again}{rate}{self._company.words}."

    def start(self, synth: Synth) -> None:
        """Play this synth from now on, until `close`; then another may be started.

        Raises DeviceError where the device does not play; one that has played before is looked for instead.
        """
        self._synth = synth
        self._seen_frame, self._seen_s = synth.frame, time.monotonic()
        if self._has_played:
            self._search = Search(self.device, synth.lend(), self._seen_s, at_once=True)
            until_s = self._seen_s + BEGIN_S[0]
            while self.away and time.monotonic() < until_s:
                time.sleep(LOOK_S)
                self._come_back(synth)
            return
        lent = synth.lend()
        self.device.open(lent)
        synth.hand_to(lent)
        self.device.start()
        self._has_played = True

    def advance(self, until_frame: int) -> None:
        synth = self._synth
        assert synth is not None, "start comes first"
        while synth.frame < until_frame:
            if self.away:
                self._go_on(synth)
            else:
                self._watch(synth, until_frame)

    def now_s(self) -> float:
        if self._synth is None:
            return 0.0
        frame, now_s = self._synth.frame, time.monotonic()
        # Between two periods, and where the device has just gone away, the wall clock carries it on.
        stood_s = max(0.0, now_s - self._seen_s) if frame == self._seen_frame else 0.0
        return frame / self.rate_hz + stood_s

    def close(self) -> None:
        if self._search is not None:
            self._search.give_up()
            self._search = None
        self.device.close()
        if self._synth is not None:
            self._synth.take_back(from_the_dead=True)
            self._synth = None

    def _watch(self, synth: Synth, until_frame: int) -> None:
        now_s = time.monotonic()
        if synth.frame != self._seen_frame:
            self._seen_frame, self._seen_s = synth.frame, now_s
        if not self.device.active or now_s - self._seen_s > STALL_S:
            self.losses += 1
            self._lose(synth, now_s)
            return
        self._company.look(self.device.heard)
        time.sleep(min(LOOK_S, max(0.001, (until_frame - synth.frame) / self.rate_hz)))

    def _lose(self, synth: Synth, since_s: float, reason: str = "", starts: int = 0) -> None:
        """Take the sound back from a stream that is lost, end it, and begin to look for the device."""
        with suppress(TimeoutError):
            if self.device.active:
                synth.take_back()
        if self.device.let_go() if self._search is None else self._search.give_up():
            synth.take_back(from_the_dead=True)
        self._search = Search(self.device, synth.lend(), since_s, reason, starts)

    def _go_on(self, synth: Synth) -> None:
        """Catch up with the wall clock in silence until the device is found and plays."""
        time.sleep(LOOK_S)
        self._come_back(synth)
        if self._search is None or self._search.handed_s is not None:
            return
        due = self._seen_frame + round((time.monotonic() - self._seen_s) * self.rate_hz)
        if due > synth.frame:
            synth.render(np.empty((min(_CHUNK_FRAMES, due - synth.frame), 2), np.float32))

    def _come_back(self, synth: Synth) -> None:
        """Hand the sound to the device once it is found; it is back when it has asked for some."""
        search = self._search
        assert search is not None, "only a device that is away comes back"
        if search.handed_s is None:
            if search.found.is_set():
                self._seen_frame, self._seen_s = synth.frame, time.monotonic()
                synth.hand_to(search.lent)
                search.hand_over()
        elif search.failed.is_set() or search.overdue:
            self._lose(synth, search.since_s, search.reason, search.starts + 1)
        elif synth.frame != self._seen_frame:
            self._search = None
            self._seen_frame, self._seen_s = synth.frame, time.monotonic()
