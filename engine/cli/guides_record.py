"""`calando guides record`: a guide's lines, one by one, for whoever records them in their own voice."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.paragraph import columns, labelled, say

if TYPE_CHECKING:
    from engine.cli.keys import Terminal
    from engine.device.microphone import Microphone, Take
    from guides.schema import Script, Step

LOOK_S = 0.1
"""Between two looks at keys and level."""

LOUD, SOFT = 0.98, 0.01
"""A take is cut off at the top from here on; and hardly to be heard up to here, -40 dB (own choice)."""

BAR, BAR_DB = 24, 48.0
"""Signs of the level, and what all of them stand for."""

BEGIN_KEYS = "space begins, s skips, b goes back, q ends"
TAKE_KEYS = "k keeps, a again, h hears it, s skips, b goes back, q ends"


@click.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--input", "input_", metavar="NAME", help="Microphone, by part of its name.")
@click.option("--again", is_flag=True, help="Every line, also those that are recorded already.")
def record(name: str, folder: Path | None, input_: str | None, again: bool) -> None:
    """Record the lines of the guide NAME in your own voice, one by one, into FOLDER.

    Each line is shown; space begins and ends it, and you keep it, say it again or skip it. Without a FOLDER
    it is NAME-voice here. What is kept is kept at once, so you may end whenever you like and go on another
    day. Hear it with: calando play --guide NAME --own-voice FOLDER.
    """
    from engine.cli.interrupt import interruptible
    from engine.cli.keys import Terminal
    from engine.device.errors import DeviceError
    from engine.device.microphone import Microphone
    from guides.load import GuideError, load

    try:
        script = load(name)
    except GuideError as trouble:
        raise click.UsageError(str(trouble)) from None
    folder = Path(f"{script.name}-voice") if folder is None else folder
    interruptible()
    terminal = Terminal()
    terminal.open()
    if not terminal.opened:
        raise click.UsageError("Recording is done by keys; call this in a terminal.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with Microphone(input_) as microphone:
            there = f", {done} of them recorded already" if (done := len(_recorded(folder, script))) else ""
            say(f"{script.title}, {len(script.steps)} lines{there}, by {microphone.name}, into {folder}.")
            _Reading(script, folder, microphone, terminal).all(again=again)
    except OSError as trouble:
        why = trouble.strerror
        raise click.ClickException(f"{folder} cannot be written ({why}); name another.") from None
    except DeviceError as trouble:
        raise click.ClickException(str(trouble)) from None
    finally:
        terminal.close()
    done = len(_recorded(folder, script))
    say(f"{done} of {len(script.steps)} lines are recorded.")
    if done:
        say(f"Hear them with: calando play --guide {name} --own-voice {folder}")


def _recorded(folder: Path, script: Script) -> set[int]:
    from engine.words.own_voice import place_of

    return {place for place in range(len(script.steps)) if place_of(folder, place).exists()}


class _Reading:
    """The way through the lines."""

    def __init__(self, script: Script, folder: Path, microphone: Microphone, terminal: Terminal) -> None:
        self._script, self._folder = script, folder
        self._microphone, self._terminal = microphone, terminal
        self._raw = folder / f".{os.getpid()}.take"

    def all(self, *, again: bool) -> None:
        """Every line that is wanted, until the last or until the hand ends it."""
        there = set[int]() if again else _recorded(self._folder, self._script)
        wanted = [place for place in range(len(self._script.steps)) if place not in there]
        if not wanted:
            say("Every line is recorded; --again records them anew.")
        at = 0
        try:
            while at < len(wanted):
                way = self._line(wanted[at])
                if way == "q":
                    break
                at = max(at - 1, 0) if way == "b" else at + 1
        except KeyboardInterrupt:
            click.echo()
        finally:
            self._raw.unlink(missing_ok=True)

    def _line(self, place: int) -> str:
        """One line until it is kept, skipped or left; the key that ended it."""
        from engine.words.own_voice import place_of

        step = self._script.steps[place]
        kept = ", recorded already" if place_of(self._folder, place).exists() else ""
        click.echo(f"\n{place + 1} of {len(self._script.steps)}{_about(step)}{kept}")
        click.echo(labelled("  ", step.say, columns(), 2))
        key = self._key(BEGIN_KEYS, " sbq")
        while key in " a":
            take = self._take()
            key = "h"
            told = f"{take.seconds:.1f} s. {_heard(take)}{TAKE_KEYS}"
            while key == "h":
                key = self._key(told, "kahsbq")
                if key == "h":
                    self._microphone.hear(self._raw)
        if key == "k":
            self._raw.replace(place_of(self._folder, place))
        return key

    def _take(self) -> Take:
        self._microphone.begin()
        while True:
            peak, seconds = self._microphone.level()
            click.echo(f"\r  {_bar(peak)} {seconds:5.1f} s   space ends ", nl=False)
            if any(key in " \n" for key in self._terminal.awaited(LOOK_S)):
                click.echo("\r" + " " * (BAR + 30) + "\r", nl=False)
                return self._microphone.end(self._raw)

    def _key(self, told: str, keys: str) -> str:
        say(f"  {told}")
        while True:
            for key in self._terminal.awaited(LOOK_S):
                if key in keys:
                    return key


def _about(step: Step) -> str:
    return "" if step.group is None else f", {step.group}"


def _bar(peak: float) -> str:
    db = 20.0 * math.log10(max(peak, 1e-4))
    signs = round(BAR * max(0.0, 1.0 + db / BAR_DB))
    return f"{'#' * min(signs, BAR):<{BAR}} {db:4.0f} dB"


def _heard(take: Take) -> str:
    """What may be amiss with it."""
    if take.lost:
        return "Some of it was lost, for the machine was busy. "
    if take.peak >= LOUD:
        return "It is cut off at the top: a little further from the microphone. "
    if take.peak <= SOFT:
        return "Hardly anything is heard: is it the right microphone? "
    return ""
