"""Every option of `calando play`: what is asked for, where and with what it is heard, and who sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from engine.cli.along import along_options
from engine.cli.clock import clock_option
from engine.cli.picture import picture_option
from engine.cli.recorded import data_option, said_options
from engine.cli.sitting import guide_options, listener_options, sitting_options, then_option
from engine.cli.synth import synth_options
from engine.cli.without_device import or_render_option

OPTIONS: tuple[Callable[..., Any], ...] = (
    listener_options,
    sitting_options,
    guide_options,
    then_option,
    said_options,
    click.option(
        "--output", default="auto", metavar="SPEC", help="auto, device:NAME, file:PATH or null; auto."
    ),
    or_render_option,
    click.option("--force", is_flag=True, help="Replace a file that exists."),
    picture_option,
    along_options,
    clock_option,
    synth_options,
    data_option,
    click.option("--room", metavar="NAME", help="Open the sitting to other processes: calando follow NAME."),
    click.option("--web", is_flag=True, help="The listener's page beside it, for your own telephone."),
    click.option("--fast", is_flag=True, help="As fast as the machine can, instead of in real time."),
    click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output."),
)
"""In the order of the help."""


def play_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add them all."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
