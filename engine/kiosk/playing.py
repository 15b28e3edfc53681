"""The process that plays in a kiosk: opens sound and straps once, and gives one visit after another.

It takes orders as lines of JSON and tells how it stands four times a second (engine.kiosk.orders). It never
waits for whoever reads that: a supervisor that is stopped must not be heard. When the orders end it fades out
and goes.

    {"do": "want", "wanted": {...}}          how the kiosk is to be, the whole of it
    {"do": "sound", "resume": [what, s]}     open the sound card; go on with what another could not finish
    {"do": "strap"}                          the straps are free: listen to them
    {"do": "sign", "name": EARCON}           sound an earcon
    {"do": "leave"}                          fade out and go
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from dsp.native import Synth
from engine.device import LATENCY_S
from engine.device.child import Child, SilentError
from engine.device.errors import DeviceError, NoDeviceError, UnknownDeviceError
from engine.device.listing import PREFERRED_RATE_HZ
from engine.device.patience import ANSWER_S
from engine.device.sound_device import SoundDevice
from engine.kiosk.band import Band
from engine.kiosk.earcons import EARCONS
from engine.kiosk.house import TELL_S, House, Orders
from engine.kiosk.orders import WAITS, Status, Wanted
from engine.kiosk.sound_words import absent
from engine.kiosk.state import Doing
from engine.kiosk.strap_pool import straps_of

LINGER_S = 12.0
"""How long the sound card's process plays on what is written when this process has died: the bed is written
14 s ahead (engine.session), and whoever replaces us is heard by then."""

TRIAL_VARIABLE = "CALANDO_KIOSK_TRIAL"
"""Environment variable with which SIGUSR2 has the process hang with its interpreter held."""

LOOK_AGAIN_S = 1.0
"""Between two looks for a sound card that is off at boot (own choice)."""


class Desk:
    """Orders as they come in, line by line, in a thread of its own."""

    def __init__(self) -> None:
        self.orders = Orders(may_listen=False)
        self.sound = threading.Event()

    def read(self) -> None:
        """Until the last line; then it is to leave."""
        waiting = b""
        while came := os.read(0, 65_536):  # sys.stdin is locked while it waits, which an end must not find
            *lines, waiting = (waiting + came).split(b"\n")
            for line in lines:
                with suppress(ValueError, TypeError, KeyError):
                    self._take(json.loads(line))
        self.orders.leaving = True
        self.sound.set()

    def _take(self, asked: dict[str, Any]) -> None:
        orders = self.orders
        match asked["do"]:
            case "want":
                orders.wanted = Wanted.from_json(asked["wanted"])
            case "sound":
                resume = asked.get("resume")
                orders.resume = None if resume is None else (Doing(resume[0]), float(resume[1]))
                self.sound.set()
            case "strap":
                orders.may_listen = True
            case "sign" if asked["name"] in EARCONS:
                orders.signs.append(asked["name"])
            case "leave":
                orders.leaving = True
                self.sound.set()
            case _:
                return


class Teller:
    """Writes statuses where somebody may read them, and passes over those that find no room."""

    def __init__(self) -> None:
        self._file = os.dup(1)
        os.set_blocking(self._file, False)
        # Nothing else of this process, nor of a library, may get among the statuses.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)

    def __call__(self, status: Status) -> None:
        with suppress(OSError):
            os.write(self._file, status.line())


def serve() -> None:
    """Play until the orders end."""
    tell = Teller()
    desk = Desk()
    threading.Thread(target=desk.read, name="orders", daemon=True).start()
    _get_ready(tell)
    at_hand = _sound_process()
    warm = Status(warm=True, sound_words=WAITS)
    tell(warm)
    while not desk.sound.wait(TELL_S):
        tell(warm)
    device = None
    while device is None and not desk.orders.leaving:
        device, at_hand = _device(desk, tell, at_hand), None
    if device is None:
        return
    band = Band(device)
    try:
        House(band, straps_of, desk.orders, tell).run()
    except DeviceError as refused:
        # It was there a moment ago. Whoever started us looks at the words and starts us again.
        tell(Status(warm=True, sound_words=absent(refused)))
        time.sleep(LOOK_AGAIN_S)
        sys.exit(1)
    finally:
        band.leave()


def _get_ready(tell: Teller) -> None:
    """Load the machine code, or compile it where there is none yet, and tell meanwhile that this goes on."""
    ready = threading.Event()

    def tell_on() -> None:
        while not ready.wait(TELL_S):
            tell(Status())

    telling = threading.Thread(target=tell_on, name="getting ready", daemon=True)
    telling.start()
    Synth(PREFERRED_RATE_HZ)
    ready.set()
    telling.join()


def _sound_process() -> Child | None:
    """The process that will hold the sound card, with its libraries loaded: by the time a card that takes one
    program at a time is free, all that is left to do is to look for it and to open it."""
    child = Child("engine.device.playing")
    try:
        child.ask({"do": "find", "name": None}, ANSWER_S["find"])  # whatever it finds: it looks again
    except SilentError:
        return None
    return child


def _device(desk: Desk, tell: Teller, at_hand: Child | None) -> SoundDevice | None:
    """The sound card, or None where it is off; then a little while has passed."""
    name = os.environ.get("CALANDO_KIOSK_DEVICE") or None
    linger_s = LINGER_S
    try:
        device = SoundDevice(name, LATENCY_S, linger_s, at_hand)
    except (NoDeviceError, UnknownDeviceError) as trouble:
        until_s = time.monotonic() + LOOK_AGAIN_S
        while time.monotonic() < until_s and not desk.orders.leaving:
            tell(Status(warm=True, sound_words=absent(trouble)))
            time.sleep(TELL_S)
        return None
    return device


def _hang(_number: int, _frame: object) -> None:
    ctypes.PyDLL(None).sleep(3600)


def main() -> None:
    # The terminal's signals go to every process in it; when to end is said by whoever started this one.
    for name in ("SIGINT", "SIGHUP", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    # What a trial of liveness does to it (benchmarks/kiosk_replace.py): PyDLL keeps the interpreter's lock.
    if os.environ.get(TRIAL_VARIABLE):
        signal.signal(signal.SIGUSR2, _hang)
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold what a heart did
    serve()


if __name__ == "__main__":
    main()
