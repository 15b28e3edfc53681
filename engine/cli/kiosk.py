"""`calando kiosk`: months of music with nobody watching, from one file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.paragraph import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.kiosk.config import Kiosk
    from engine.kiosk.loudness import Calibration
    from engine.outputs import Way
    from engine.player import Output

config_type = click.Path(path_type=Path)


@click.command()
@click.option("--config", type=config_type, metavar="FILE", help="The kiosk's file (docs/kiosk.md).")
@click.option("--check", type=config_type, metavar="FILE", help="Tell what is wrong with a file, and end.")
@click.option("--calibrate", is_flag=True, help="With --config: measure once how loud it is at the seat.")
@click.option("--install", is_flag=True, help="With --config: have systemd start it with the computer.")
@click.option("--user", metavar="NAME", help="With --install, as root: who it runs as.")
@click.option("--uninstall", is_flag=True, help="Take that back.")
def kiosk(
    config: Path | None, check: Path | None, calibrate: bool, install: bool, user: str | None, uninstall: bool
) -> int:  # fmt: skip
    """Play for whoever comes, by itself, for months.

    A strap comes on: the music meets the heart. It comes off: a graceful end, and ready again. It mends
    itself, keeps nothing about a visitor, and can be looked after from afar over MQTT. SIGHUP has it read its
    file again without a gap. docs/kiosk.md is the operator's handbook.
    """
    if sum((check is not None, calibrate, install, uninstall)) > 1:
        raise click.UsageError("Of --check, --calibrate, --install and --uninstall one at a time.")
    from engine.kiosk import unit

    if uninstall:
        return _told(unit.uninstall)
    if check is not None:
        return _checked(check)
    if config is None:
        raise click.UsageError("Name the kiosk's file: calando kiosk --config FILE.")
    read = _read(config)
    if install:
        return _told(lambda: unit.install(config, user))
    if calibrate:
        return _calibrated(read)
    return _served(config)


def _served(config: Path) -> int:
    """Become the service: nothing of the command line stays in memory for months."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "engine.kiosk.service", "--config", str(config)])


def _told(deed: Callable[[], list[str]]) -> int:
    try:
        for sentence in deed():
            say(sentence)
    except OSError as trouble:
        raise click.ClickException(str(trouble)) from None
    return 0


def _read(path: Path) -> Kiosk:
    from engine.kiosk.config import ConfigError, read_config

    try:
        return read_config(path)
    except ConfigError as wrong:
        raise click.UsageError(str(wrong)) from None


def _checked(path: Path) -> int:
    """Everything that can be known of a file before it plays."""
    from engine.kiosk.checking import told

    read = _read(path)
    wrong, said = told(read)
    for sentence in said:
        say(sentence)
    if wrong:
        raise click.UsageError("\n".join(f"{path}: {sentence}" for sentence in wrong))
    say(f"{path} is in order.")
    return 0


def _calibrated(read: Kiosk) -> int:
    """One sound, one reading at the seat, one figure that is kept."""
    from engine.cli.outputs import opened
    from engine.kiosk.loudness import cap_lufs, held, write_calibration
    from engine.kiosk.service import state_folder
    from engine.outputs import Way

    device = read.sound.device
    say(
        "Set amplifier and loudspeakers to where they shall stay. Put a sound level meter at the seat, at "
        "the height of a head, set to A and slow. A steady sound plays until you have typed what it shows."
    )
    spec = f"device:{device}" if device else "auto"
    way = Way(fast=False) if device else _default_device()
    with opened(spec, way, name="calibration", force=True, say=say) as (output, _):
        measured = _measured_while_it_plays(output, device)
    try:
        write_calibration(state_folder(read), measured)
    except OSError as trouble:
        raise click.ClickException(str(trouble)) from None
    highest = read.sound.highest_dba
    say(
        f"Kept: the room adds {measured.gain_db:g} dB. Never above {highest:g} dB(A) means a cap of "
        f"{cap_lufs(measured, highest):.1f} LUFS. A running kiosk takes it on SIGHUP."
    )
    if not held(measured, highest):
        say(f"The amplifier is too loud for {highest:g} dB(A); turn it down and calibrate again.", err=True)
        return 1
    return 0


def _default_device() -> Way:
    from engine.device import NoDeviceError
    from engine.outputs import way_of

    def nowhere(absent: NoDeviceError) -> Way:
        raise click.ClickException(str(absent))

    return way_of("auto", fast=False, without=nowhere)


def _measured_while_it_plays(output: Output, device: str) -> Calibration:
    import threading
    from datetime import date

    from engine.kiosk.calibration import DIGITAL_DBA, LEVEL_DB, PITCHES
    from engine.kiosk.loudness import calibrated
    from engine.tone import calm_tone

    def measured(typed: str) -> Calibration:
        """A figure with a point or a comma."""
        try:
            reading_dba = float(typed.replace(",", "."))
        except ValueError:
            reading_dba = float("nan")
        try:
            return calibrated(reading_dba, DIGITAL_DBA, device, date.today())
        except ValueError as wrong:
            raise click.UsageError(str(wrong)) from None

    typed = threading.Event()
    sound = threading.Thread(
        target=calm_tone, args=(output, lambda: None if typed.is_set() else LEVEL_DB, PITCHES), daemon=True
    )
    sound.start()
    try:
        return click.prompt("The meter shows, in dB(A)", value_proc=measured)
    finally:
        typed.set()
        sound.join(5.0)
