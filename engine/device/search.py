"""The search for a device that is away: it is looked for, and opened, in a thread of its own."""

from __future__ import annotations

import threading
import time

from dsp.stream import Lent
from engine.device.errors import DeviceError
from engine.device.patience import ANSWER_S, pause_s
from engine.device.sound_device import SoundDevice


class Search(threading.Thread):
    """Looks for a lost device until it is open again for a lent sound, or it is given up.

    found   set once the device is open, and not yet started
    """

    def __init__(self, device: SoundDevice, lent: Lent) -> None:
        super().__init__(name="device search", daemon=True)
        self.lent = lent
        self.found = threading.Event()
        self.reason = ""
        """Why the device could not be had at the last look."""
        self._given_up = threading.Event()
        self._device = device
        self.start()

    def run(self) -> None:
        began_s = time.monotonic()
        # Waiting comes first: a server that is going down still answers, and must not be asked.
        while not self._given_up.wait(pause_s(time.monotonic() - began_s)):
            try:
                self._device.look()
                self._device.open(self.lent)
            except DeviceError as away:
                self.reason = str(away)
            else:
                self.found.set()
                return

    def give_up(self) -> None:
        """Look no more; returns when nothing is asked of the device any more."""
        self._given_up.set()
        self.join(sum(ANSWER_S.values()))
