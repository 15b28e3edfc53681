"""Ways to other programs, each an extra: is its package there, and does it load? One line each.

A library that is damaged may end whoever loads it, so each is loaded in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from engine.cli.check import Check
from engine.patch.ended import signal_name
from sensors.extra import anew, why

LOAD_S = 60.0
"""A library that has not loaded by then is given up: far longer than a slow disk needs. Our own choice."""


@dataclass(frozen=True, slots=True)
class Door:
    """One extra: its package, the package's module, what it is for, and what loads all that it needs."""

    extra: str
    package: str
    module: str
    what: str
    loading: str = ""


DOORS = (
    Door("pyo", "pyo", "pyo", "another synth (--synth pyo)"),
    Door("osc", "python-osc", "pythonosc", "OSC (calando osc)"),
    Door("lsl", "pylsl", "pylsl", "the Lab Streaming Layer (calando lsl, --sensor lsl)"),
    Door("link", "LinkPython-extern", "link", "Ableton Link (calando link)", "import link; link.Link"),
    Door("mqtt", "paho-mqtt", "paho", "a home's broker (calando mqtt)", "import paho.mqtt.client"),
    Door("serial", "pyserial", "serial", "a pulse sensor on a serial port (--sensor serial)"),
    Door(
        "ant", "openant", "openant", "straps over ANT+ (--sensor ant)",
        # By libusb, a library of the system's; pyusb looks for it when it is first asked for a stick.
        "import openant.base.driver, usb.core; usb.core.find()",
    ),
)  # fmt: skip

MENDS = {"No backend available": "Install libusb: on Debian or Ubuntu, sudo apt-get install libusb-1.0-0."}
"""Of what a package says without naming the library."""

KIOSK = (
    Door("kiosk", "holidays", "holidays", "holidays"),
    Door("kiosk", "paho-mqtt", "paho", "MQTT", "import paho.mqtt.client"),
    Door("kiosk", "prometheus-client", "prometheus_client", "Prometheus"),
)
"""What a kiosk in a fleet needs besides; without it one plays all the same, alone."""


def door_checks() -> Iterator[Check]:
    """A line for each; without one all else plays."""
    there = [door for door in DOORS if find_spec(door.module) is not None]
    wrong = dict(zip(there, troubles(there), strict=True))
    for door in DOORS:
        what = f"Door {door.extra}"
        if door not in wrong:
            said = f"{door.package} is not installed, for {door.what}."
            yield Check(what, None, said, f"Install it with pip install 'calando[{door.extra}]'.")
        elif trouble := wrong[door]:
            said = f"{door.package} is installed and does not load, for {door.what}: {trouble}"
            yield Check(what, None, said)
        else:
            yield Check(what, True, f"{door.package} is installed and loads, for {door.what}.")


def kiosk_check() -> Iterator[Check]:
    """One line for all that a kiosk in a fleet needs."""
    if absent := [door.package for door in KIOSK if find_spec(door.module) is None]:
        said = f"{', '.join(absent)} not installed, for holidays, MQTT and Prometheus."
        yield Check("Kiosk", None, said, "Install it with pip install 'calando[kiosk]'.")
        return
    for door, trouble in zip(KIOSK, troubles(KIOSK), strict=True):
        if trouble:
            said = f"{door.package} is installed and does not load, for {door.what}: {trouble}"
            yield Check("Kiosk", None, said)
            return
    yield Check("Kiosk", True, f"{', '.join(door.package for door in KIOSK)} are installed and load.")


def troubles(doors: Sequence[Door]) -> list[str]:
    """For each what keeps it from being loaded, with the mend; empty where nothing does."""
    begun = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", door.loading or f"import {door.module}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace",
        )
        for door in doors
    ]  # fmt: skip
    return [_trouble(door, process) for door, process in zip(doors, begun, strict=True)]


def _trouble(door: Door, process: subprocess.Popen[str]) -> str:
    try:
        _, errors = process.communicate(timeout=LOAD_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return f"it has not loaded within {LOAD_S:.0f} seconds. {anew(door.package)}"
    if process.returncode == 0:
        return ""
    if process.returncode < 0:
        return f"it ends whoever loads it ({signal_name(-process.returncode)}). {anew(door.package)}"
    # The last paragraph of a traceback: the kind of error, a colon, and its words.
    told = [line for line in errors.splitlines() if line and not line.startswith((" ", "Traceback"))]
    said = told[0].partition(": ")[2] or told[0] if told else "it says nothing of why"
    return f"{said}. {MENDS[said]}" if said in MENDS else why(door.package, said)
