"""`--output`: `auto`, `device:NAME`, `file:PATH` or `null`, made into an Output."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import click

from engine.cli.without_device import Way
from engine.device import (
    LATENCY_S,
    PREFERRED_RATE_HZ,
    PROMPT_LATENCY_S,
    DeviceError,
    SoundDevice,
    UnknownDeviceError,
)
from engine.player import DeviceOutput, OfflineOutput, Output
from engine.render import SoundFile
from engine.written import TargetFileError, WriteError


@contextmanager
def opened(
    spec: str, way: Way, *, name: str, force: bool, say: Callable[[str], None]
) -> Generator[tuple[Output, Path | None]]:
    """The output that `spec` names, and its file, which is put in place at the end, whole or broken off.

    `name` is what a file is called where none was named; `say` tells the listener of such a fall-back.
    """
    fast = way.fast
    kind, _, rest = spec.partition(":")
    if kind == "null" and not rest:
        yield OfflineOutput(PREFERRED_RATE_HZ, "Playing to nowhere.", in_step=not fast), None
    elif kind == "file" and rest:
        with sound_file(Path(rest).expanduser(), force=force) as file:
            yield _into(file, fast), file.path
    elif kind == "device" and rest:
        if fast:
            raise click.UsageError("A sound device cannot play --fast; name a file with --output file:PATH.")
        yield _device(rest, PROMPT_LATENCY_S if way.prompt else LATENCY_S), None
    elif kind == "auto" and not rest:
        if way.device is not None:
            yield DeviceOutput(way.device), None
            return
        path = way.folder / f"calando-{name}-{time.strftime('%Y%m%d-%H%M%S')}.flac"
        where = f"{path} in the current folder" if way.folder == Path() else path
        say(f"{'Rendering' if fast else 'Playing'} into {where}.")
        with sound_file(path, force=force) as file:
            yield _into(file, fast), file.path
    else:
        raise click.UsageError(f"Output {spec!r} is not known: use auto, device:NAME, file:PATH or null.")


@contextmanager
def sound_file(path: Path, *, force: bool) -> Generator[SoundFile]:
    """A sound file that keeps what it was given, even where the playing breaks off.

    Its failures become click's, in one sentence.
    """
    try:
        file = SoundFile(path, PREFERRED_RATE_HZ, force=force)
    except TargetFileError as wrong:
        raise click.UsageError(str(wrong)) from None
    except WriteError as failure:
        raise click.ClickException(str(failure)) from None
    try:
        try:
            yield file
        finally:
            file.close()
    except WriteError as failure:
        raise click.ClickException(str(failure)) from None


def _into(file: SoundFile, fast: bool) -> OfflineOutput:
    return OfflineOutput(PREFERRED_RATE_HZ, f"Playing into {file.path}.", file.write, in_step=not fast)


def _device(name: str, latency_s: float) -> DeviceOutput:
    try:
        return DeviceOutput(SoundDevice(name, latency_s))
    except UnknownDeviceError as wrong:
        raise click.UsageError(str(wrong)) from None
    except DeviceError as failure:
        raise click.ClickException(str(failure)) from None
