"""Controls: what hands ask of levels goes out within the tick, as ramps that never step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsp.score import Ramp
from engine.guide.music_state import MusicState, Stage
from engine.music.controls import (
    BED_RETURN_DB_PER_S,
    BRIGHT_DB,
    DEEP,
    DEEP_STAYS_S,
    LAYER_SWING_DB,
    MOST_PULL,
    OPENING_ATTACK_S,
    OPENING_S,
    RETURN_MOST_S,
    SHALLOW,
    Controls,
)
from profiles.load import load

RELAX = load("relax")
PLAIN = MusicState(0.0, Stage.GUIDE, 66.0, 0.5, 0.35, -1.0, 0.0, 0.0, 0.5)


class Desk:
    """Controls that have come to rest, asked tick by tick."""

    def __init__(self) -> None:
        self.controls, self.t = Controls(RELAX), 0.0
        for _ in range(40):
            self.ask(PLAIN)
        assert self.ask(PLAIN) == {}

    def ask(self, music: MusicState) -> dict[str, Ramp]:
        """The ramps of levels at this tick, by channel."""
        ramps = self.controls.follow(self.t, self.t, music)
        self.t = round(self.t + 0.1, 6)
        return {ramp.channel: ramp for ramp in ramps if ramp.parameter == "level_db"}


def test_the_foreground_goes_down_at_once_and_comes_back_slowly() -> None:
    desk = Desk()
    ramps = desk.ask(replace(PLAIN, foreground_db=-12.0))
    assert set(ramps) == {"piano", "bowl"}  # not the bed, nor the pulse
    for name, ramp in ramps.items():
        assert ramp.value == RELAX.palette[name].level_db - 12.0
        assert ramp.seconds == pytest.approx(1.5)
    assert desk.ask(replace(PLAIN, foreground_db=-12.0)) == {}
    back = desk.ask(PLAIN)
    assert {name: ramp.value for name, ramp in back.items()} == {
        name: RELAX.palette[name].level_db for name in ("piano", "bowl")
    }
    assert [ramp.seconds for ramp in back.values()] == pytest.approx([24.0, 24.0])


def test_a_foreground_asked_for_louder_rises_no_faster_than_it_may() -> None:
    ramps = Desk().ask(replace(PLAIN, foreground_db=3.0))
    assert [ramp.seconds for ramp in ramps.values()] == pytest.approx([6.0, 6.0])
    assert ramps["piano"].value == RELAX.palette["piano"].level_db + 3.0


def test_softer_and_silent_together_go_down_together() -> None:
    ramps = Desk().ask(replace(PLAIN, foreground_db=-12.0, silence=True))
    assert ramps["piano"].value == RELAX.palette["piano"].level_db - 42.0
    assert ramps["pad"].value == RELAX.palette["pad"].level_db - 30.0
    assert ramps["pad"].seconds == pytest.approx(6.0)
    assert "drone" not in ramps


def test_what_a_silence_took_is_all_back_within_a_minute_and_a_rest_comes_back_more_slowly() -> None:
    desk = Desk()
    desk.ask(replace(PLAIN, silence=True))
    back = desk.ask(PLAIN)
    assert {"pad", "piano"} <= set(back)
    assert all(ramp.value == RELAX.palette[name].level_db for name, ramp in back.items())
    assert max(ramp.seconds for ramp in back.values()) <= RETURN_MOST_S
    assert back["pad"].seconds == RETURN_MOST_S
    desk.controls.rest(desk.t, desk.t + 0.05)
    down = desk.ask(PLAIN)
    up = desk.ask(PLAIN)
    assert up["pad"].seconds == pytest.approx((up["pad"].value - down["pad"].value) / BED_RETURN_DB_PER_S)


def test_from_a_deep_rest_everything_comes_back_as_far_as_from_a_shallow_one_and_then_as_from_that() -> None:
    desk, beat_s = Desk(), 1.0
    begin = desk.t
    desk.controls.rest(begin, begin + 6.0, deep_beat_s=beat_s)
    down = desk.ask(PLAIN)
    assert set(down) == {"pad", "drone", "piano", "bowl", "heart"}
    assert all(ramp.value == RELAX.palette[name].level_db + DEEP.sunk_db for name, ramp in down.items())
    ways = list[tuple[float, dict[str, Ramp]]]()
    while len(ways) < 2:
        if ramps := desk.ask(PLAIN):
            ways.append((desk.t, ramps))
    (up_s, up), (home_s, home) = ways
    assert up_s - begin == pytest.approx(6.0 + DEEP_STAYS_S, abs=0.3)
    assert home_s - up_s == pytest.approx(up["pad"].seconds, abs=0.3)
    assert up["pad"].value - down["pad"].value == pytest.approx(up["pad"].seconds * DEEP.back_db_per_s)
    assert up["pad"].value == RELAX.palette["pad"].level_db + SHALLOW.sunk_db
    assert home["pad"].value == RELAX.palette["pad"].level_db
    assert home["pad"].seconds == pytest.approx(-SHALLOW.sunk_db / BED_RETURN_DB_PER_S)


def test_a_level_that_a_hand_moves_is_drawn_tick_by_tick_and_any_other_by_the_second() -> None:
    desk = Desk()
    for tick in range(1, 6):
        music = replace(PLAIN, loudness_db=-1.0 - 0.8 * tick, prompt=True)
        ramps = desk.ask(music)
        assert ramps == {"master": Ramp("master", "level_db", RELAX.master.level_db + music.loudness_db, 0.1)}
    assert desk.ask(music) == {}
    slow = [desk.ask(replace(PLAIN, loudness_db=-5.0 - 0.2 * tick)) for tick in range(40)]
    sent = [ramps["master"] for ramps in slow if ramps]
    assert len(sent) == 4
    assert {ramp.seconds for ramp in sent} == {1.0}


def breathing(per_min: float, seconds: float, layer_db: list[float] | None = None) -> Controls:
    """Controls that breathe for a while; `layer_db` takes where the breath's layer is sent, tick by tick."""
    controls, music = Controls(RELAX), replace(PLAIN, breath_guide_per_min=per_min, breath_depth_db=3.0)
    for tick in range(int(seconds * 10)):
        for ramp in controls.follow(tick / 10, tick / 10, music):
            if layer_db is not None and ramp.channel == "wind" and ramp.parameter == "level_db":
                layer_db.append(ramp.value)
    return controls


