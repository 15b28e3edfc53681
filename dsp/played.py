"""Played notes: what somebody plays along is heard in the quantum in which it is played.

Touches (dsp.touch) come by rings of their own, one a producer, and are read before the commands. A key begins
a note on an instrument that only hands play: its pitch is drawn to the scale by a table that comes with each
chord, its beginning is pulled to the pulse where that is wished, and it sounds until the key and the pedal
are up. All of it hangs on the touches and their frames alone, so the same touches sound the same again.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import ceiling
from dsp.compiled import kernel
from dsp.envelope import VOICES, release
from dsp.orchestra import AHEAD_S, TRIES
from dsp.parameters import ATTACK, BRIGHTNESS, FADING
from dsp.parts import envelope_of, start_voice
from dsp.processor import address_of, load_acquire, store_release
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.ring import MISSED, PLAYED, report, ring_dtype
from dsp.score import CHANNEL_PARAMETERS, INSTRUMENTS
from dsp.touch import (
    CHOOSE,
    EVERYBODY,
    FIRST_HAND,
    HANDS,
    LET_GO,
    LOUDEST,
    NOTE_OFF,
    NOTE_ON,
    PEDAL,
    PLAYERS,
    PRODUCERS,
    SOFTEST,
    TOUCH,
)
from dsp.voices import idle_voice, make_room_in

TOUCH_SLOTS = 1024
TOUCHES_PER_QUANTUM = 64
"""At most so many touches of a producer are felt in a quantum; the next one takes the rest."""

SPARE_VOICES = 4
"""Of an instrument's voices so many are let go ahead of the next notes: the budget is the rest of them."""

WAITS = 32
"""Notes that wait for the pulse, or for a voice."""

ON_THE_PULSE = 0.1
"""A note so little later than an eighth, as a share of it, is on it, and waits for no other (own choice)."""

AT_LEAST_S = 0.15
"""A note whose key was up before it began is held for so long (own choice)."""

UP, DOWN, KEPT = 0, 1, 2
"""A note's key: let go; down; up, with the pedal down."""

TOUCH_RING = ring_dtype(TOUCH, TOUCH_SLOTS)

HOLD = record_dtype(
    [
        ("key", np.int32, (VOICES,)),
        ("player", np.int32, (VOICES,)),
        ("down", np.int32, (VOICES,)),
        ("began", np.int64, (VOICES,)),
    ],
)
"""Whose key holds each voice of an instrument; `began` tells whether the voice is still that note's."""

WAITING = record_dtype(
    [
        ("due", np.float64, (WAITS,)),
        ("pitch", np.float64, (WAITS,)),
        ("velocity", np.float64, (WAITS,)),
        ("instrument", np.int64, (WAITS,)),
        ("key", np.int32, (WAITS,)),
        ("player", np.int32, (WAITS,)),
        ("down", np.int32, (WAITS,)),
        ("tries", np.int32, (WAITS,)),
        ("count", np.int64),
    ],
)
"""Notes that are to begin at frame `due`; the first `count` places are in use."""

PLAYED_STATE = record_dtype(
    [
        ("rings", TOUCH_RING, (PRODUCERS,)),
        ("lost", np.int64, (PRODUCERS,)),
        ("instrument", np.int64, (PLAYERS,)),
        ("pedal", np.int64, (PLAYERS,)),
        ("drawn", np.float32, (12,)),
        ("strength", np.float64),
        ("pull", np.float64),
        ("holds", HOLD, (len(HANDS),)),
        ("waiting", WAITING),
    ],
)
"""drawn: semitones from each pitch class to the nearest that is wanted; strength, pull: 0 to 1."""


def prepare_played(state: np.void) -> None:
    """Everybody plays the first instrument at first, and is drawn nowhere."""
    state["instrument"] = FIRST_HAND


@kernel
def hand_in(ring, frame, kind, player, key, value):
    """Write a touch, as a producer; where the ring is full, say that one was lost."""
    head = ring.head[0]
    if head - load_acquire(address_of(ring.tail)) >= TOUCH_SLOTS:
        store_release(address_of(ring.lost), ring.lost[0] + 1)
        return
    slot = ring.slots[head & (TOUCH_SLOTS - 1)]
    slot.frame = frame
    slot.kind = kind
    slot.player = player
    slot.key = key
    slot.value = value
    store_release(address_of(ring.head), head + 1)


