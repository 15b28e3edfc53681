"""A sitting in which somebody plays along: kept, played again exactly, and given as MIDI."""

from __future__ import annotations

import io
from collections import Counter
from math import inf
from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from dsp import command
from dsp.score import INSTRUMENTS
from dsp.telemetry import Played
from dsp.touch import CHOOSE, HANDS, KEYBOARD, NOTE_OFF, NOTE_ON, PEDAL, Touch
from engine.along import Along
from engine.desk import Answer, Ask, Loop
from engine.guide.music_state import Hand
from engine.hand_notes import hand_notes
from engine.journal.midi import as_midi
from engine.journal.rendition import Rendition
from engine.journal.store import Store
from engine.player import OfflineOutput
from engine.session import Moment
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

RATE = 48000
LOOPED_S = 24.0


class Player:
    """A watcher that plays along, at random and the same each time: two keys a tick, held for two more."""

    def __init__(self, sitting: Sitting, plays: bool) -> None:
        self._sitting, self._plays = sitting, plays
        self._draw = np.random.default_rng(11)
        self._down: list[int] = []
        self.news: list[Played] = []
        self.answers: list[Answer] = []
        self.looped_beat = inf

    def moment(self, moment: Moment) -> None:
        self.news += [news for news in moment.news if isinstance(news, Played)]
        self.answers += moment.answers
        if self._plays and moment.t_s == LOOPED_S:
            self.looped_beat = moment.beat
            self._sitting.desk.put_all([Ask(Loop("4")), Ask(Loop("keep")), Ask(Loop("motif"))])
        if not self._plays or not 2.0 < moment.t_s < 40.0:
            return
        keys = [int(key) for key in self._draw.integers(48, 84, 2)]
        touches = [Touch(NOTE_OFF, KEYBOARD, key) for key in self._down]
        touches += [Touch(NOTE_ON, KEYBOARD, key, float(self._draw.random())) for key in keys]
        if self._draw.random() < 0.1:
            touches.append(Touch(PEDAL, KEYBOARD, 0, float(self._draw.random())))
        self._down = keys
        self._sitting.touch(touches)


def sat(folder: Path | None, along: Along | None, plays: bool) -> tuple[Sitting, Player, NDArray[np.float32]]:
    plan = prepared(Asked(profile="relax", sensor="sim", seed=4, duration=60.0, record=folder is not None))
    heard: list[NDArray[np.float32]] = []
    output = OfflineOutput(RATE, "Nowhere.", lambda sound: heard.append(sound.copy()))
    sitting = Sitting(plan, open_sensor("sim"), output, data=folder, along=along)
    with sitting:
        player = Player(sitting, plays)
        sitting.watchers.add(player, at_once=True)
        sitting.run()
    return sitting, player, np.concatenate(heard)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sitting, Player, NDArray[np.float32]]:
    return sat(tmp_path_factory.mktemp("along"), Along(pull=0.4), True)


def test_who_may_play_and_does_not_changes_no_sample_and_who_does_is_heard(
    played: tuple[Sitting, Player, NDArray[np.float32]],
) -> None:
    alone = sat(None, None, False)[2]
    assert np.array_equal(sat(None, Along(), False)[2], alone)
    assert not np.array_equal(played[2], alone)
    n = 10 * RATE
    assert np.abs(played[2][n:] - alone[n:]).max() > 0.01


def test_it_is_kept_and_sounds_the_same_again(
    played: tuple[Sitting, Player, NDArray[np.float32]],
) -> None:
    sitting, player, heard = played
    assert sitting.folder is not None
    with Store(sitting.folder) as store:
        record = store.read(sitting.id)
    assert len([each for each in record.played if each.touch.kind == NOTE_ON]) > 700
    known = [news for news in player.news if news.touch.frame < record.head.frames]
    assert list(record.played) == known
    again = Rendition.of(record)
    sound = np.concatenate(list(again.portions()))
    assert again.inexact == 0
    assert np.array_equal(sound, heard[: len(sound)])
    assert len(sound) > 55 * RATE


def test_a_loop_comes_round_in_beats_and_is_part_of_what_is_kept(
    played: tuple[Sitting, Player, NDArray[np.float32]],
) -> None:
    sitting, player, _ = played
    assert [answer.done for answer in player.answers] == [True, True, True]
    assert sitting.folder is not None
    with Store(sitting.folder) as store:
        record = store.read(sitting.id)
    done = [(each.hand, each.value) for each in record.decisions if each.parameter == "loop"]
    assert done == [(Hand.LISTENER, "4"), (Hand.LISTENER, "keep"), (Hand.LISTENER, "motif")]
    hand = INSTRUMENTS.index(HANDS[0])
    notes = [each.command for each in record.commands if each.command.target == hand]
    beats = sorted(note.beat for note in notes if note.kind == command.NOTE_AT_BEAT)
    assert len(beats) > 100
    assert beats[0] >= player.looped_beat
    # Four bars of four later each comes again, as long as it plays.
    for beat in beats:
        if beat + 16.0 < beats[-1] - 1.0:
            assert min(abs(other - beat - 16.0) for other in beats) < 1e-6


def test_midi_has_what_sounded_and_what_was_pressed(
    played: tuple[Sitting, Player, NDArray[np.float32]],
) -> None:
    sitting, _, _ = played
    assert sitting.folder is not None
    with Store(sitting.folder) as store:
        record = store.read(sitting.id)
    tracks = {track.name: track for track in mido.MidiFile(file=io.BytesIO(as_midi(record))).tracks}
    notes = hand_notes(record.played, 1e9)
    pressed = sorted(m.note for m in tracks["keys as pressed"] if m.type == "note_on")
    assert pressed == sorted(note.key for note in notes)
    sounded = Counter(m.note for m in tracks[HANDS[0]] if m.type == "note_on")
    by_hand = Counter(round(note.pitch) for note in notes)
    assert by_hand <= sounded, "a loop adds its own"
    assert by_hand != Counter(pressed)
    turned = [(m.control, m.value) for m in tracks["keys as pressed"] if m.type == "control_change"]
    assert turned == [(7, 0)]
    assert {each.touch.kind for each in record.played} == {NOTE_ON, NOTE_OFF, PEDAL, CHOOSE}
