"""The stop word: silence from any thread and any process, in the very quantum, whatever is commanded."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dsp import command
from dsp.native import Synth
from dsp.quantum import QUANTUM
from dsp.score import Note, Ramp
from dsp.stop_page import StopPage
from dsp.stream import Stream
from dsp.telemetry import Resumed, Stopped

RATE = 48000
SILENT_S = command.PANIC_S + 0.02
"""The fade, and what the limiter looks ahead."""


def chord() -> list[command.Command]:
    return [
        command.ramp(Ramp("pad", "level_db", -6.0, 0.0)),
        *(command.note(Note(0.0, 600.0, "pad", 48.0 + 5 * k, 0.8)) for k in range(6)),
    ]


def sounding(seconds: float = 6.0, stop_page: StopPage | None = None) -> Synth:
    synth = Synth(RATE, stop_page=stop_page)
    synth.push(chord())
    render(synth, seconds)
    return synth


def render(synth: Synth, seconds: float) -> np.ndarray:
    out = np.zeros((round(seconds * RATE), 2), np.float32)
    synth.render(out)
    return out


def test_it_is_silent_within_the_panic_fade_and_tells_who_asked_and_when() -> None:
    synth = sounding()
    before, frame = render(synth, 1.0), synth.frame
    synth.poll()
    synth.stop_now(by=7)
    after = render(synth, 1.0)
    (stopped,) = [news for news in synth.poll() if isinstance(news, Stopped)]
    assert (stopped.frame, stopped.by) == (frame, 7)
    assert np.abs(before).max() > 0.01
    assert np.abs(after[round(SILENT_S * RATE) :]).max() == 0.0
    steps = np.abs(np.diff(np.vstack([before, after]), axis=0)).max(axis=1)
    assert steps[len(before) :].max() <= steps[: len(before)].max() * 1.02


def test_no_command_undoes_it_and_it_fades_in_again_when_it_is_taken_back() -> None:
    synth = sounding()
    synth.stop_now()
    render(synth, 1.0)
    synth.push([*chord(), command.fade(1.0, 0.1), command.alive()])
    assert np.abs(render(synth, 40.0)).max() == 0.0  # coasting begins and ends in it
    synth.push([command.alive()])
    assert np.abs(render(synth, 3.0)).max() == 0.0
    frame = synth.frame
    synth.resume()
    back = render(synth, 4.0)
    (resumed,) = [news for news in synth.poll() if isinstance(news, Resumed)]
    assert resumed.frame == frame
    assert np.abs(back[2 * RATE :]).max() > 0.01
    assert np.abs(back[:480]).max() < 0.05 * np.abs(back).max()


def test_a_fade_that_was_asked_for_meanwhile_is_where_it_returns_to() -> None:
    synth = sounding()
    synth.stop_now()
    synth.push([command.fade(0.0, 1.0)])
    render(synth, 2.0)
    synth.resume()
    assert np.abs(render(synth, 4.0)).max() == 0.0


def test_it_is_repeated_exactly_where_it_was_obeyed() -> None:
    """As a replay does: render up to the frame that was told, and set the word there."""
    synth = sounding(2.0)
    first = [render(synth, 0.7777)]
    synth.stop_now()
    first.append(render(synth, 1.0))
    synth.resume()
    first.append(render(synth, 3.0))
    frames = {type(news): news.frame for news in synth.poll() if isinstance(news, (Stopped, Resumed))}
    assert all(frame % QUANTUM == 0 for frame in frames.values())
    again = sounding(2.0)
    position, second = 2 * RATE, []
    for kind, act in ((Stopped, again.stop_now), (Resumed, again.resume)):
        second.append(render(again, (frames[kind] - position) / RATE))
        position = frames[kind]
        act()
    whole = np.vstack(first)
    second.append(render(again, (2 * RATE + len(whole) - position) / RATE))
    assert np.array_equal(np.vstack(second), whole)


def test_one_page_stops_every_sound_that_obeys_it() -> None:
    page = StopPage()
    synths = [sounding(1.0, page), sounding(1.0, page)]
    page.stop()
    assert all(np.abs(render(synth, 0.5)[-RATE // 4 :]).max() == 0.0 for synth in synths)


@pytest.mark.parametrize("writer", ["calando", "shell"])
def test_another_process_silences_a_synth_whose_python_holds_the_gil(writer: str, tmp_path: Path) -> None:
    synth = sounding()
    lent = synth.lend()
    stream = Stream(lent)
    synth.hand_to(lent)
    loudest = play_in_a_thread_of_its_own(stream, tmp_path)
    other = stop_after(0.5, synth.stop_page.path, writer)
    with_gil = ctypes.PyDLL(None)  # PyDLL keeps the GIL for the whole call
    with_gil.sleep(2)
    synth.take_back()  # now the thread ends
    other.wait()
    assert other.returncode == 0
    (stopped,) = [news for news in synth.poll() if isinstance(news, Stopped)]
    assert 0 < stopped.frame < synth.frame
    levels = loudest()
    assert max(levels[:10]) > 0.01
    assert max(levels[-50:]) == 0.0


def stop_after(seconds: float, path: str, writer: str) -> subprocess.Popen[bytes]:
    """A process that writes the page after so long, with our own module or with what every shell has."""
    if writer == "shell":
        write = f"sleep {seconds}; printf '\\1' | dd of={path} conv=notrunc status=none"
        return subprocess.Popen(["sh", "-c", write])
    write = f"time.sleep({seconds}); StopPage({path!r}).stop(3)"
    code = f"import time; from dsp.stop_page import StopPage; {write}"
    return subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])


PLAYER = r"""
#include <math.h>
#include <pthread.h>
#include <time.h>

