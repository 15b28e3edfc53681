"""`calando tone`: a calm chord to set the volume by, as far as the cap lets it."""

from __future__ import annotations

import sys
import threading
import time

import click

from engine.cli.interrupt import interruptible

PATIENCE_S = 15.0
"""So long after the last word from a program that moves it, it ends by itself (own choice)."""


@click.command()
@click.option("--output", default="auto", metavar="SPEC", help="auto, device:NAME, file:PATH or null; auto.")
@click.option("--trim", default=0.0, metavar="DB", help="Louder or softer than music is by itself.")
@click.option("--moved", is_flag=True, help="Each line of standard input is another trim; its end ends it.")
def tone(output: str, trim: float, moved: bool) -> None:
    """Play a calm chord, to set the volume of loudspeakers by. Ctrl-C ends it.

    It is as loud as music, and as little as music can it pass the cap.
    """
    from engine.cli.outputs import opened
    from engine.device import NoDeviceError
    from engine.outputs import Way, way_of
    from engine.tone import calm_tone

    def nowhere(absent: NoDeviceError) -> Way:
        raise click.ClickException(str(absent))

    interruptible()
    level = _Moved(trim) if moved else None
    chosen = way_of(output, fast=False, prompt=True, without=nowhere)
    with opened(output, chosen, name="tone", force=True, say=click.echo) as (out, _):
        try:
            calm_tone(out, (lambda: trim) if level is None else level)
        except KeyboardInterrupt:
            return


class _Moved:
    """The trim as standard input has it; None once that has ended, or said nothing for too long."""

    def __init__(self, trim: float) -> None:
        self._trim: float | None = trim
        self._heard_s = time.monotonic()
        threading.Thread(target=self._read, name="trim", daemon=True).start()

    def __call__(self) -> float | None:
        return self._trim if time.monotonic() < self._heard_s + PATIENCE_S else None

    def _read(self) -> None:
        for line in sys.stdin:
            self._heard_s = time.monotonic()
            try:
                self._trim = float(line)
            except ValueError:
                continue
        self._trim = None
