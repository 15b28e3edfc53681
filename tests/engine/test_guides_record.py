"""`calando guides record` by a real JACK server, whose microphone is a program that plays a tone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import jack_dummy
from benchmarks.jack_dummy import JackServer
from engine.words.own_voice import recordings
from tests.calando import calando
from tests.terminal import Terminal

ABSENT = [*jack_dummy.missing(watched=False), *(() if shutil.which("jack_connect") else ("jack_connect",))]

GUIDE = """
name = "own"
title = "Own"
description = "Three lines."
minutes = 1
[[steps]]
say = "You may stop whenever you like."
exit = true
[[steps]]
say = "There is the music."
group = "the room"
[[steps]]
say = "And that is all."
"""

TONE_HZ = 440.0

SINGER = f"""
import numpy as np, sounddevice, time
tone = 0.25 * np.sin(2 * np.pi * {TONE_HZ} * np.arange(48000) / 48000)
sounddevice.play(tone, 48000, loop=True, device="system")
print("sings", flush=True)
time.sleep(600)
"""


def sing_into(server: JackServer, before: set[str]) -> None:
    """Connect the one new input to the singer's output."""
    (sings,) = (port for port in before if ":out_0" in port)
    (hears,) = (port for port in set(server.ports() or ()) - before if ":in_0" in port)
    subprocess.run(["jack_connect", sings, hears], env=server.environment, check=True)


@pytest.mark.live
@pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}")
def test_lines_are_read_recorded_said_again_skipped_and_taken_as_ones_own_voice(
    tmp_path: Path,
) -> None:
    with JackServer() as server:
        recorded(server, tmp_path)


def recorded(server: JackServer, tmp_path: Path) -> None:
    guide, folder = tmp_path / "own.toml", tmp_path / "takes"
    guide.write_text(GUIDE)
    read = ("guides", "record", str(guide), str(folder))
    singer = subprocess.Popen([sys.executable, "-c", SINGER], env=server.environment, stdout=subprocess.PIPE)
    try:
        assert singer.stdout is not None
        assert singer.stdout.readline() == b"sings\n"
        before = set(server.ports() or ())
        with Terminal(*read, cwd=tmp_path, also=server.environment) as terminal:
            terminal.see("space begins")
            assert "You may stop whenever you like." in terminal.shown
            sing_into(server, before)
            terminal.type(" ")
            terminal.see("-12 dB")
            time.sleep(1.0)
            terminal.type(" ")
            terminal.see("k keeps")
            first = set(folder.iterdir())
            terminal.type("a")
            terminal.see("-12 dB")
            time.sleep(1.5)
            terminal.type(" ")
            terminal.see("k keeps")
            terminal.type("k")
            terminal.see("2 of 3, the room")
            terminal.type("b")
            terminal.see("1 of 3, recorded already")
            terminal.type("s")
            terminal.see("2 of 3, the room")
            terminal.type("s")
            terminal.see("3 of 3")
            terminal.type(" ")
            terminal.see("-12 dB")
            terminal.type("\x03")
            terminal.see("1 of 3 lines are recorded.")
            assert terminal.end() == 0
        assert [each.suffix for each in first] == [".take"]
        assert [each.name for each in folder.iterdir()] == ["01.wav"]
        sound, rate_hz = soundfile.read(folder / "01.wav")
        assert 1.2 < len(sound) / rate_hz < 60.0
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
        assert np.argmax(spectrum) * rate_hz / len(sound) == pytest.approx(TONE_HZ, abs=2.0)
        assert np.abs(sound).max() == pytest.approx(0.25, abs=0.01)
        assert list(recordings(folder, 3)) == [0]
        with Terminal(*read, cwd=tmp_path, also=server.environment) as terminal:
            terminal.see("space begins")
            assert "3 lines, 1 of them recorded already" in terminal.shown
            assert "1 of 3" not in terminal.shown.replace("1 of 3 lines", "")
            terminal.type(" ")
            terminal.see("space ends")
            terminal.type(" ")
            terminal.see("Hardly anything is heard: is it the right microphone?")  # nothing is connected
            terminal.type("q")
            terminal.see("1 of 3 lines are recorded.")
            assert terminal.end() == 0
    finally:
        singer.kill()
        singer.communicate()
    gone = calando("guides", "record", str(guide), cwd=tmp_path)
    assert gone.returncode == 2
    assert gone.stderr.endswith("Recording is done by keys; call this in a terminal.\n")


@pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}")
def test_without_a_microphone_one_sentence_says_so(tmp_path: Path) -> None:
    with Terminal("guides", "record", "arrive", str(tmp_path / "takes"), cwd=tmp_path) as terminal:
        terminal.see("This machine has no microphone that can be reached")
        assert terminal.end() == 1