typedef int (*callback)(void *, float *, long, void *, long, void *);
static callback play;
static void *user;
static float loudest[4096];
static int periods;
static pthread_t thread;

static void *run(void *unused) {
    static float out[2 * 480];
    struct timespec period = {0, 10000000};
    while (periods < 4096 && play(0, out, 480, 0, 0, user) == 0) {
        float most = 0;
        for (int i = 0; i < 2 * 480; i++) most = fmaxf(most, fabsf(out[i]));
        loudest[periods++] = most;
        nanosleep(&period, 0);
    }
    return unused;
}

void begin(callback called, void *with) {
    play = called;
    user = with;
    periods = 0;
    pthread_create(&thread, 0, run, 0);
}

int end(float *into) {
    pthread_join(thread, 0);
    for (int i = 0; i < periods; i++) into[i] = loudest[i];
    return periods;
}
"""


def play_in_a_thread_of_its_own(stream: Stream, folder: Path) -> Callable[[], list[float]]:
    """Calls the callback every 10 ms from C, as a sound library does; returns what ends and reads it."""
    built = folder / "player.so"
    command_line = ["gcc", "-O1", "-shared", "-fPIC", "-x", "c", "-", "-o", str(built), "-lpthread", "-lm"]
    try:
        subprocess.run(command_line, input=PLAYER.encode(), check=True)
    except FileNotFoundError:
        pytest.skip("not installed: gcc")
    player = ctypes.CDLL(str(built))
    player.begin(ctypes.c_void_p(stream.callback_address), ctypes.c_void_p(stream.user_address))

    def levels() -> list[float]:
        into = (ctypes.c_float * 4096)()
        return list(into[: player.end(into)])

    return levels


def test_a_page_cannot_be_cut_short_under_the_callback() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux seals files in memory")
    synth = sounding(0.1)
    with pytest.raises(OSError, match="not permitted"):
        Path(synth.stop_page.path).write_bytes(b"")
    assert np.isfinite(render(synth, 0.1)).all()


def test_zero_is_no_stop() -> None:
    with pytest.raises(ValueError, match="0 means"):
        StopPage().stop(0)


def test_any_thread_may_stop_it() -> None:
    synth = sounding(1.0)
    threading.Thread(target=synth.stop_now).start()
    end_s = time.monotonic() + 5.0
    while not synth.stop_page.word and time.monotonic() < end_s:
        time.sleep(0.01)
    assert np.abs(render(synth, 0.5)[-RATE // 4 :]).max() == 0.0
