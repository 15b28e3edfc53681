"""Playing along on a real JACK server: heard at its own frame, let go where the cable is pulled."""

from __future__ import annotations

import subprocess
import time

import numpy as np
import pytest

from benchmarks import jack_dummy
from dsp import command
from dsp.limiter import LATENCY
from dsp.native import Synth
from dsp.quantum import QUANTUM
from dsp.score import Ramp
from dsp.telemetry import Meter, Played
from dsp.touch import CHOOSE, HANDS, LET_GO, MIDI, NOTE_OFF, NOTE_ON, Touch
from engine.company import Company
from engine.device import JackDevice
from engine.player import DeviceOutput

ABSENT = jack_dummy.missing()
NOTES = 12
MOST_LOST, UNHEARD = 2, -1
PATIENCE_S = 30.0

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
]


@pytest.mark.parametrize("period", [256, 1024])
def test_notes_are_heard_at_their_own_frames_and_a_pulled_cable_leaves_none(
    period: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = jack_dummy.compiled("note_to_sound")
    with jack_dummy.JackServer(period) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        device = JackDevice(midi="note_sender")
        assert device.found.host == "JACK"
        synth = Synth(device.found.rate_hz, seed=1)
        dry = {"level_db": 0.0, "reverb": 0.0, "attack_s": 0.01, "release_s": 0.05}
        synth.push([command.ramp(Ramp("hand_pad", name, value, 0.0)) for name, value in dry.items()])
        synth.render(np.zeros((QUANTUM, 2), np.float32))
        synth.touch([Touch(CHOOSE, MIDI, HANDS.index("hand_pad"))])
        output = DeviceOutput(device)
        output.start(synth)
        try:
            assert device.sources() == ()
            company = Company()
            run = [str(program), "Calando:play_along", "Calando:out_left", str(NOTES // 2), "1"]
            frames: list[int] = []
            skipped = 0
            for _ in range(2):  # the cable is pulled, and plugged in again
                with subprocess.Popen(
                    run, stdout=subprocess.PIPE, text=True, env=server.environment
                ) as sender:
                    while sender.poll() is None:
                        company.look(device.heard)
                        time.sleep(0.02)
                    assert sender.stdout is not None
                    *told, xruns = sender.stdout.read().splitlines()
                assert sender.returncode == 0
                frames += [int(line.split()[0]) for line in told]
                skipped += int(xruns.split()[1])
            assert len(frames) == NOTES
            # A server that skips a cycle has dropped what came in it, for every client; no other is lost.
            unheard = frames.count(UNHEARD)
            assert unheard <= min(MOST_LOST, skipped), (frames, skipped)
            # A busy server skips cycles, which makes a note later: the earliest tell the way itself.
            early = sorted(frame for frame in frames if frame != UNHEARD)[NOTES // 3]
            assert LATENCY - QUANTUM < early <= LATENCY + 4
            # The program has gone with the last key down, and its port with it.
            news: list[object] = []
            until_s = time.monotonic() + PATIENCE_S
            while time.monotonic() < until_s:
                synth.push([command.alive()])
                news += synth.poll()
                company.look(device.heard)
                silent = [n.voices for n in news if isinstance(n, Meter)][-1:] == [0]
                if silent and _gone(news) and "gone" in company.words:
                    break
                time.sleep(0.1)
            assert _gone(news)
            assert company.words == "; note_sender:keys is gone until it is plugged in again"
            assert [n.voices for n in news if isinstance(n, Meter)][-1] == 0
            kinds = [n.touch.kind for n in news if isinstance(n, Played)]
            assert NOTES - unheard <= kinds.count(NOTE_ON) <= NOTES
            assert NOTES - 2 - 2 * unheard <= kinds.count(NOTE_OFF) <= NOTES - 2
        finally:
            output.close()


def _gone(news: list[object]) -> bool:
    """Whether the sound has been told that no source is left."""
    told = [n.touch for n in news if isinstance(n, Played) and n.touch.kind == LET_GO]
    return bool(told) and (told[-1].value, told[-1].key) == (1.0, 0)
