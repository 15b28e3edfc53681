"""Words of feeling: what is understood, what is said back, and what is never answered with music."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel.lexicon import CRISIS, LEXICON, PHRASES, STRONGER
from engine.feel.words import feel
from profiles.load import names


def test_the_sentence_of_the_brief() -> None:
    said = feel("I am tense and cannot sleep").said
    assert said == "I understood: tense, tired. Playing sleep, starting where you are."


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("I am so angry I could scream", "release"),
        ("my mother died and I am grieving", "grief"),
        ("I need to focus on my thesis", "focus"),
        ("bored, sluggish, no energy", "energise"),
        ("everything is spinning, I feel lost", "ground"),
        ("I can’t breathe properly", "breathe"),
        ("stressed and overworked", "relax"),
        ("please help me sleep", "sleep"),
        ("I want to calm down", "relax"),
        ("I want to wake up", "energise"),
        ("I can't stop thinking about work", "relax"),
        ("I don't want to sleep, I want to concentrate", "focus"),
        ("I just had a panic attack", "ground"),
        ("my dog died yesterday", "grief"),
        ("I broke up with my boyfriend and I can't stop crying", "grief"),
        ("I'm so tired of being angry", "release"),
        ("feeling low energy today", "energise"),
        ("I want to let go of my anger", "release"),
        ("I feel disconnected from my body", "ground"),
        ("I miss my mum", "grief"),
        ("hardly slept, exhausted", "sleep"),
        ("burnt out", "sleep"),
        ("I feel on edge", "relax"),
        ("can't switch off", "relax"),
        ("I was happy but now I'm sad", "grief"),
        ("I am not okay", "relax"),
        ("pumped up", "energise"),
        ("I lost my job", "grief"),
        ("I can't take it any more", "ground"),
        ("calm me down", "relax"),
    ],
)
def test_words_choose_a_profile(text: str, profile: str) -> None:
    feeling = feel(text)
    assert feeling.profile == profile
    assert f"Playing {profile}, starting where you are." in feeling.said


def test_negation_turns_and_intensity_scales() -> None:
    assert feel("I am not happy").valence < 0 < feel("I am happy").valence
    assert feel("not tense").arousal < 0 < feel("tense").arousal
    assert feel("a bit sad").valence > feel("sad").valence > feel("very sad").valence
    assert feel("less anxious than yesterday").arousal < feel("anxious").arousal
    assert feel("not sad but angry").profile == "release"
    assert feel("I don't feel calm").understood == ("unsettled",)


def test_words_together_are_said_back_as_what_they_mean() -> None:
    assert feel("I had a panic attack").understood == ("alarmed",)
    assert feel("can't switch off").understood == ("tense",)
    assert all(word in LEXICON or word in STRONGER for word in PHRASES.values() if word)
    assert feel("I was happy but now I'm sad").understood == ("sad",)


def test_what_is_not_understood_is_said_and_relax_plays() -> None:
    for text in ("", "qwerty", "Je suis là", "12345 !!!"):
        feeling = feel(text)
        assert feeling.profile == "relax"
        assert feeling.understood == ()
        assert feeling.said.startswith("I did not understand")
        assert feeling.mood(0.35) == 0.35


@pytest.mark.parametrize("phrase", CRISIS)
def test_words_of_crisis_get_the_sites_line_and_nothing_else(phrase: str) -> None:
    feeling = feel(f"Tired. I {phrase.upper()}, really", help_line="Call 000.")
    assert feeling.said == "Call 000."
    assert feeling.profile is None
    assert feeling.understood == ()


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to live",
        "life isn't worth living",
        "I do not want to be alive",
        "I can't go on",
        "I don’t want to live any more",
        "self-harm",
        "I want   to\ndie",
        "SUICIDE",
    ],
)
def test_crisis_is_found_however_it_is_written(text: str) -> None:
    assert feel(text, "HELP").said == "HELP"


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    feeling = feel(text)
    assert -1 <= feeling.valence <= 1
    assert -1 <= feeling.arousal <= 1
    assert feeling.profile is None or feeling.profile in names()
    assert -1 <= feeling.mood(0.3) <= 1
    assert feeling.said


SMALL_WORDS = ("not", "very", "and", "but", "want", "I", "slightly")


@given(st.lists(st.sampled_from([*LEXICON, *SMALL_WORDS]), max_size=12))
def test_any_sentence_of_known_words_is_said_back(words: list[str]) -> None:
    feeling = feel(" ".join(words))
    if feeling.profile is not None and any(word in LEXICON for word in words if word != "down"):
        assert feeling.understood
        assert all(word in feeling.said for word in feeling.understood)


def test_the_lexicon_is_about_four_hundred_words_with_hints_that_exist() -> None:
    assert 350 <= len(LEXICON) <= 520
    assert {sense.hint for sense in LEXICON.values()} - {""} == set(names())
    assert all(-1 <= s.valence <= 1 and -1 <= s.arousal <= 1 for s in LEXICON.values())
