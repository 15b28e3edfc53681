"""One stream at most renders a sound: a dead one plays silence, whoever calls it, however long."""

from __future__ import annotations

import ctypes
import gc
import threading
import time

import numpy as np
import pytest

from dsp import command
from dsp.native import Synth
from dsp.quantum import QUANTUM
from dsp.score import Note, Ramp
from dsp.stream import Stream
from dsp.telemetry import Meter

RATE = 48000
CONTINUE, COMPLETE = 0, 1


class Called:
    """A stream's callback, called as PortAudio calls it."""

    def __init__(self, synth: Synth, channels: int = 2) -> None:
        self.lent = synth.lend()
        self.channels = channels
        self._stream = Stream(self.lent, channels)
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        call = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, number, pointer, number, pointer)
        self._call = call(self._stream.callback_address)

    def __call__(self, frames: int = 480) -> tuple[int, np.ndarray]:
        out = np.full((frames, self.channels), np.nan, np.float32)
        result = self._call(None, out.ctypes.data, frames, None, 0, self._stream.user_address)
        return result, out


def playing() -> Synth:
    synth = Synth(RATE, seed=3)
    synth.push(
        [
            command.ramp(Ramp("pad", "level_db", -6.0, 0.0)),
            command.note(Note(0.0, 60.0, "pad", 57.0, 0.8, pan=-0.7)),
        ]
    )
    synth.render(np.zeros((RATE, 2), np.float32))
    return synth


def test_a_stream_is_silent_until_the_sound_is_handed_to_it_and_after_it_was_taken_back() -> None:
    synth = playing()
    stream = Called(synth)
    frame = synth.frame
    result, out = stream()
    assert (result, np.abs(out).max(), synth.frame) == (COMPLETE, 0.0, frame)
    synth.hand_to(stream.lent)
    result, out = stream()
    assert result == CONTINUE
    assert np.abs(out).max() > 0.001
    assert synth.frame > frame
    synth.take_back()
    frame = synth.frame
    result, out = stream()
    assert (result, np.abs(out).max(), synth.frame) == (COMPLETE, 0.0, frame)


def test_of_two_streams_only_the_one_it_was_handed_to_renders() -> None:
    synth = playing()
    old, new = Called(synth), Called(synth)
    synth.hand_to(old.lent)
    old()
    synth.hand_to(new.lent)
    frame = synth.frame
    assert old()[0] == COMPLETE
    assert synth.frame == frame
    assert new()[0] == CONTINUE
    assert synth.frame > frame


def test_what_is_handed_back_and_forth_is_one_unbroken_sound() -> None:
    whole = np.zeros((4800, 2), np.float32)
    playing().render(whole)
    synth, parts = playing(), []
    for _ in range(5):
        stream = Called(synth)
        synth.hand_to(stream.lent)
        parts.append(stream()[1])
        synth.take_back()
        parts.append(np.zeros((480, 2), np.float32))
        synth.render(parts[-1])
    assert np.array_equal(np.vstack(parts), whole)


def test_a_lent_sound_cannot_be_rendered_here() -> None:
    synth = playing()
    stream = Called(synth)
    synth.hand_to(stream.lent)
    with pytest.raises(RuntimeError, match="take it back"):
        synth.render(np.zeros((480, 2), np.float32))


def test_a_stream_that_calls_back_after_its_synth_has_gone_plays_silence() -> None:
    synth = playing()
    stream = Called(synth)
    synth.hand_to(stream.lent)
    stream()
    synth.take_back()
    del synth
    gc.collect()
    result, out = stream(48000)
    assert (result, np.abs(out).max()) == (COMPLETE, 0.0)


def test_what_a_dead_process_held_is_taken_back_by_force() -> None:
    synth = playing()
    stream = Called(synth)
    synth.hand_to(stream.lent)
    # As a process leaves it that is killed in the middle of a callback.
    ctypes.c_int64.from_address(synth._turn_address).value = -stream.lent.number
    with pytest.raises(TimeoutError, match="does not leave it"):
        synth.take_back()
    synth.take_back(from_the_dead=True)
    synth.render(np.zeros((480, 2), np.float32))


def test_streams_that_fight_for_a_sound_never_render_it_at_once() -> None:
    """Four threads call without end while the sound goes round; every quantum is rendered once."""
    synth = playing()
    streams = [Called(synth) for _ in range(4)]
    frame, over = synth.frame, threading.Event()
    given = [0] * len(streams)

    def call(which: int) -> None:
        while not over.is_set():
            given[which] += streams[which](QUANTUM)[0] == CONTINUE

    threads = [threading.Thread(target=call, args=(which,)) for which in range(len(streams))]
    for thread in threads:
        thread.start()
    for turn in range(100):
        synth.hand_to(streams[turn % len(streams)].lent)
        heard, end_s = synth.frame, time.monotonic() + 5.0
        while synth.frame == heard and time.monotonic() < end_s:
            time.sleep(0)
    over.set()
    for thread in threads:
        thread.join()
    assert all(given)
    assert synth.frame - frame == QUANTUM * sum(given)


def test_a_mono_stream_hears_both_sides() -> None:
    stereo = np.zeros((1000, 2), np.float32)
    playing().render(stereo)
    synth = playing()
    stream = Called(synth, channels=1)
    synth.hand_to(stream.lent)
    out = np.vstack([stream(frames)[1] for frames in (100, 64, 36, 800)])
    assert np.abs(stereo[:, 0] - stereo[:, 1]).max() > 0.001
    assert np.allclose(out[:, 0], stereo.mean(axis=1), atol=1e-7)


def test_a_stream_goes_on_with_another_sound_without_a_period_left_out() -> None:
    first, second = playing(), playing()
    stream, frame = Called(first), second.frame
    first.hand_to(stream.lent)
    stream()
    following = second.lend()
    second.hand_to(following)
    stream._stream.turn_to(following)
    frame_before = first.frame
    result, out = stream()
    assert result == CONTINUE
    assert np.abs(out).max() > 0.0
    assert first.frame == frame_before
    assert second.frame > frame
    first.take_back()
    assert stream()[0] == CONTINUE


def test_a_stream_does_not_go_on_with_a_sound_that_was_lent_to_another() -> None:
    first, second = playing(), playing()
    stream = Called(first)
    second.lend()
    with pytest.raises(ValueError, match="its own number"):
        stream._stream.turn_to(second.lend())


def test_the_cap_is_the_synths_own_and_may_be_lowered_while_it_plays() -> None:
    synth = playing()
    synth.cap_lufs = -40.0
    with pytest.raises(ValueError, match="between -60 and -10"):
        synth.cap_lufs = -5.0
    for _ in range(60):
        synth.push([command.alive()])
        synth.render(np.zeros((RATE, 2), np.float32))
    loudest = max(report.lufs_short_term for report in synth.poll() if isinstance(report, Meter))
    assert loudest > -40.0
    synth.render(np.zeros((RATE, 2), np.float32))
    assert [report for report in synth.poll() if isinstance(report, Meter)][-1].lufs_short_term <= -40.0
