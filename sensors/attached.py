"""What hangs on this computer, or is heard through it: opened in a thread of its own, again and again.

A cable is pulled, a stick is taken out, a stream ends: that is told in one sentence, and it is looked for
until it is there again. What the device is and how it reads is the subclass's.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable

from sensors.beat import BadPacket, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.threaded import Threaded

# Times in seconds, all our own choice.
AGAIN_S = 1.0
"""Between the end of one attempt and the next: whoever plugs it in again waits no longer."""
BEATLESS_S = 5.0
"""No beat for so long, though something is heard: it has come off (as sensors.linked_strap has it)."""
BAD_EVERY_S = 1.0
"""At most one unreadable packet is told in so long: a wrong speed makes thousands."""
LEAVE_S = 5.0
"""That the thread may take to end."""


class AwayError(Exception):
    """It cannot be heard just now; the message is one sentence for the listener, with what helps."""


class Attached(Threaded, ABC):
    """A `sensors.sensor.Sensor` with a thread that holds one device, stick or stream."""

    latency_s = 0.0
    """It times its beats itself."""

    always_there = True
    """It is heard whether or not anybody touches it, so that tells of nobody."""

    worn = "Put it on, and keep still."
    """What helps where it is heard and no beat is in it."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._start_anew()

    def _start_anew(self) -> None:
        self._arrivals.clear()
        self._said: tuple[Link, str] | None = None
        self._ever_live = False
        self._beat_s = self._bad_s = float("-inf")

    @abstractmethod
    def _hold(self) -> None:
        """Open it and hear it until `_closed` is set, with `_tell` and `_look`. Raises AwayError."""

    def _prepare(self) -> None:
        """What takes long and is needed before the first attempt. What it raises ends the matter."""

    @property
    def label(self) -> str:
        return self._label

    def open(self) -> None:
        """Start looking. Does nothing when already open."""
        if self._thread is None:
            self._start_anew()
            self._closed.clear()
            self._thread = threading.Thread(target=self._run, name="attached sensor", daemon=True)
            self._thread.start()

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closed.set()
            thread.join(LEAVE_S)

    # --- in the thread ---

    def _run(self) -> None:
        self._say(Link.SEARCHING, f"Looking for {self.label}.")
        try:
            self._prepare()
        except Exception as trouble:  # whatever is missing, the music goes on
            self._say(Link.UNAVAILABLE, f"{self.label} cannot be heard: {trouble}")
            return
        while not self._closed.is_set():
            try:
                self._hold()
            except AwayError as away:
                self._say(self._lost(), str(away))
            except Exception as trouble:  # a driver's own
                self._say(self._lost(), f"{self.label} fails ({type(trouble).__name__}: {trouble}).")
            self._closed.wait(AGAIN_S)

    def _lost(self) -> Link:
        return Link.RECONNECTING if self._ever_live else Link.SEARCHING

    def _opened(self) -> None:
        """It is there, and no beat has come yet."""
        self._beat_s = time.monotonic()
        self._say(Link.WAITING, f"{self.label} is there; waiting for the first beats. {self.worn}")

    def _tell(self, events: Iterable[SensorEvent]) -> None:
        """Hand on what was read, times by time.monotonic()."""
        for event in events:
            match event:
                case BadPacket():
                    if event.arrival_s < self._bad_s + BAD_EVERY_S:
                        continue
                    self._bad_s = event.arrival_s
                case TimedBeat() | Measurement():
                    self._beat_s = event.arrival_s
                    self._ever_live = True
                    self._say(Link.LIVE, f"Hearing {self.label}.")
                case _:
                    pass
            self._arrivals.put(event)

    def _look(self, why: str | None = None) -> None:
        """Call it now and then while something is heard: where no beat is in it, that is told.

        why   what is known of the reason
        """
        if time.monotonic() - self._beat_s > BEATLESS_S:
            self._say(Link.NO_CONTACT, why or f"{self.label} feels no heartbeat. {self.worn}")

    def _say(self, link: Link, words: str) -> None:
        """Tell how it stands, where it is news."""
        if (link, words) != self._said:
            self._said = link, words
            self._arrivals.put(LinkChange(time.monotonic(), link, words))
