"""What the output says while it plays: each loss and each return of a sound device, one line each.

The live view shows these words by itself.
"""

from __future__ import annotations

import click

from engine.cli.duration import clock_time
from engine.cli.feed import print_line
from engine.player import Output
from engine.session import Moment
from sensors.plain_text import visible


class OutputWords:
    """Tells whenever the words of the output have changed; the first ones are told by whoever opened it."""

    def __init__(self, output: Output, as_json: bool) -> None:
        self._output = output
        self._as_json = as_json
        self._words = output.words

    def moment(self, moment: Moment) -> None:
        words = self._output.words
        if words == self._words:
            return
        self._words = words
        if self._as_json:
            print_line({"type": "output", "t": moment.t_s, "words": words})
        else:
            click.echo(f"{clock_time(moment.t_s)}  {visible(words)}")
