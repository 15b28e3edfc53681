"""Strokes are struck as hard as they are written, but where loudness would rise too fast by them."""

from __future__ import annotations

from random import Random

import pytest

from dsp.score import DRUM_PITCHES, Note
from engine.music.entry import BED_DB, ROOM_LU, SECOND_S, SOFTEST, STROKE_DB, WINDOW_S, Entry, power
from profiles.load import load

RELAX = load("relax")
PIANO_DB = STROKE_DB + RELAX.palette["piano"].level_db


def stroke(velocity: float, instrument: str = "piano") -> Note:
    return Note(0.0, 1.0, instrument, 60.0, velocity)


def test_single_strokes_over_a_full_bed_are_struck_as_written() -> None:
    entry = Entry(RELAX)
    for second in range(0, 40, 2):
        assert entry.velocity(stroke(0.5), float(second), 0.0) == 0.5


def test_the_first_stroke_after_a_rest_is_softer_the_lower_the_bed_has_sunk_but_is_heard() -> None:
    played = [Entry(RELAX).velocity(stroke(0.8), 10.0, sunk_db) for sunk_db in (0.0, -1.0, -2.0, -30.0)]
    assert played[0] > played[1] > played[2] > played[3] == 0.8 * SOFTEST


def test_where_tones_of_a_chord_come_in_a_stroke_leaves_them_their_part_of_the_room() -> None:
    played = [Entry(RELAX).velocity(stroke(0.9), 10.0, 0.0, coming) for coming in range(4)]
    shares = [(velocity / played[0]) ** 3 for velocity in played]
    rises = [10.0 ** (ROOM_LU / (1 + coming) / 10.0) - 1.0 for coming in range(4)]
    assert shares == pytest.approx([each / rises[0] for each in rises])


def test_a_kick_after_a_rest_is_softer_and_over_a_full_bed_as_written() -> None:
    kick = Note(0.0, 0.5, "kit", DRUM_PITCHES["kick"], 0.6)
    over_all, after_rest = (Entry(load("energise")).velocity(kick, 10.0, sunk_db) for sunk_db in (0.0, -10.0))
    assert over_all == 0.6 > after_rest


@pytest.mark.parametrize("name", ["drone", "pad", "heart"])
def test_what_is_no_stroke_is_left_alone(name: str) -> None:
    assert Entry(load("energise")).velocity(stroke(0.9, name), 1.0, -30.0) == 0.9


@pytest.mark.parametrize("seed", range(5))
def test_no_stroke_raises_the_window_by_more_than_its_room(seed: int) -> None:
    """What enters in a second beyond what leaves in it, against the energy of three seconds."""
    random, entry = Random(seed), Entry(RELAX)
    struck: list[tuple[float, float]] = []
    at_s, softened = 0.0, 0
    for _ in range(400):
        at_s += random.choice((0.05, 0.3, 0.7, 2.0))
        written = random.uniform(0.3, 0.95)
        played = entry.velocity(stroke(written), at_s, 0.0)
        before = [(at_s - then_s, energy) for then_s, energy in struck]
        struck.append((at_s, power(PIANO_DB) * played**3))
        if played > SOFTEST * written + 1e-9:
            energy = WINDOW_S * power(BED_DB) + sum(e for age_s, e in before if age_s <= WINDOW_S)
            enters = struck[-1][1] + sum(e for age_s, e in before if age_s <= SECOND_S)
            leaves = sum(e for age_s, e in before if WINDOW_S - SECOND_S <= age_s <= WINDOW_S)
            assert enters - leaves <= (power(ROOM_LU) - 1.0) * energy * (1.0 + 1e-9)
        softened += played < written
    assert 0 < softened < 400
