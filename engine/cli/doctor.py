"""`calando doctor`: is everything in order here, one line each, with the mend where it is not?"""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import click

from engine.cli.check import NOT_TRIED, Check
from engine.cli.paragraph import columns, labelled, say
from engine.cli.recorded import data_option

_AT = 13
"""Column in which the words of a check begin, behind its number and its verdict."""


@click.command()
@data_option
def doctor(data: Path | None) -> int:
    """Check that everything Calando needs is in order.

    Exits with 1 where something must be mended before Calando can play.
    """
    from engine.cli.doctor_bluetooth import bluetooth_checks
    from engine.cli.doctor_doors import door_checks, kiosk_check

    looks: Sequence[Callable[[], Iterable[Check]]] = (
        _python, _machine_code, _sound_device, _along, partial(_folders, data), _profiles, _sensors,
        kiosk_check, door_checks, bluetooth_checks,
    )  # fmt: skip
    number, failed, untried = 0, False, list[str]()
    for check in (check for look in looks for check in look()):
        if check.said == NOT_TRIED:
            untried.append(check.what)
            continue
        number += 1
        failed = failed or check.ok is False
        click.echo(_line(number, check))
    if untried:
        click.echo(_line(number + 1, Check("Not tried", None, f"{', '.join(untried)}.")))
    return 1 if failed else 0


def _line(number: int, check: Check) -> str:
    verdict = {True: "ok", None: "without", False: "MEND"}[check.ok]
    mend = f" {check.mend}" if check.mend and check.ok is not True else ""
    return labelled(f"{number:2}  {verdict}", f"{check.what}: {check.said}{mend}", columns(), _AT)


def _python() -> list[Check]:
    ok = sys.version_info >= (3, 11)
    said = f"{platform.python_version()} on {platform.system()} {platform.machine()}."
    return [Check("Python", ok, said, "Calando needs 3.11 or newer.")]


def _machine_code() -> list[Check]:
    from dsp.native import Synth

    try:
        synth = Synth(progress=partial(say, err=True))
    except Exception as trouble:  # whatever keeps the compiler from working is the finding
        said = f"could not be made ({type(trouble).__name__}: {trouble})."
        mend = next((mend for kind, mend in _MENDS if isinstance(trouble, kind)), _REPORT)
        return [Check("Machine code", False, said, mend)]
    if not synth.unkept:
        return [Check("Machine code", True, "compiled and kept.")]
    said = f"compiles, but is not kept, so every start takes longer: {synth.unkept}"
    return [Check("Machine code", None, said, "CALANDO_CACHE names another folder for it.")]


_MENDS = (
    (ImportError, "Install Calando again; a part of its compiler is missing."),
    (MemoryError, "Close other programs; compiling takes about 500 MB."),
    (OSError, "Free room on the disk, or name another folder with CALANDO_CACHE."),
)
_REPORT = "Please report this line; nothing on this computer is known to mend it."


def _sound_device() -> list[Check]:
    from engine.device import DeviceError, NoDeviceError, SoundDevice
    from engine.device.trial import take_sound

    try:
        device = SoundDevice()
        found = device.found
        take_sound(device)
    except NoDeviceError as absent:
        return [Check("Sound device", None, str(absent))]
    except DeviceError as trouble:
        return [Check("Sound device", False, str(trouble))]
    mono = ", one channel, to which both sides are mixed" if found.channels == 1 else ""
    return [Check("Sound device", True, f"{found.name} ({found.host}) plays at {found.rate_hz} Hz{mono}.")]


def _along() -> list[Check]:
    """By what somebody may play along; without it the keys of the computer are there."""
    from engine.cli.along import KEYS_PLAY, sources
    from engine.device import DeviceError

    try:
        by, found = sources()
    except DeviceError as absent:
        return [Check("Playing along", None, str(absent), KEYS_PLAY)]
    none = f"there is no MIDI source just now. {KEYS_PLAY}"
    there = f"MIDI sources: {', '.join(found)}." if found else none
    return [Check("Playing along", True, f"{by} answers; {there}")]


def _folders(data: Path | None) -> list[Check]:
    from dsp.machine import cache_folder
    from engine.journal.opening import data_folder

    return [
        _writable("Cache folder", cache_folder(), ok_without=True),
        _writable("Data folder", data_folder(data), ok_without=False),
    ]


def _writable(what: str, folder: Path, *, ok_without: bool) -> Check:
    """Can a file be made in `folder`, or in the nearest parent there is?"""
    try:
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.TemporaryFile(dir=existing):
            return Check(what, True, f"{folder} can be written.")
    except OSError as trouble:
        said = f"{folder} cannot be written ({trouble.strerror})."
        return Check(what, None if ok_without else False, said, "Give yourself permission to write there.")


def _profiles() -> list[Check]:
    from profiles.load import ProfileError, load, names
    from profiles.own import own_file, own_names

    wrong: list[Check] = []
    for name in sorted({*names(), *own_names()}):
        try:
            load(name)
        except ProfileError as trouble:
            # What somebody is still writing keeps nothing from playing.
            file = own_file(name)
            mend = "Reinstall Calando." if file is None else f"It is your own, {file}."
            wrong.append(Check(f"Profile {name}", False if file is None else None, str(trouble), mend))
    own = f"; your own: {', '.join(own_names())}" if own_names() else ""
    return wrong or [Check("Profiles", True, f"{len(names())} in order: {', '.join(names())}{own}.")]


def _sensors() -> list[Check]:
    """Those that other packages have brought; their trouble keeps nothing else from playing."""
    from sensors.foreign import ForeignSensorError, brought, foreign_words
    from sensors.spec import BUILT_IN

    checks: list[Check] = []
    for word in foreign_words():
        try:
            found = brought(word)
        except ForeignSensorError as trouble:
            checks.append(Check(f"Sensor {word}", None, str(trouble)))
            continue
        if word in BUILT_IN:
            package = "" if found is None else f" of the package {found.package}"
            checks.append(Check(f"Sensor {word}", None, f"{word}{package} is hidden by Calando's own."))
        elif found is not None:
            checks.append(Check(f"Sensor {word}", True, f"brought by the package {found.package}."))
    return checks
