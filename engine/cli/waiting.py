"""What is told of a heart that is waited for where no view shows it, and how a wait in vain ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.paragraph import say

if TYPE_CHECKING:
    from sensors.heart_state import HeartState

AWAY_S = 30.0
"""Bluetooth that is away for so long is waited for no longer where nobody sees why. Own choice: after the
start of a computer it comes within this."""


class Waiting:
    """Follows the states of a live sensor until a heart was heard; `seen` where a view shows its words."""

    def __init__(self, seen: bool) -> None:
        self._seen = seen
        self._heard = False
        self._said: set[str] = set()
        self._away_s: float | None = None
        self._lack = "Nothing was heard of the sensor."

    def worth(self, state: HeartState) -> bool:
        """Say what is waited for, once; False where Bluetooth stays away and nobody sees that."""
        from sensors.beat import Link

        if state.simulated:
            self._say("simulated", state.words)
        self._heard = self._heard or state.beats > 0 or state.hr_bpm is not None
        if self._heard:
            return True
        self._lack = state.words or self._lack
        if state.link is Link.UNAVAILABLE:
            self._away_s = state.t_s if self._away_s is None else self._away_s
            self._say("away", state.words)
        elif state.link is not Link.SEARCHING:
            self._away_s = None
        if state.words:
            self._say("waiting", state.words)
        return self._seen or self._away_s is None or state.t_s - self._away_s < AWAY_S

    def end(self) -> None:
        """Raises ClickException with the reason where no heart was heard."""
        if not self._heard:
            raise click.ClickException(f"No heart was heard. {self._lack}")

    def _say(self, what: str, words: str) -> None:
        """Each kind of thing once, and none twice."""
        if self._seen or what in self._said or words in self._said:
            return
        self._said |= {what, words}
        say(words, err=True)
