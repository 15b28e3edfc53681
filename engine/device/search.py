"""The search for a device that is away: it is looked for, and opened, in a thread of its own."""

from __future__ import annotations

import threading
import time

from dsp.stream import Lent
from engine.device.child import END_S
from engine.device.errors import DeviceError, NoDeviceError, UnknownDeviceError
from engine.device.patience import pause_s
from engine.device.sound_device import SoundDevice


class Search(threading.Thread):
    """Looks for a lost device until it is open again for a lent sound, or it is given up.

    since_s   when the device was lost, by the monotonic clock
    reason    why a device that is there could not be had at the last look, in a sentence; else empty
    found     set once the device is open, and not yet started
    """

    def __init__(self, device: SoundDevice, lent: Lent, since_s: float, reason: str = "") -> None:
        super().__init__(name="device search", daemon=True)
        self.lent = lent
        self.found = threading.Event()
        self.since_s = since_s
        self.reason = reason
        self._given_up = threading.Event()
        self._device = device
        self.start()

    def run(self) -> None:
        # Waiting comes first: a server that is going down still answers, and must not be asked.
        while not self._given_up.wait(pause_s(time.monotonic() - self.since_s)):
            try:
                self._device.look()
                if self._given_up.is_set():
                    return
                self._device.open(self.lent)
            except (NoDeviceError, UnknownDeviceError):
                self.reason = ""
            except DeviceError as refused:
                self.reason = str(refused)
            else:
                self.found.set()
                return

    def give_up(self) -> None:
        """Look no more; returns when nothing is asked of the device any more."""
        self._given_up.set()
        self._device.let_go()  # so that a question it waits for is answered by an end
        self.join(END_S)
