"""How a listener feels, as the command line takes it: in one word, or by asking."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from engine.journal.record import Rating


class RatingText(click.ParamType["Rating"]):
    """A rating from before in one word: calm alone, or calm, pleasant and awake: `4` or `4,3,7`."""

    name = "rating"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Rating:
        from engine.journal.record import Rating
        from engine.journal.scale import SCALES, ScaleError

        if isinstance(value, Rating):
            return value
        try:
            told = [float(part) for part in str(value).split(",")]
            if len(told) not in (1, len(SCALES)):
                raise ValueError
            named = zip(SCALES, told, strict=False)
            return replace(Rating("before"), **{name: SCALES[name].kept(each) for name, each in named})
        except ScaleError as wrong:
            self.fail(str(wrong), param, ctx)
        except ValueError:
            why = f"{value!r} is not a rating; write calm alone, 4, or calm, pleasant and awake, 4,3,7."
            self.fail(why, param, ctx)


def asked(when: Literal["before", "after"]) -> Rating:
    """Ask the three questions in the terminal; an empty answer leaves one out."""
    from engine.journal.record import Rating
    from engine.journal.scale import SCALES

    click.echo("Three questions; Enter leaves one out.", err=True)
    figures: dict[str, float | None] = {}
    for name, scale in SCALES.items():
        with _answered("give the figures on the command line"):
            answer = click.prompt(
                scale.question, type=Figure(name), default="", show_default=False, prompt_suffix=" ", err=True
            )
        figures[name] = None if answer == "" else float(answer)
    return Rating(when, figures["calm"], figures["valence"], figures["arousal"])


def confirmed(question: str) -> None:
    """Go on only where the answer is yes."""
    with _answered("use --yes"):
        if not click.confirm(question):
            raise click.ClickException("Nothing was changed.")


@contextmanager
def _answered(otherwise: str) -> Generator[None]:
    """A question: where nobody can answer it, that is said, and what to do `otherwise`."""
    try:
        yield
    except click.Abort as stopped:
        if isinstance(stopped.__context__, EOFError):
            click.echo(err=True)  # the question stands at the end of a line
            raise click.UsageError(f"Nobody is there to answer; {otherwise}.") from None
        raise


class Figure(click.ParamType[float | str]):
    """One figure of a rating from 0 to 10 as it is kept, or nothing; a wrong one is asked for again."""

    def __init__(self, figure: str) -> None:
        self.name = "0 to 10"
        self._figure = figure

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        from engine.journal.scale import SCALES, ScaleError

        text = str(value).strip()
        if not text:
            return ""
        try:
            return SCALES[self._figure].kept(float(text.replace(",", ".")))
        except ScaleError as wrong:
            self.fail(str(wrong), param, ctx)
        except ValueError:
            self.fail(f"{text!r} is not a number.", param, ctx)
