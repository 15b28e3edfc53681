"""Trying a device out: only one that has taken sound is praised."""

from __future__ import annotations

import time

from dsp.native import Synth
from engine.device.errors import DeviceError
from engine.device.patience import LOOK_S, STALL_S
from engine.device.sound_device import SoundDevice

TRIAL_S = 4 * STALL_S
"""Time a device has to take a first sound; a sound server that wakes up may need a second."""


def take_sound(device: SoundDevice) -> None:
    """Play a moment of silence on it. Raises DeviceError where it does not open, start or take any."""
    synth = Synth(device.found.rate_hz)
    lent = synth.lend()
    try:
        device.open(lent)
        synth.hand_to(lent)
        device.start()
        end_s = time.monotonic() + TRIAL_S
        while synth.frame == 0:
            if not device.active or time.monotonic() > end_s:
                raise DeviceError(
                    f"The sound device {device.found.name} opens, but asks for no sound; "
                    "is its sound server running?"
                )
            time.sleep(LOOK_S)
    finally:
        device.close()
