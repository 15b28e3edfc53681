"""Sound devices that are odd or broken, as ALSA's own configuration makes them on any machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dsp.native import Synth
from engine.cli.outputs import opened
from engine.cli.without_device import way
from engine.device import (
    LATENCY_S,
    PROMPT_LATENCY_S,
    DeviceError,
    NoDeviceError,
    SoundDevice,
    UnknownDeviceError,
)
from engine.device.child import Child, SilentError
from engine.device.patience import PAUSES, pause_s
from engine.device.playing import HUNG
from engine.device.trial import take_sound
from engine.player import DeviceOutput
from tests.calando import calando

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux's")

NOWHERE = 'pcm.nowhere { type null }\n'
STEREO = NOWHERE + 'pcm.default { type plug slave.pcm "nowhere" }\n'
MONO = NOWHERE + (
    'pcm.single { type multi slaves.a { pcm "nowhere" channels 1 } bindings.0 { slave a channel 0 } }\n'
    'pcm.default { type rate slave { pcm "single" rate 48000 } }\n'
)
DIES = NOWHERE + 'pcm.default { type file slave.pcm "nowhere" file "/nonexistent/%r.raw" format raw }\n'
REFUSES = NOWHERE + (
    'pcm.single { type multi slaves.a { pcm "nowhere" channels 1 } bindings.0 { slave a channel 0 } }\n'
    'pcm.default { type mulaw slave { pcm "single" format S16_LE } }\n'
)
LIBRARY_LINES = ("ALSA lib", "Expression '", "Cannot connect", "JackShm", "pa_linux")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes this machine one with just the devices of a configuration."""

    def with_devices(configuration: str) -> dict[str, str]:
        file = tmp_path / "alsa.conf"
        file.write_text(configuration)
        also = {"ALSA_CONFIG_PATH": str(file), "JACK_DEFAULT_SERVER": "calando-no-such-server"}
        for name, value in also.items():
            monkeypatch.setenv(name, value)
        return also

    return with_devices


def test_one_channel_is_a_device_and_takes_sound(machine) -> None:
    machine(MONO)
    device = SoundDevice("default")
    assert device.found.channels == 1
    take_sound(device)


@pytest.mark.parametrize(("configuration", "said"), [(DIES, "takes no sound"), (REFUSES, "does not open")])
def test_a_device_that_lists_but_does_not_play_is_refused_in_a_sentence(
    machine, configuration: str, said: str
) -> None:
    machine(configuration)
    device = SoundDevice("default")
    with pytest.raises(DeviceError, match=said) as refused:
        take_sound(device)
    assert "default" in str(refused.value)
    assert "--output" in str(refused.value)


@pytest.mark.parametrize(("prompt", "asked_s"), [(True, PROMPT_LATENCY_S), (False, LATENCY_S)])
@pytest.mark.parametrize("output", ["auto", "device:default"])
def test_where_a_hand_may_come_the_device_answers_sooner(
    machine, output: str, prompt: bool, asked_s: float
) -> None:
    machine(STEREO)
    chosen = way(output, fast=False, waits=False, or_render=False, tell=print, prompt=prompt)
    with opened(output, chosen, name="relax", force=False, say=print) as (played, _):
        played.start(Synth(played.rate_hz))
        latency_s = played.latency_s
        played.close()
    assert 0.0 < latency_s < 1.6 * asked_s


def test_doctor_opens_what_it_praises(machine, tmp_path: Path) -> None:
    praised = calando("doctor", cwd=tmp_path, also=machine(MONO))
    assert "ok       Sound device: default" in praised.stdout
    assert "one channel" in " ".join(praised.stdout.split())
    refused = calando("doctor", cwd=tmp_path, also=machine(DIES))
    assert "MEND     Sound device" in refused.stdout
    assert refused.returncode == 1


