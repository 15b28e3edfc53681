"""Ratings: one form and one set of words wherever a feeling is asked for or told; old records stay."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from engine.cli.adding import rate
from engine.cli.play import play
from engine.cli.rating import RatingText, asked
from engine.journal import chart
from engine.journal.keeping import checked_rating
from engine.journal.record import Rating
from engine.journal.scale import ENDS, SCALES, ScaleError

WORDS = ("calm", "pleasant", "awake")
ENDS_IN_HELP = "from 0 (not at all) to 10 (wholly)"


@click.command()
def ask() -> None:
    click.echo(asked("before").words)


def test_every_place_uses_the_same_words_and_the_same_ends() -> None:
    assert tuple(scale.word for scale in SCALES.values()) == WORDS
    assert all(scale.word in scale.question and ENDS in scale.question for scale in SCALES.values())
    options = " ".join(CliRunner().invoke(rate, ["--help"]).output.split())
    assert options.count(ENDS_IN_HELP) == len(WORDS)
    assert all(f"--{word}" in options for word in WORDS)
    before = " ".join(CliRunner().invoke(play, ["--help"]).output.split())
    assert "CALM[,PLEASANT,AWAKE]" in before
    assert ENDS in before
    done = CliRunner().invoke(ask, input="2\n5\n10\n")
    assert done.output.splitlines()[-1] == "calm 2 of 10, pleasant 5 of 10, awake 10 of 10"
    drawn = chart.before_after(Rating("before", 2.0, 0.0, 1.0), Rating("after"))
    assert all(f">{word}<" in drawn for word in (*WORDS, "not at all", "wholly"))


@pytest.mark.parametrize("name", SCALES)
def test_more_is_more_and_what_is_kept_is_told_again(name: str) -> None:
    scale = SCALES[name]
    told = [0.0, 2.5, 5.0, 7.0, 10.0]
    kept = [scale.kept(each) for each in told]
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (scale.low, scale.high)
    assert [scale.told(each) for each in kept] == pytest.approx(told)
    for beyond in (-0.2, 10.5, float("nan"), float("inf")):
        with pytest.raises(ScaleError, match=rf"^{scale.word} lies between 0 and 10, and .* does not\.$"):
            scale.kept(beyond)


def test_an_old_record_is_told_in_the_new_form() -> None:
    old = checked_rating(Rating("before", 3.0, -0.2, 0.5))
    assert old.words == "calm 3 of 10, pleasant 4 of 10, awake 7.5 of 10"
    circle = chart.before_after(Rating("before", 5.0, 0.0, 0.0), Rating("after"))
    assert circle.count('cx="175.0"') == len(WORDS)  # the middle of each line


@pytest.mark.parametrize(("text", "kept"), [("4", (4.0, None, None)), ("4,5,10", (4.0, 0.0, 1.0))])
def test_a_rating_in_one_word(text: str, kept: tuple[float | None, ...]) -> None:
    rating = RatingText().convert(text, None, click.Context(play))
    assert (rating.calm, rating.valence, rating.arousal) == kept


@pytest.mark.parametrize("text", ["4,-0.2,0.5", "11", "4,5", "4,5,6,7", "calm", ""])
def test_a_rating_that_cannot_be_meant_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(click.UsageError, match=r"(lies between 0 and 10|is not a rating)"):
        RatingText().convert(text, None, click.Context(play))