def test_the_breaths_layer_sighs_once_a_breath() -> None:
    sent = list[float]()
    breathing(6.0, 62.0, sent)
    middle_db = RELAX.palette["wind"].level_db
    half_db = LAYER_SWING_DB / 2
    assert sent[1:] == pytest.approx([middle_db + half_db, middle_db - half_db] * 6)


@pytest.mark.parametrize("ahead", [0.25, 0.5, -0.3])
def test_the_breath_is_drawn_to_one_that_is_handed_in_and_goes_on_by_itself(ahead: float) -> None:
    controls, music = Controls(RELAX), replace(PLAIN, breath_guide_per_min=12.0, breath_depth_db=2.0)
    rates, apart = list[float](), list[float]()
    for tick in range(1200):
        t = tick / 10
        own = (0.2 * t + ahead) % 1.0 if tick < 900 else None
        for ramp in controls.follow(t, t, music, own):
            if ramp.parameter == "breath_per_min":
                rates.append(ramp.value)
        if own is not None:
            apart.append(abs((controls.breath.phase_at(t) - own + 0.5) % 1.0 - 0.5))
    assert max(apart[600:]) < 0.03
    assert 12.0 * (1 - MOST_PULL) - 1e-6 <= min(rates) <= max(rates) <= 12.0 * (1 + MOST_PULL) + 1e-6
    assert rates[-1] == pytest.approx(12.0, abs=0.02)


def test_brightness_opens_the_sound_from_end_to_end_of_its_range_beside_the_answer() -> None:
    def opened(brightness: float, answer: float = 0.0) -> float:
        ramps = Controls(RELAX).follow(0.0, 0.0, replace(PLAIN, brightness=brightness, answer=answer))
        return next((ramp.value for ramp in ramps if ramp.parameter == "open_db"), 0.0)

    low, high = RELAX.ranges.brightness
    assert opened(high) - opened(low) == pytest.approx(BRIGHT_DB)
    assert opened((low + high) / 2.0) == pytest.approx(0.0)
    assert opened(high, 1.0) - opened(high) == pytest.approx(opened(low, 1.0) - opened(low))


def test_a_note_that_opens_the_music_has_a_short_attack_and_later_ones_their_own() -> None:
    controls = Controls(RELAX)
    at_first = {ramp.channel: ramp.value for ramp in controls.standing() if ramp.parameter == "attack_s"}
    later: dict[str, float] = {}
    for tick in range(40):
        for ramp in controls.follow(0.1 * tick, 0.1 * tick, PLAIN):
            if ramp.parameter == "attack_s":
                assert 0.1 * tick >= OPENING_S
                later[ramp.channel] = ramp.value
    own = {name: channel.attack_s for name, channel in RELAX.palette.items()}
    assert max(at_first[name] for name in own) <= OPENING_ATTACK_S < max(own.values())
    assert later == {name: value for name, value in own.items() if value > OPENING_ATTACK_S}