@pytest.mark.parametrize("configuration", [DIES, REFUSES])
def test_play_says_one_sentence_and_no_line_of_a_library(
    machine, tmp_path: Path, configuration: str
) -> None:
    done = calando("play", "--sensor", "sim", cwd=tmp_path, also=machine(configuration))
    assert done.returncode == 1
    assert " ".join(done.stderr.split()).count("The sound device default") == 1
    for line in LIBRARY_LINES:
        assert line not in done.stderr + done.stdout


def children() -> set[str]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for told in tasks for pid in told.read_text().split()}


def test_a_device_that_is_not_there_leaves_no_process(machine) -> None:
    """A kiosk looks for a card that is off once a second, for as long as it is."""
    machine(STEREO)
    before = children()
    with pytest.raises(UnknownDeviceError):
        SoundDevice("Stradivari")
    assert children() == before


def test_an_unknown_name_and_no_device_are_told_apart(machine) -> None:
    machine(STEREO)
    with pytest.raises(UnknownDeviceError, match="called 'Stradivari'; there is: default"):
        SoundDevice("Stradivari")
    machine("pcm.absent { type hw card 99 }\n")
    with pytest.raises(NoDeviceError, match="no sound device"):
        SoundDevice()


def test_a_library_that_aborts_while_it_lists_its_devices_is_survived(machine) -> None:
    machine("")  # ALSA without any configuration: PortAudio 19.6 ends its process
    with pytest.raises(NoDeviceError):
        SoundDevice()


def test_one_output_plays_one_synth_after_another(machine) -> None:
    machine(MONO)
    output = DeviceOutput(SoundDevice("default"))
    for seed in (1, 2):
        synth = Synth(output.rate_hz, seed)
        output.start(synth)
        output.advance(4800)
        output.close()
        frame = synth.frame
        assert frame >= 4800
        time.sleep(0.05)
        assert synth.frame == frame


def test_the_process_that_plays_ends_with_the_one_that_started_it(machine) -> None:
    machine(MONO)
    code = (
        "import time\n"
        "from dsp.native import Synth\nfrom engine.device import SoundDevice\n"
        "device, synth = SoundDevice('default'), Synth()\n"
        "lent = synth.lend()\ndevice.open(lent)\nsynth.hand_to(lent)\ndevice.start()\n"
        "print(device._child._process.pid, flush=True)\ntime.sleep(60)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert starter.stdout is not None
    with starter:
        player = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)
    end_s = time.monotonic() + 10.0
    while running(player) and time.monotonic() < end_s:
        time.sleep(0.05)
    assert not running(player)


def test_it_ends_alone_too_where_a_library_hangs(tmp_path: Path) -> None:
    """A stand-in for sounddevice that never returns, and nobody left to end the process."""
    (tmp_path / "sounddevice.py").write_text("import time\ntime.sleep(600)\n")
    paths = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"
    player = subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.device.playing"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    player.communicate(b'{"do": "find", "name": null}\n', timeout=10.0)
    assert player.returncode == HUNG


def running(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_the_terminals_signals_do_not_reach_the_music(machine) -> None:
    machine(MONO)
    device = SoundDevice("default")
    assert device._child is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(device._child._process.pid, number)
    take_sound(device)


def test_a_process_that_does_not_answer_is_ended(machine) -> None:
    machine(MONO)
    child = Child("engine.device.playing")
    os.kill(child._process.pid, signal.SIGSTOP)
    began_s = time.monotonic()
    with pytest.raises(SilentError):
        child.ask({"do": "find", "name": None}, 0.2)
    assert time.monotonic() - began_s < 30.0
    assert child._process.returncode == -signal.SIGKILL


def test_a_device_returns_within_a_second_of_its_return_however_long_it_was_away() -> None:
    assert pause_s(0.0) == pytest.approx(0.25)
    assert max(pause_s(away_s) for away_s in (0.0, 1.0, 599.0, 600.0, 1e6)) <= 1.0
    assert [since for since, _ in PAUSES] == sorted(since for since, _ in PAUSES)
