"""Band: the sound device of a kiosk, opened once and kept; one sound after another is played on it.

A sitting ends with `close`, as on any output, and the device plays on what it has, which is silence by then;
the next sitting's `start` turns the stream to its own sound without a period left out. A sitting that goes on
with what another process could not finish is not heard from its first soft second: that is rendered unheard.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic, sleep

import numpy as np

from dsp import command
from dsp.native import Synth
from engine.device.errors import DeviceError
from engine.device.patience import LOOK_S
from engine.device.sound_device import SoundDevice
from engine.player import DeviceOutput

MIXING_HOSTS = ("JACK",)
"""How PortAudio's hosts begin that mix whatever plays into them."""

MIXING_DEVICES = ("pipewire", "pulse", "default", "dmix", "sysdefault")
"""ALSA's names of servers that mix, and of what is one of them by default on today's systems."""

TURNED_S = 1.0
"""Within so long a sound to which a stream has turned must have been asked for; else the device is lost."""


FADE_IN_S = 0.6
"""How a sound enters that begins in its midst (KIOSK.md)."""

METERED_S = 0.4
"""So far back the meter looks for momentary loudness (ITU-R BS.1770)."""


class Band(DeviceOutput):
    """A device output that is kept from sound to sound. `leave` is its end."""

    def __init__(self, device: SoundDevice) -> None:
        super().__init__(device)
        self._frames_before = 0
        self.unheard_s = 0.0
        """So much of the next sound is rendered before it is heard."""
        self._unheard: Synth | None = None
        self._enters_frame = self._heard_frame = 0

    @property
    def heard(self) -> bool:
        """Whether what plays is heard in full; the meter tells of the unheard seconds too."""
        synth = self._synth
        return self._unheard is None and synth is not None and synth.frame >= self._heard_frame

    @property
    def card_frames(self) -> int:
        """Frames since the first sound, over all of them; it never goes back."""
        return self._frames_before + (0 if self._synth is None else self._synth.frame)

    @property
    def mixing(self) -> bool:
        """Whether others may play on the device at the same time, as far as its name tells."""
        found = self.device.found
        named = found.name.casefold()
        return found.host.startswith(MIXING_HOSTS) or any(named.startswith(word) for word in MIXING_DEVICES)

    def start(self, synth: Synth) -> None:
        """Play this sound from now on, in place of the one that plays."""
        if self.unheard_s:
            self._unheard, self._enters_frame = synth, round(self.unheard_s * self.rate_hz)
            self.unheard_s = 0.0
            return
        before, self._synth = self._synth, None
        self._heard_frame = 0
        if before is not None:
            self._frames_before += before.frame
            if not self.away and self.device.active and self._turned(before, synth):
                return
            self._part_with(before)
        super().start(synth)

    def advance(self, until_frame: int) -> None:
        synth = self._unheard
        if synth is not None:
            if until_frame > synth.frame:
                synth.render(np.empty((until_frame - synth.frame, 2), np.float32))
            if until_frame < self._enters_frame:
                return
            self._unheard = None
            synth.push([command.fade(0.0, 0.0)])
            synth.render(np.empty((self.rate_hz // 20, 2), np.float32))
            synth.push([command.fade(1.0, FADE_IN_S)])
            self.start(synth)
            self._heard_frame = self._enters_frame + round((FADE_IN_S + METERED_S) * self.rate_hz)
        super().advance(until_frame)

    def now_s(self) -> float:
        return super().now_s() if self._unheard is None else self._unheard.frame / self.rate_hz

    def close(self) -> None:
        """A sitting has ended; the device stays open."""

    def leave(self) -> None:
        """Let what was rendered be heard, and let the device go."""
        super().close()

    def _turned(self, before: Synth, synth: Synth) -> bool:
        """Turn the stream that plays to another sound; False where that cannot be had."""
        lent = synth.lend()
        while lent.number < self.device.stream_number:
            lent = synth.lend()
        synth.hand_to(lent)
        try:
            self.device.turn_to(lent)
        except DeviceError:
            return False
        until_s = monotonic() + TURNED_S
        while synth.frame == 0:
            if not self.device.active or monotonic() > until_s:
                return False
            sleep(LOOK_S)
        before.take_back(from_the_dead=True)
        self._synth, self._seen_frame, self._seen_s = synth, synth.frame, monotonic()
        return True

    def _part_with(self, before: Synth) -> None:
        """End a device that is away or did not turn, and the search for it."""
        search, self._search = self._search, None
        if search is not None:
            search.give_up()
        else:
            self.device.let_go()
        with suppress(TimeoutError):
            before.take_back(from_the_dead=True)