@kernel
def feel_touches(sound):
    """Do what the players have done by the end of this quantum. Where touches were lost all keys are let go,
    for what goes up may have been among them."""
    played = sound.played
    for producer in range(PRODUCERS):
        ring = played.rings[producer]
        head = load_acquire(address_of(ring.head))
        tail = ring.tail[0]
        for _ in range(TOUCHES_PER_QUANTUM):
            if tail == head:
                break
            touch = ring.slots[tail & (TOUCH_SLOTS - 1)]
            if touch.frame >= sound.frame + QUANTUM:
                break
            feel(sound, producer, touch.kind, touch.player, touch.key, float(touch.value))
            tail += 1
        store_release(address_of(ring.tail), tail)
        lost = load_acquire(address_of(ring.lost))
        if lost != played.lost[producer]:
            played.lost[producer] = lost
            feel(sound, producer, LET_GO, EVERYBODY, 0, 0.0)
    if played.waiting.count > 0:
        begin_waiting(sound)


@kernel
def feel(sound, producer, kind, player, key, value):
    """One touch, and its report."""
    played = sound.played
    key = min(max(key, 0), 127)
    player = min(max(player, EVERYBODY), PLAYERS - 1)
    who = max(player, 0)
    value = min(max(value, 0.0), 1.0)
    beat = sound.transport.beat
    pitch = float(key)
    if kind == NOTE_ON:
        pitch += played.strength * played.drawn[key % 12]
        pitch = min(max(pitch, 0.0), 127.0)
        beat += pulled(sound)
        strike(sound, who, key, pitch, value, beat)
    elif kind == NOTE_OFF:
        let_go(sound, who, key, False, played.pedal[who] != 0)
    elif kind == PEDAL:
        played.pedal[who] = 1 if value >= 0.5 else 0
        if value < 0.5:
            let_go(sound, who, -1, True, False)
    elif kind == LET_GO:
        for each in range(PLAYERS):
            if player in (EVERYBODY, each):
                played.pedal[each] = 0
                let_go(sound, each, -1, False, False)
    elif kind == CHOOSE:
        played.instrument[who] = FIRST_HAND + min(key, len(HANDS) - 1)
    report(sound.telemetry, PLAYED, kind, sound.frame, key, beat, pitch, value, producer, player)


@kernel
def pulled(sound):
    """Beats by which a note that is played now is held back for the next eighth."""
    played = sound.played
    if played.pull <= 0.0:
        return 0.0
    eighths = 2.0 * sound.transport.beat
    rest = float(ceiling(eighths)) - eighths
    if rest > 1.0 - ON_THE_PULSE:
        return 0.0
    return 0.5 * rest * played.pull


@kernel
def strike(sound, player, key, pitch, value, beat):
    """Begin a note, now or at a beat to come; the same key's last one is let go first."""
    played = sound.played
    let_go(sound, player, key, False, False)
    velocity = SOFTEST + (LOUDEST - SOFTEST) * value
    instrument = played.instrument[player]
    ahead = (beat - sound.transport.beat) * 60.0 / sound.transport.bpm * sound.sample_rate
    due = float(sound.frame) + ahead
    if ahead < QUANTUM:
        if begin_played(sound, instrument, player, key, pitch, velocity, DOWN):
            return
        due += AHEAD_S * sound.sample_rate
    waiting = played.waiting
    at = waiting.count
    if at >= WAITS:
        miss(sound, instrument, pitch)
        return
    waiting.count = at + 1
    waiting.due[at] = due
    waiting.pitch[at] = pitch
    waiting.velocity[at] = velocity
    waiting.instrument[at] = instrument
    waiting.key[at] = key
    waiting.player[at] = player
    waiting.down[at] = DOWN
    waiting.tries[at] = 0


@kernel
def miss(sound, instrument, pitch):
    """A note that finds no voice is left out, and told."""
    sound.missed_notes += 1
    report(
        sound.telemetry, MISSED, instrument, sound.frame, -1, sound.transport.beat, pitch, 0.0, 0.0, 0.0
    )


