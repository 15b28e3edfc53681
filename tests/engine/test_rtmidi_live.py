"""A keyboard without JACK's callback: RtMidi's thread, machine code, and a sound by PortAudio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from benchmarks import jack_dummy
from dsp import command
from dsp.native import Synth
from dsp.telemetry import Meter, Played, Telemetry
from dsp.touch import LET_GO, MIDI, NOTE_OFF, NOTE_ON
from engine.along import Along
from engine.cli.along import told
from engine.device import ALONG_LATENCY_S, NoDeviceError, SoundDevice
from engine.device.rtmidi import ABSENT, RtMidi, is_wanted
from engine.player import DeviceOutput

rtmidi = pytest.importorskip("rtmidi")

PATIENCE_S = 30.0
KEYS = (60, 64, 67)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The MIDI system that RtMidi takes here: the computer's own, or else that of the server that plays."""
    if lacking := jack_dummy.missing(watched=False):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    with jack_dummy.JackServer(256) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        try:
            found = RtMidi(rtmidi.API_LINUX_ALSA)
        except NoDeviceError as absent:
            if str(absent) == ABSENT:
                pytest.skip(ABSENT)
            yield rtmidi.API_UNIX_JACK
        else:
            found.close()
            yield rtmidi.API_LINUX_ALSA


@pytest.mark.live
def test_a_keyboard_is_heard_goes_with_its_keys_down_and_comes_again(system: int) -> None:
    device = SoundDevice(None, ALONG_LATENCY_S, midi="piano")
    synth = Synth(48_000, seed=1)
    output = DeviceOutput(device)
    assert "piano" in told(Along("piano"), output)
    output.start(synth)
    news: list[Telemetry] = []

    def until(so: Callable[[], bool]) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not so():
            assert time.monotonic() < end_s, [each for each in news if isinstance(each, Played)]
            synth.push([command.alive()])
            news.extend(synth.poll())
            output.advance(synth.frame + 960)

    def felt(kind: int) -> list[Played]:
        return [each for each in news if isinstance(each, Played) and each.touch.kind == kind]

    def come(kind: int, count: int) -> None:
        until(lambda: len(felt(kind)) == count)

    with ExitStack() as cables:
        cables.callback(output.close)
        until(lambda: device.heard == ())
        assert "along" not in output.words
        for times in (1, 2):
            piano = rtmidi.MidiOut(system, name="piano")
            piano.open_virtual_port("piano")
            until(lambda: any("piano" in name for name in device.sources()))
            time.sleep(0.5)  # it is connected within a tenth of a second of being there
            until(lambda: "piano now plays along." in output.words)
            for key in KEYS:
                piano.send_message([0x90, key, 80])
            come(NOTE_ON, times * len(KEYS))
            piano.send_message([0x80, KEYS[0], 0])
            come(NOTE_OFF, times)
            until(lambda: [each.voices for each in news if isinstance(each, Meter)][-1:] > [0])
            assert len(felt(LET_GO)) == times - 1
            piano.delete()  # the cable is pulled with two keys down
            come(LET_GO, times)
            until(lambda: "piano is gone until it is plugged in again." in output.words)
        assert {each.touch.player for each in felt(NOTE_ON)} == {MIDI}
        assert [each.touch.key for each in felt(NOTE_ON)] == [*KEYS, *KEYS]
        assert felt(NOTE_ON)[0].touch.value == pytest.approx(80 / 127)
        until(lambda: [each.voices for each in news if isinstance(each, Meter)][-1] == 0)


def test_which_sources_are_meant() -> None:
    assert is_wanted("", "Keystation:Keystation MIDI 1 20:0")
    assert is_wanted("keyST", "Keystation:Keystation MIDI 1 20:0")
    assert not is_wanted("", "Midi Through:Midi Through Port-0 14:0")
    assert not is_wanted("piano", "Keystation:Keystation MIDI 1 20:0")
