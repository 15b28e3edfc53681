"""How a listener feels, as the command line takes it: in one word, or by asking."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from engine.journal.record import Rating

QUESTIONS = {
    "calm": "How calm do you feel, from 0 (not at all) to 10 (wholly)?",
    "valence": "How pleasant does it feel, from -1 (unpleasant) to 1 (pleasant)?",
    "arousal": "How awake are you, from -1 (drowsy) to 1 (wide awake)?",
}


class RatingText(click.ParamType["Rating"]):
    """A rating from before in one word: calm alone, or calm, valence and arousal: `4` or `4,-0.2,0.5`."""

    name = "rating"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Rating:
        from engine.journal.keeping import KeepingError, checked_rating
        from engine.journal.record import Rating

        if isinstance(value, Rating):
            return value
        try:
            figures = [float(part) for part in str(value).split(",")]
            calm, valence, arousal, *more = (*figures, None, None) if len(figures) == 1 else figures
            if more:
                raise ValueError
            return checked_rating(Rating("before", calm, valence, arousal))
        except KeepingError as wrong:
            self.fail(str(wrong), param, ctx)
        except ValueError:
            why = f"{value!r} is not a rating; write calm alone, 4, or all three, 4,-0.2,0.5."
            self.fail(why, param, ctx)


def asked(when: Literal["before", "after"]) -> Rating:
    """Ask the three questions in the terminal; an empty answer leaves one out."""
    from engine.journal.record import Rating

    click.echo("Three questions; Enter leaves one out.", err=True)
    figures: dict[str, float | None] = {}
    for name, words in QUESTIONS.items():
        with _answered("give the figures on the command line"):
            answer = click.prompt(
                words, type=_Figure(name), default="", show_default=False, prompt_suffix=" ", err=True
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


class _Figure(click.ParamType[float | str]):
    """One figure of a rating, or nothing; a wrong one is asked for again."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        from engine.journal.keeping import KeepingError, checked_figure

        text = str(value).strip()
        if not text:
            return ""
        try:
            return checked_figure(self.name, float(text.replace(",", ".")))
        except KeepingError as wrong:
            self.fail(str(wrong), param, ctx)
        except ValueError:
            self.fail(f"{text!r} is not a number.", param, ctx)
