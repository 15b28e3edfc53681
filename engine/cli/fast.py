"""`--fast`: a sitting as fast as the machine can, at which no strap can send its beats."""

from __future__ import annotations

import click

from engine.cli.sitting import waits


def hurried(sensor: str, *, fast: bool) -> tuple[str, bool]:
    """(sensor, whether it is a strap that was asked for): a simulated heart where a fast one names none."""
    if fast and sensor == "auto":
        return "sim", False
    strap = waits(sensor) and sensor != "auto"
    if fast and strap:
        raise click.UsageError("A strap cannot be hurried; with --fast give --sensor sim or replay:FILE.")
    return sensor, strap