@kernel
def begin_waiting(sound):
    """Begin the notes that have waited long enough; what finds no voice waits again, a few times."""
    waiting = sound.played.waiting
    kept = 0
    for at in range(waiting.count):
        again = waiting.due[at] >= sound.frame + QUANTUM
        if not again:
            begun = begin_played(
                sound, waiting.instrument[at], waiting.player[at], waiting.key[at], waiting.pitch[at],
                waiting.velocity[at], waiting.down[at],
            )
            if not begun and waiting.tries[at] < TRIES:
                waiting.tries[at] += 1
                waiting.due[at] = sound.frame + AHEAD_S * sound.sample_rate
                again = True
            elif not begun:
                miss(sound, waiting.instrument[at], waiting.pitch[at])
        if again:
            waiting.due[kept] = waiting.due[at]
            waiting.pitch[kept] = waiting.pitch[at]
            waiting.velocity[kept] = waiting.velocity[at]
            waiting.instrument[kept] = waiting.instrument[at]
            waiting.key[kept] = waiting.key[at]
            waiting.player[kept] = waiting.player[at]
            waiting.down[kept] = waiting.down[at]
            waiting.tries[kept] = waiting.tries[at]
            kept += 1
    waiting.count = kept


@kernel
def begin_played(sound, instrument, player, key, pitch, velocity, down):
    """Give a played note a silent voice of its instrument; False where there is none. Then make room for the
    next ones."""
    envelope = envelope_of(sound, instrument)
    voice = idle_voice(envelope)
    if voice < 0:
        return False
    life = sound.lives[instrument]
    life.given[voice] = 0
    life.began[voice] = sound.frame
    life.ends_at_beat[voice] = math.inf
    life.ends_at_frame[voice] = (
        math.inf if down != UP else float(sound.frame) + AT_LEAST_S * sound.sample_rate
    )
    life.pitch[voice] = pitch
    life.velocity[voice] = velocity
    hold = sound.played.holds[instrument - FIRST_HAND]
    hold.key[voice] = key
    hold.player[voice] = player
    hold.down[voice] = down
    hold.began[voice] = sound.frame
    knobs = sound.parameters.value
    at = instrument * len(CHANNEL_PARAMETERS)
    brightness = min(max(float(knobs[at + BRIGHTNESS]), 0.0), 1.0)
    start_voice(
        sound, instrument, voice, pitch, velocity, brightness, 0.0, float(knobs[at + ATTACK]),
        float(knobs[at + FADING]),
    )
    make_room_in(envelope, life, SPARE_VOICES, sound.frame, sound.sample_rate)
    return True


@kernel
def let_go(sound, player, key, kept_only, pedal):
    """Let go of a player's notes on a key, or of all where it is -1; with the pedal down it keeps them.

    kept_only   only of those that the pedal alone has kept
    """
    played = sound.played
    for n in range(len(HANDS)):
        hold = played.holds[n]
        life = sound.lives[FIRST_HAND + n]
        envelope = envelope_of(sound, FIRST_HAND + n)
        for voice in range(VOICES):
            if hold.down[voice] == UP or hold.player[voice] != player:
                continue
            if (key >= 0 and hold.key[voice] != key) or (kept_only and hold.down[voice] == DOWN):
                continue
            if pedal:
                hold.down[voice] = KEPT
                continue
            hold.down[voice] = UP
            if life.began[voice] == hold.began[voice]:
                release(envelope, voice)
    waiting = played.waiting
    for at in range(waiting.count):
        if waiting.player[at] == player and (key < 0 or waiting.key[at] == key):
            waiting.down[at] = after(waiting.down[at], kept_only, pedal)


@kernel
def after(down, kept_only, pedal):
    """What a key is after it was let go (`let_go`)."""
    if kept_only and down == DOWN:
        return DOWN
    return KEPT if pedal else UP


@kernel
def forget_played(sound):
    """Nobody holds a key any more, and nothing waits; voices are let go by whoever calls this."""
    sound.played.waiting.count = 0
    for n in range(len(HANDS)):
        sound.played.holds[n].down[:] = UP


@kernel
def draw_to(sound, wanted, strength, pull):
    """Draw what is played from now on to the pitch classes whose bits are set in `wanted`, 0 being C.

    strength   0 (as played) to 1 (wholly)
    pull       how far beginnings are pulled to the next eighth, 0 to 1
    """
    played = sound.played
    played.strength = min(max(strength, 0.0), 1.0)
    played.pull = min(max(pull, 0.0), 1.0)
    for pitch_class in range(12):
        played.drawn[pitch_class] = 0.0
        for away in range(6, -1, -1):
            if (wanted >> ((pitch_class + away) % 12)) & 1:
                played.drawn[pitch_class] = away
            if (wanted >> ((pitch_class + 12 - away) % 12)) & 1:
                played.drawn[pitch_class] = -away


assert INSTRUMENTS[FIRST_HAND : FIRST_HAND + len(HANDS)] == HANDS
