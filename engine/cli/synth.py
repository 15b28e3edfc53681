"""`--synth` and `--alone`: another synth instead of the foreground, or of all music."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.patch.player import PatchPlayer
    from engine.player import Output


def synth_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add both."""
    for option in (
        click.option("--alone", is_flag=True, help="Of --synth: nothing else sounds beside it."),
        click.option(
            "--synth", metavar="SPEC",
            help="pyo, or pyo:FILE.py: a patch of your own sings instead of the foreground.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def synth_of(
    spec: str | None, output: Output, seed: int, say: Callable[[str], None], *, alone: bool
) -> AbstractContextManager[PatchPlayer | None]:
    """The player of what `--synth` names; a spec that cannot be meant is a wrong call."""
    if spec is None:
        if alone:
            raise click.UsageError("--alone is for another synth; name it with --synth.")
        return nullcontext()
    from engine.patch.asked import SynthError, patch_file
    from engine.patch.player import PatchPlayer
    from engine.player import OfflineOutput

    try:
        file = patch_file(spec)
    except SynthError as wrong:
        raise click.UsageError(str(wrong)) from None
    hurry = isinstance(output, OfflineOutput) and not output.in_step
    return PatchPlayer(file, output.rate_hz, seed, alone=alone, hurry=hurry, say=say)
