"""The search for a device that is away: it is looked for, opened and started in a thread of its own."""

from __future__ import annotations

import threading
import time
from itertools import cycle

from dsp.stream import Lent
from engine.device.child import END_S
from engine.device.errors import DeviceError, NoDeviceError, UnknownDeviceError
from engine.device.patience import BEGIN_S, HURRY, pause_s
from engine.device.sound_device import SoundDevice


class Search(threading.Thread):
    """Looks for a lost device until it plays a lent sound, or it is given up.

    since_s   when the device was lost, by the monotonic clock
    at_once   look before the first pause: the device is not known to be lost
    reason    why a device that is there could not be had at the last look, in a sentence; else empty
    starts    how often it has been started in vain since it was lost
    found     set once the device is open; it is started when the sound is `handed` to it
    failed    set where it did not start; another search must follow
    """

    def __init__(
        self, device: SoundDevice, lent: Lent, since_s: float, reason: str = "", starts: int = 0, *,
        at_once: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name="device search", daemon=True)
        self.lent = lent
        self.found, self.failed = threading.Event(), threading.Event()
        self.since_s = since_s
        self.reason = reason
        self.starts = starts
        self.handed_s: float | None = None
        self._handed, self._given_up = threading.Event(), threading.Event()
        self._device = device
        self._at_once = at_once
        self.start()

    def run(self) -> None:
        try:
            if self._open():
                self.found.set()
                self._handed.wait()
                if not self._given_up.is_set():
                    self._start()
        finally:
            self._device.hurry = 1.0

    def _open(self) -> bool:
        """Look until the device is open; False where that was given up."""
        for share in cycle(HURRY):
            # Waiting comes first: a server that is going down still answers, and must not be asked.
            pause = 0.0 if self._at_once else pause_s(time.monotonic() - self.since_s)
            self._at_once = False
            if self._given_up.wait(pause):
                break
            self._device.hurry = share
            try:
                self._device.look()
                if self._given_up.is_set():
                    break
                self._device.open(self.lent)
            except (NoDeviceError, UnknownDeviceError):
                self.reason = ""
            except DeviceError as refused:
                self.reason = str(refused)
            else:
                return True
        return False

    def _start(self) -> None:
        try:
            self._device.start()
        except DeviceError as dead:
            self.reason = str(dead)
            self.failed.set()

    def hand_over(self) -> None:
        """The sound is the device's now: start it."""
        self.handed_s = time.monotonic()
        self._handed.set()

    @property
    def overdue(self) -> bool:
        """Whether the device has had the sound for longer than a start takes."""
        begin_s = BEGIN_S[min(self.starts, len(BEGIN_S) - 1)]
        return self.handed_s is not None and time.monotonic() - self.handed_s > begin_s

    def give_up(self) -> bool:
        """Look no more; True once nothing calls back any more for certain, and nothing is asked."""
        self._given_up.set()
        self._handed.set()
        ended = self._device.let_go()  # so that a question it waits for is answered by an end
        self.join(END_S)
        return ended
