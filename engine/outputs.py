"""Outputs by their spec, `auto`, `device:NAME`, `file:PATH` or `null`: open for as long as one is used."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.device import (
    ALONG_LATENCY_S,
    LATENCY_S,
    PREFERRED_RATE_HZ,
    PROMPT_LATENCY_S,
    ClockOut,
    JackDevice,
    NoDeviceError,
    SoundDevice,
    UnknownDeviceError,
)
from engine.player import DeviceOutput, OfflineOutput, Output
from engine.render import SoundFile


class OutputSpecError(ValueError):
    """An output that cannot be meant: one sentence that names it and the mend."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a sitting is played after all.

    fast     as fast as the machine can
    folder   of a sound file that nobody named
    device   the one to play on where none was named; None where there is none
    prompt   a hand may come: what is touched shall be heard at once
    along    part of the name of the MIDI source by which somebody plays along, empty for any; None where
             nobody does
    clock    how MIDI clock is sent; None where none is
    """

    fast: bool
    folder: Path = Path()
    device: SoundDevice | None = None
    prompt: bool = False
    along: str | None = None
    clock: ClockOut | None = None


def way_of(
    spec: str,
    *,
    fast: bool,
    prompt: bool = False,
    along: str | None = None,
    clock: ClockOut | None = None,
    without: Callable[[NoDeviceError], Way],
) -> Way:
    """As asked; where `spec` is `auto`, on the default device, and `without` one as that says.

    Raises DeviceError for a device that is there and cannot be had.
    """
    if spec != "auto" or fast:
        return Way(fast, prompt=prompt, along=along, clock=clock)
    try:
        return Way(fast, device=_device(None, prompt, along, clock), along=along, clock=clock)
    except NoDeviceError as absent:
        return without(absent)


@contextmanager
def opened(
    spec: str, way: Way, *, name: str, force: bool, say: Callable[[str], None]
) -> Generator[tuple[Output, Path | None]]:
    """The output that `spec` names, and its file, which is put in place at the end, whole or broken off.

    `name` is what a file is called where none was named; `say` tells the listener of such a fall-back.
    Raises OutputSpecError, UnknownDeviceError, DeviceError, PlaceError, WriteError.
    """
    fast = way.fast
    kind, _, rest = spec.partition(":")
    if kind == "null" and not rest:
        yield OfflineOutput(PREFERRED_RATE_HZ, "Playing to nowhere.", in_step=not fast), None
    elif kind == "file" and rest:
        with _kept(Path(rest).expanduser(), force=force) as file:
            yield _into(file, fast), file.path
    elif kind == "device" and rest:
        if fast:
            raise OutputSpecError("A sound device cannot play --fast; name a file with --output file:PATH.")
        yield DeviceOutput(_device(rest, way.prompt, way.along, way.clock)), None
    elif kind == "auto" and not rest:
        if way.device is not None:
            yield DeviceOutput(way.device), None
            return
        path = way.folder / f"calando-{name}-{time.strftime('%Y%m%d-%H%M%S')}.flac"
        where = f"{path} in the current folder" if way.folder == Path() else path
        say(f"{'Rendering' if fast else 'Playing'} into {where}.")
        with _kept(path, force=force) as file:
            yield _into(file, fast), file.path
    else:
        raise OutputSpecError(f"Output {spec!r} is not known: use auto, device:NAME, file:PATH or null.")


@contextmanager
def _kept(path: Path, *, force: bool) -> Generator[SoundFile]:
    """A sound file that keeps what it was given, even where the playing breaks off."""
    file = SoundFile(path, PREFERRED_RATE_HZ, force=force)
    try:
        yield file
    finally:
        file.close()


def _into(file: SoundFile, fast: bool) -> OfflineOutput:
    return OfflineOutput(PREFERRED_RATE_HZ, f"Playing into {file.path}.", file.write, in_step=not fast)


def _device(name: str | None, prompt: bool, along: str | None, clock: ClockOut | None) -> SoundDevice:
    """What plays: JACK, if it is there, where somebody plays along, whose notes come the shortest way by it,
    or where MIDI clock is sent."""
    if along is not None or clock is not None:
        with suppress(NoDeviceError, UnknownDeviceError):
            return JackDevice(name, along, clock=clock)
    if along is not None:
        return SoundDevice(name, ALONG_LATENCY_S, midi=along)
    return SoundDevice(name, PROMPT_LATENCY_S if prompt else LATENCY_S)
