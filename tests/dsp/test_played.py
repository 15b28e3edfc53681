"""What somebody plays along: drawn to the harmony, held as it is held, and never at the cost of the music."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dsp import command
from dsp.limiter import LATENCY
from dsp.native import Synth
from dsp.quantum import QUANTUM
from dsp.score import Note, Ramp
from dsp.telemetry import Meter, Missed, Played
from dsp.touch import (
    CHOOSE,
    FROM_CONTROL,
    FROM_DEVICE,
    HANDS,
    KEYBOARD,
    LET_GO,
    MIDI,
    NOTE_OFF,
    NOTE_ON,
    PADS,
    PEDAL,
    Touch,
)
from dsp.voices import SHORTEST_NOTE_S

RATE = 48000
PAD = HANDS.index("hand_pad")
C_MAJOR = (0, 2, 4, 5, 7, 9, 11)


def synth_for(*touches: Touch, wanted: Sequence[int] = (), strength: float = 1.0, pull: float = 0.0) -> Synth:
    """A synth on which hands are heard, and nothing else is."""
    synth = Synth(RATE, seed=3)
    channels = {"level_db": 0.0, "attack_s": 0.01, "release_s": 0.3, "reverb": 0.0}
    synth.push([command.ramp(Ramp(h, name, v, 0.0)) for h in HANDS for name, v in channels.items()])
    synth.push([command.scale(wanted, strength, pull)])
    rendered(synth, QUANTUM)
    synth.touch(touches)
    return synth


def rendered(synth: Synth, frames: int) -> np.ndarray:
    out = np.zeros((frames, 2), np.float32)
    synth.render(out)
    return out


def voices(synth: Synth) -> int:
    return [news.voices for news in synth.poll() if isinstance(news, Meter)][-1]


def told(synth: Synth) -> list[Played]:
    return [news for news in synth.poll() if isinstance(news, Played)]


def on(key: int, frame: int = 0, player: int = KEYBOARD, value: float = 0.7) -> Touch:
    return Touch(NOTE_ON, player, key, value, frame)


def off(key: int, frame: int = 0, player: int = KEYBOARD) -> Touch:
    return Touch(NOTE_OFF, player, key, 0.0, frame)


@pytest.mark.parametrize("hand", range(len(HANDS)))
def test_a_note_is_heard_in_the_quantum_of_its_own_frame(hand: int) -> None:
    frame = 37 * QUANTUM + 41
    synth = synth_for(Touch(CHOOSE, KEYBOARD, hand), on(60, frame))
    out = rendered(synth, RATE // 2)
    heard = QUANTUM + int(np.flatnonzero(np.abs(out).max(axis=1))[0])
    assert -QUANTUM < heard - LATENCY - frame <= 2
    (_, note) = told(synth)
    assert (note.touch.frame, note.touch.key, note.pitch) == (37 * QUANTUM, 60, 60.0)
    assert note.touch.value == pytest.approx(0.7)


def test_pitches_are_drawn_to_the_nearest_that_is_wanted_as_far_as_is_wished() -> None:
    keys = range(48, 72)
    sounded = {}
    for strength in (0.0, 0.5, 1.0):
        synth = synth_for(*map(on, keys), wanted=C_MAJOR, strength=strength)
        rendered(synth, QUANTUM)
        sounded[strength] = [each.pitch for each in told(synth)]
    assert sounded[0.0] == list(keys)
    assert all(pitch % 12 in C_MAJOR for pitch in sounded[1.0])
    moved = [abs(pitch - key) for key, pitch in zip(keys, sounded[1.0], strict=True)]
    assert moved == [key % 12 not in C_MAJOR for key in keys]
    middle = (np.array(sounded[0.0]) + np.array(sounded[1.0])) / 2
    assert sounded[0.5] == pytest.approx(list(middle))


def test_it_sounds_until_key_and_pedal_are_up_and_each_player_lets_go_of_their_own() -> None:
    choose = [Touch(CHOOSE, player, PAD) for player in (KEYBOARD, PADS, MIDI)]
    synth = synth_for(*choose, on(60), on(60, player=PADS), on(64, player=MIDI), Touch(PEDAL, MIDI, 0, 1.0))
    rendered(synth, 20 * RATE)
    assert voices(synth) == 3
    steps = [
        ([off(60)], 2), ([off(64, player=MIDI)], 2), ([off(60, player=PADS)], 1),
        ([Touch(PEDAL, MIDI, 0, 0.0)], 0),
    ]  # fmt: skip
    for touches, left in steps:
        synth.touch(touches)
        rendered(synth, RATE)
        assert voices(synth) == left
    synth.touch([on(key, player=player) for key in (50, 57) for player in (KEYBOARD, MIDI)])
    synth.touch([Touch(LET_GO, MIDI)])
    rendered(synth, RATE)
    assert voices(synth) == 2
    synth.push([command.release_all()])
    rendered(synth, RATE)
    assert voices(synth) == 0


def test_a_note_waits_for_the_pulse_as_far_as_is_wished_and_no_key_is_left_that_went_up_meanwhile() -> None:
    # 60 beats a minute: an eighth is half a second.
    for pull, waits_s in ((1.0, 0.4), (0.5, 0.2), (0.0, 0.0)):
        frame = RATE // 10 // QUANTUM * QUANTUM
        touches = [Touch(CHOOSE, KEYBOARD, PAD), Touch(PEDAL, KEYBOARD, 0, 1.0, frame), on(60, frame)]
        synth = synth_for(*touches, off(60, frame + QUANTUM), pull=pull)
        out = rendered(synth, RATE)
        heard = QUANTUM + int(np.flatnonzero(np.abs(out).max(axis=1))[0]) - LATENCY
        assert (heard - frame) / RATE == pytest.approx(waits_s, abs=2 * QUANTUM / RATE)
        played = next(each for each in told(synth) if each.touch.kind == NOTE_ON)
        assert played.beat == pytest.approx((frame / RATE) + waits_s, abs=0.002)
        synth.touch([Touch(PEDAL, KEYBOARD, 0, 0.0)])
        rendered(synth, RATE)
        assert voices(synth) == 0


def test_clusters_take_no_voice_from_the_music_and_nothing_is_left_of_any_tangle() -> None:
    """A minute of a hundred notes a second, chords of ten, and keys and pedals at random, over a full bed."""
    notes = 6000
    beds = [Note(0.0, 1e6, name, 40.0 + 2 * k, 0.6) for name in ("pad", "choir") for k in range(16)]
    levels = [command.ramp(Ramp(name, "level_db", -12.0, 0.0)) for name in ("pad", "choir")]
    draw = np.random.default_rng(1)
    touches: list[Touch] = []
    for player, hand in ((KEYBOARD, 0), (MIDI, PAD)):
        touches.append(Touch(CHOOSE, player, hand))
    for n in range(notes):
        touches += [on(int(draw.integers(30, 90)), RATE // 100 * n, KEYBOARD)]
        if n % 50 == 0:
            touches += [on(48 + k, RATE // 100 * n, MIDI) for k in range(10)]
        if n % 7 == 0:
            touches.append(Touch(PEDAL, int(draw.integers(0, 2)), 0, float(draw.random()), RATE // 100 * n))
        touches += [off(int(draw.integers(30, 90)), RATE // 100 * n, int(draw.integers(0, 2)))]
    synth = synth_for()
    synth.push([*levels, *map(command.note, beds)])
    missed = []
    for n in range(notes // 10):
        synth.touch([touch for touch in touches if n * RATE // 10 <= touch.frame < (n + 1) * RATE // 10])
        out = rendered(synth, RATE // 10)
        assert np.isfinite(out).all()
        assert np.abs(out).max() < 1.0
        news = synth.poll()
        assert next(m for m in news if isinstance(m, Meter)).voices >= 32
        missed += [m for m in news if isinstance(m, Missed)]
    assert {m.instrument for m in missed} <= set(HANDS), "the bed loses none"
    # A voice is not taken from a note younger than SHORTEST_NOTE_S, so no more than that can go missing.
    assert len(missed) < 1.2 * notes - 0.8 * 60.0 * 16 / SHORTEST_NOTE_S
    # The keyboard's last keys go up, and its pedal; the MIDI device's cable is pulled.
    synth.touch([Touch(PEDAL, KEYBOARD, 0, 0.0), Touch(LET_GO, MIDI), *map(off, range(128))])
    rendered(synth, 10 * RATE)
    assert voices(synth) == 32
    assert synth.losses().late_notes == 0


def test_where_touches_are_lost_all_keys_are_let_go() -> None:
    synth = synth_for(Touch(CHOOSE, KEYBOARD, PAD), on(60), on(64))
    rendered(synth, RATE)
    assert voices(synth) == 2
    taken = synth.touch([off(10)] * 3000)
    assert taken < 3000
    rendered(synth, RATE)
    assert voices(synth) == 0


def test_the_same_touches_sound_the_same_whatever_the_portions() -> None:
    draw = np.random.default_rng(5)
    first = synth_for(wanted=C_MAJOR, strength=0.9, pull=0.3)
    once = []
    for _ in range(300):
        player, producer = ((MIDI, FROM_DEVICE), (KEYBOARD, FROM_CONTROL))[int(draw.integers(0, 2))]
        kind = int(draw.choice([NOTE_ON, NOTE_ON, NOTE_OFF, PEDAL, CHOOSE]))
        first.touch([Touch(kind, player, int(draw.integers(0, 128)), float(draw.random()))], producer)
        once.append(rendered(first, int(draw.integers(1, 3000))))
    heard = told(first)
    assert len(heard) == 300
    again = synth_for(wanted=C_MAJOR, strength=0.9, pull=0.3)
    for each in heard:
        again.touch([each.touch], each.producer)
    whole = np.concatenate(once)
    assert np.array_equal(rendered(again, len(whole)), whole)
    assert told(again) == heard
