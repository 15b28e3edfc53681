"""`--then PROFILE@MOMENT`: a sitting that turns to another profile on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from engine.cli.duration import Duration, clock_time
from engine.cli.paragraph import say
from engine.guide.music_state import Hand
from profiles.load import load, shadowing
from profiles.schema import Profile

if TYPE_CHECKING:
    from engine.session import Moment, Session


@dataclass(frozen=True, slots=True)
class Turn:
    """To which profile, and when, in seconds from the start."""

    profile: Profile
    at_s: float


class TurnText(click.ParamType[Turn]):
    """A click parameter: a profile and when, `sleep@10m`."""

    name = "turn"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Turn:
        if isinstance(value, Turn):
            return value
        name, at, moment = str(value).rpartition("@")
        if not (name and at):
            self.fail(f"{value!r} is no turn; write a profile and when: sleep@10m.", param, ctx)
        if told := shadowing(name):
            say(told, err=True)
        try:
            return Turn(load(name), Duration().convert(moment, param, ctx))
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


then_option = click.option(
    "--then", "turns", type=TurnText(), multiple=True, metavar="PROFILE@MOMENT",
    help="Turn to another profile on the way: sleep@10m. May be given several times.",
)  # fmt: skip


def check_turns(turns: Sequence[Turn], duration_s: float) -> None:
    """Refuse a turn that no listener would hear, for the sitting is over by then."""
    for turn in turns:
        if turn.at_s >= duration_s:
            raise click.UsageError(
                f"The sitting ends at {clock_time(duration_s)}, before it turns to {turn.profile.name} at "
                f"{clock_time(turn.at_s)}; turn sooner, or play longer with --duration."
            )


class Turns:
    """Listener that turns its session when the time has come; `session` is set once there is one."""

    def __init__(self, turns: Sequence[Turn], hand: Hand) -> None:
        self._hand = hand
        self.session: Session | None = None
        self._turns = sorted(turns, key=lambda turn: turn.at_s)

    def moment(self, moment: Moment) -> None:
        while self.session is not None and self._turns and self._turns[0].at_s <= moment.t_s:
            self.session.turn_to(self._turns.pop(0).profile, self._hand)
