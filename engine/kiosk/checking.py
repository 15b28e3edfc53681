"""Checking: what can be known of a kiosk's file beyond its own text: profiles, straps, holidays, sound card.

What a kiosk could not play with is wrong; what may come later, as a card that is off, is only said.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from engine.kiosk.config import ConfigError, Kiosk
from engine.kiosk.fleet.readiness import lacking
from engine.kiosk.free_days import free_days
from engine.kiosk.hours import opening
from engine.kiosk.loudness import cap_lufs, held, read_calibration
from engine.kiosk.service import state_folder
from engine.kiosk.sound_words import absent

if TYPE_CHECKING:
    from engine.device import Found


def told(kiosk: Kiosk) -> tuple[list[str], list[str]]:
    """What is wrong, and what is worth knowing, each in sentences."""
    from profiles.load import load
    from sensors.spec import open_sensor

    wrong: list[str] = []
    said: list[str] = []
    for name in dict.fromkeys((*kiosk.visit.profiles, kiosk.visit.programme)):
        try:
            load(name)
        except (ValueError, OSError) as trouble:
            wrong.append(f"visit.profiles: {trouble}")
    for spec in kiosk.visit.straps:
        try:
            open_sensor(spec)
        except ValueError as trouble:
            wrong.append(f"visit.straps: {trouble}")
    now = datetime.now(UTC).astimezone(kiosk.zone)
    try:
        days = free_days(kiosk.hours.region, now.year, now.year + 1)
        coming = next((day for day in sorted(days) if day >= now.date()), None)
        if coming is not None:
            said.append(f"The next public holiday in {kiosk.hours.region}: {coming:%A, %d %B %Y}.")
        stands = opening(kiosk.hours, now, days)
        said.append(
            f"Now, {now:%A %H:%M}, it is {'open' if stands.open else 'closed'}"
            f"{', in quiet hours' if stands.quiet else ''}."
        )
    except ConfigError as trouble:
        wrong.append(str(trouble))
    wrong += [*lacking(kiosk), *_not_written(kiosk)]
    said += _sound(kiosk)
    return wrong, said


def _not_written(kiosk: Kiosk) -> list[str]:
    """Folders in which nothing can be written, or that are not there."""
    folder, textfile = state_folder(kiosk), kiosk.metrics.textfile
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    wrong: list[str] = []
    try:
        with TemporaryDirectory(dir=folder):  # permissions tell less than a try
            pass
    except OSError as trouble:
        wrong.append(f"state: {state_folder(kiosk)} cannot be written ({trouble.strerror}).")
    if textfile and not Path(textfile).parent.is_dir():
        wrong.append(f"metrics.textfile: there is no folder {Path(textfile).parent}.")
    return wrong


def _sound(kiosk: Kiosk) -> list[str]:
    from engine.device import DeviceError, SoundDevice

    said: list[str] = []
    name = kiosk.sound.device
    if not name:
        said.append("sound.device names no card, so the system's default is played, which may change.")
    try:
        device = SoundDevice(name or None)
        found = device.found
        device.close()
        said.append(f"The sound card {found.name} is there, at {found.rate_hz} Hz.")
        said.append(f"Sound cards and servers here: {'; '.join(found.there)}.")
        said += twins(found)
    except DeviceError as trouble:
        said.append(f"{absent(trouble)} The kiosk waits for it.")
    calibration, highest = read_calibration(state_folder(kiosk)), kiosk.sound.highest_dba
    if calibration is None:
        said.append(
            f"Not calibrated, so {highest:g} dB(A) cannot be promised: "
            "calando kiosk --config FILE --calibrate."
        )
    elif not held(calibration, highest):
        said.append(f"The amplifier is too loud for {highest:g} dB(A); turn it down and calibrate again.")
    else:
        said.append(f"Never above {highest:g} dB(A): a cap of {cap_lufs(calibration, highest):.1f} LUFS.")
    return said


def twins(found: Found) -> list[str]:
    """What to do where other cards are called as the one that was found."""
    from engine.device.listing import AT
    from engine.device.sockets import bare

    alike = [each for each in found.there if AT in each and each.partition(AT)[0] == bare(found.name)]
    if len(alike) < 2:
        return []
    return [
        f"{len(alike)} of these cards have one name; their sockets tell them apart, here and in the file: "
        f"sound.device = {alike[0]!r} is that one and no other."
    ]
