"""Relief: the one that plays is relieved by another, with overlap where the sound card mixes, else in turn.

The next process is started and gets everything ready while the old one still plays what it can. On a server
that mixes it begins before the old one is faded out; on a card that takes one program at a time the old one
is ended first, and by then all that is left to do is to open the card.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.kiosk.orders import WAITS
from engine.kiosk.process import Process
from engine.kiosk.starts import Starts
from engine.kiosk.state import SOUNDING, Doing

AUDIBLE_LUFS = -50.0
"""The next one is heard (own choice)."""

OVERLAP_S = 8.0
"""So long the old one waits for that at most; its bed is written 14 s ahead."""

QUIET_S = 1.0
"""Where nothing is to be heard, so many seconds of frames are enough."""

HUSH_S = 0.4
"""For the old one's fade, before it is ended."""


FIRST = "it is the first"


class Relief:
    """The process that plays, the next one, and the one that goes. `step` is called every turn of the loop.

    start    makes a process
    resume   what the next one shall go on with, from what the old one was doing
    """

    def __init__(
        self,
        start: Callable[[float], Process],
        resume: Callable[[], tuple[str, float] | None],
        log: Callable[[str], None],
    ) -> None:
        self._start, self._resume, self._log = start, resume, log
        self.starts = Starts()
        self.now: Process | None = None
        self.next: Process | None = None
        self.mixing = "auto"
        self._going: list[tuple[Process, float]] = []
        self._wanted = FIRST
        self._again_s = 0.0
        self._sound_s = 0.0
        self._resuming = False

    @property
    def under_way(self) -> bool:
        """Whether the one that plays is not, or no longer, the one that shall."""
        return self.next is not None or bool(self._wanted)

    @property
    def processes(self) -> list[Process]:
        """All that there are."""
        found = [self.now, self.next, *(process for process, _ in self._going)]
        return [process for process in found if process is not None]

    def want(self, why: str, now_s: float, *, fault: bool) -> None:
        """Relieve the one that plays; of a `fault` it counts as a bad start where it did not last."""
        if self.under_way:
            return
        self._wanted = why
        if fault:
            self.starts.ended(now_s)
            self._log(f"The music is taken over by another process: {why}.")
        self._again_s = now_s + (self.starts.pause_s if fault else 0.0)

    def step(self, now_s: float) -> None:
        """Do what is due."""
        self._see_off(now_s)
        if self.next is None:
            if self._wanted and now_s >= self._again_s:
                self.next = self._start(now_s)
                self._sound_s = 0.0
            elif not self._wanted:
                self.starts.lasts(now_s)
            return
        trouble = "it has ended" if self.next.ended or self.next.gone() else self.next.liveness.trouble(now_s)
        if trouble:
            self._log(f"A process that was to play does not: {trouble}.")
            self.next.kill()
            self.next = None
            self.starts.ended(now_s)
            self._again_s = now_s + self.starts.pause_s
        elif not self.next.sounds:
            if self.next.status.warm:
                self._let_in(self.next, now_s)
        elif self._heard(self.next, now_s):
            self._take_over(now_s)

    def _let_in(self, following: Process, now_s: float) -> None:
        """The next one is ready: it opens the sound card, after the old one or beside it."""
        if not self._beside():
            self._part(now_s, softly=False)
        resume = self._resume()
        self._resuming = resume is not None
        following.sound(now_s, resume)
        self._sound_s = now_s

    def _beside(self) -> bool:
        """Whether the sound card can be had twice."""
        if self.mixing != "auto":
            return self.mixing == "yes"
        return self.now is not None and self.now.status.mixing is True

    def _heard(self, following: Process, now_s: float) -> bool:
        """Whether the next one can be left to play alone."""
        status = following.status
        if self.now is None:
            away = not status.sound_ok and status.sound_words != WAITS
            return status.frame > 0 or away
        if now_s - self._sound_s > OVERLAP_S:
            return True
        if self._resuming and status.doing in SOUNDING | {Doing.STARTING}:
            return status.lufs is not None and status.lufs > AUDIBLE_LUFS
        return status.frame > 0 and now_s - self._sound_s > QUIET_S

    def _take_over(self, now_s: float) -> None:
        first = self._wanted == FIRST
        self._part(now_s, softly=True)
        self.now, self.next, self._wanted = self.next, None, ""
        assert self.now is not None
        if self.now.status.frame > 0:
            self._log("The music plays." if first else "Another process plays now.")
        else:
            self._log("A process is ready to play; the sound card is away.")
        self.now.order("strap")
        self.starts.began(now_s)

    def _part(self, now_s: float, *, softly: bool) -> None:
        """End the old one."""
        old, self.now = self.now, None
        if old is None:
            return
        if softly:
            old.hush()
            self._going.append((old, now_s + HUSH_S))
        else:
            old.kill()

    def _see_off(self, now_s: float) -> None:
        for process, until_s in list(self._going):
            if now_s >= until_s:
                process.kill()
                self._going.remove((process, until_s))

    def end(self) -> None:
        """End all of them at once."""
        for process in self.processes:
            process.kill()
        self.now = self.next = None
        self._going.clear()
