"""Sensors that hang on this computer: heard to the millisecond, pulled out, and heard again."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sensors.ant_pages import AntPages
from sensors.beat import BadPacket, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.interval_unit import LOOKED_AT, IntervalUnit
from sensors.pulse_lines import PulseLines, Sample, sample_of
from sensors.sensor import Sensor
from sensors.spec import SensorSpecError, open_sensor, waits
from sensors.wave_beats import WaveBeats
from tests.sensors.attached_devices import (
    RATES_HZ,
    AntStick,
    LslStream,
    LslWaves,
    PulseSensor,
    heart,
    page_of,
    pulse,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty stands for the port")

PATIENCE_S = 120.0


@pytest.mark.parametrize(
    ("line", "means"),
    [
        (b"512\r", Sample(512.0)),
        (b"S512", Sample(512.0)),
        (b"72,833,512", Sample(512.0)),
        (b"20480,512", Sample(512.0, 20.48)),
        (b"BPM:72\tIBI:833\tSignal:512", Sample(512.0)),
        (b"B72", True),
        (b"Q833", True),
        (b"", True),
        *((bad, False) for bad in (b"Hello", b"1,2,3,4", b"nan", b"inf", b"1e300", b"\xff\xfe5", b"S", b",")),
    ],
)
def test_a_line_is_a_sample_or_nothing(line: bytes, means: Sample | bool) -> None:
    assert sample_of(line) == means


def test_lines_come_in_pieces_and_what_never_ends_is_not_kept() -> None:
    lines = PulseLines()
    assert lines.take(b"51") == []
    assert lines.take(b"2\n513\n5") == [Sample(512.0), Sample(513.0)]
    for _ in range(1000):
        assert lines.take(b"7" * 4096) == []
    assert lines.unread
    assert lines.take(b"\n600\n") == [Sample(600.0)]


@pytest.mark.parametrize("stamped", [False, True])
def test_beats_of_a_finger_are_found_by_a_wrong_clock_in_lines_that_come_in_bunches(stamped: bool) -> None:
    pytest.importorskip("heartpy")
    rng, beats, found = np.random.default_rng(3), heart(80), WaveBeats("ppg")
    times_s = np.arange(0.0, 60.0, 0.02)
    levels = [pulse(t_s, beats) + rng.normal(0.0, 3.0) for t_s in times_s]
    told: list[TimedBeat] = []
    at = 0
    while at < len(levels):
        count = int(rng.integers(1, 4))
        arrival_s = times_s[min(at + count, len(levels)) - 1] + abs(rng.normal(0.0, 0.008))
        stamps = [1.005 * float(t_s) for t_s in times_s[at : at + count]] if stamped else None
        told += found.take(levels[at : at + count], stamps, float(arrival_s))
        at += count
    assert len(told) > 55
    moments = np.array([beat.t_s for beat in told])
    nearest = np.array([np.argmin(np.abs(beats + 0.15 - t_s)) for t_s in moments])
    assert np.max(np.abs(moments - beats[nearest] - 0.15)) < 0.03
    errors_ms = [told[n].rr_ms - 1000.0 * np.diff(beats)[nearest[n] - 1] for n in range(1, len(told))]
    assert np.median(np.abs(errors_ms)) < 4.0
    assert max(beat.arrival_s - beat.t_s for beat in told[10:]) < 2.0


def test_noise_has_no_beats() -> None:
    pytest.importorskip("heartpy")
    rng, found = np.random.default_rng(4), WaveBeats("ppg")
    told = [found.take(list(rng.normal(512, 60, 2)), None, 0.04 * n) for n in range(1000)]
    assert sum(map(len, told)) < 8


def test_pages_of_ant_are_beats_through_turned_counters_and_lost_pages() -> None:
    beats, pages, told = heart(400), AntPages(), []
    for n, t_s in enumerate(np.arange(0.3, 340.0, 8070 / 32768)):
        last = int(np.searchsorted(beats, t_s)) - 1
        if 100.0 < t_s < 101.2:  # two beats at most, and then page 4
            continue
        number = 4 if n % 8 > 3 or 100.0 < t_s < 103.0 else 0x80
        told += pages.take(page_of(beats, last, number), float(t_s) + 0.01)
    assert all(isinstance(each, TimedBeat) for each in told)
    assert len(told) > 365
    moments = np.array([beat.t_s for beat in told])
    nearest = np.array([np.argmin(np.abs(beats - t_s)) for t_s in moments])
    assert np.all(np.diff(nearest) == 1)  # none is missing, none is told twice
    assert np.max(np.abs(moments - beats[nearest])) < 0.26  # less than from one page to the next
    rr_ms = np.array([beat.rr_ms for beat in told])
    assert np.max(np.abs(rr_ms - 1000.0 * np.diff(beats)[nearest - 1])) < 1.0
    assert isinstance(pages.take(b"\1\2", 400.0)[0], BadPacket)
    assert pages.take(bytes(8), 500.0) == []  # after a hole nobody knows which beat it was


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("serial:{folder}", "is a folder"),
        ("serial:{folder}/file", "no serial port"),
        ("serial:/dev/ttyACM0?baud=fast", "baud=SPEED"),
        ("serial:/dev/ttyACM0?baud=99999999", "baud=SPEED"),
        ("serial:/dev/ttyACM0?speed=9600", "baud=SPEED"),
        ("ant:0", "1 to 65535"),
        ("ant:Polar", "1 to 65535"),
        ("osc:9000", "no heart is heard over OSC"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(spec: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("512\n")
    with pytest.raises(SensorSpecError, match=says):
        open_sensor(spec.format(folder=tmp_path))


def first_refusal(spec: str) -> str:
    """What a sensor says first, where its device refuses."""
    watched = Watched(spec)
    try:
        until([watched], lambda each: len(each.words()) > 1)
        return watched.words()[1]
    finally:
        watched.sensor.close()


def test_a_device_that_is_no_port_is_held_or_is_gone_is_one_sentence_with_the_mend() -> None:
    serial = pytest.importorskip("serial")
    pytest.importorskip("heartpy")
    for device in ("/dev/null", "/dev/urandom"):
        assert first_refusal(f"serial:{device}") == (
            f"{device} is no serial port; name the sensor's own, as serial:/dev/ttyACM0."
        )
    gone = "/dev/ttyACM-of-nobody"
    assert first_refusal(f"serial:{gone}") == f"{gone} is not there; plug the pulse sensor in."
    ours, theirs = pty.openpty()
    port = os.ttyname(theirs)
    try:
        with serial.Serial(port, exclusive=True):
            assert first_refusal(f"serial:{port}").startswith(f"{port} is held by another program; close the")
        Path(port).chmod(0)
        root = os.geteuid() == 0
        try:
            if root:  # who may open everything
                os.seteuid(65_534)
            assert first_refusal(f"serial:{port}").startswith(f"You may not read {port}; sudo usermod")
        finally:
            if root:
                os.seteuid(0)
    finally:
        os.close(ours)
        os.close(theirs)


class Watched:
    """A sensor, polled; `what` comes back as soon as it is heard."""

    def __init__(self, spec: str) -> None:
        assert waits(spec)
        self.sensor: Sensor = open_sensor(spec)
        self.sensor.open()
        self.events: list[SensorEvent] = []

    def beats(self) -> list[TimedBeat]:
        return [each for each in self.events if isinstance(each, TimedBeat)]

    def rates(self) -> set[int]:
        return {each.bpm for each in self.events if isinstance(each, Measurement)}

    def words(self) -> list[str]:
        return [each.words for each in self.events if isinstance(each, LinkChange)]

    def link(self) -> Link | None:
        return next((each.link for each in reversed(self.events) if isinstance(each, LinkChange)), None)


def until(watched: list[Watched], holds) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        for each in watched:
            each.events += each.sensor.poll(time.monotonic())
        if all(holds(each) for each in watched):
            return
        time.sleep(0.05)
    raise TimeoutError([each.words() for each in watched if not holds(each)])


@pytest.fixture
def _near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are looked for on this computer alone."""
    (tmp_path / "lsl.cfg").write_text("[multicast]\nResolveScope = machine\n[log]\nlevel = -3\n")
    monkeypatch.setenv("LSLAPICFG", str(tmp_path / "lsl.cfg"))


@pytest.mark.live
@pytest.mark.usefixtures("_near")
def test_beats_in_waves_of_lsl_fall_where_their_stamps_say() -> None:
    lsl = pytest.importorskip("pylsl")
    pytest.importorskip("heartpy")
    waves = LslWaves()
    rate, ecg, ppg = watched = [Watched(f"lsl:{kind}") for kind in RATES_HZ]
    try:
        until(watched, lambda each: each.rates() == {66} if each is rate else len(each.beats()) >= 6)
        ours_s = waves.began_s + time.monotonic() - lsl.local_clock()
        for each, later_s, within_s in ((ecg, 0.0, 0.002), (ppg, 0.148, 0.01)):
            moments = np.array([beat.t_s for beat in each.beats()]) - ours_s - later_s
            off_s = [float(np.min(np.abs(waves.beats - t_s))) for t_s in moments]
            assert max(off_s) < within_s, each.sensor.label
    finally:
        waves.pull()
        for each in watched:
            each.sensor.close()


@pytest.mark.live
@pytest.mark.usefixtures("_near")
def test_what_no_heart_can_be_heard_in_is_told_with_the_reason() -> None:
    lsl = pytest.importorskip("pylsl")
    wrong = {
        "words": ("RR", lsl.IRREGULAR_RATE, lsl.cf_string, "sends text"),
        "slow": ("ECG", 5, lsl.cf_float32, "has 5 samples a second; between 20 and 5000 are needed"),
        "brain": ("EEG", 250, lsl.cf_float32, "has the type 'EEG'"),
    }
    outlets = [
        lsl.StreamOutlet(lsl.StreamInfo(name, kind, 1, rate, form, name))
        for name, (kind, rate, form, _) in wrong.items()
    ]
    watched = [Watched(f"lsl:{name}") for name in wrong]
    try:
        until(watched, lambda each: len(each.words()) > 1)
        for each, (*_, says) in zip(watched, wrong.values(), strict=True):
            assert says in each.words()[-1]
    finally:
        outlets.clear()
        for each in watched:
            each.sensor.close()


def told_of(values: np.ndarray, moments_s: np.ndarray) -> str | None:
    unit = IntervalUnit()
    for value, at_s in zip(values, moments_s, strict=True):
        unit.take(float(value), float(at_s))
        if unit.why_not is not None:
            return unit.why_not
    return None


def test_intervals_in_samples_are_told_from_those_in_ms() -> None:
    beats = heart(400)
    moments = beats[1:] + np.random.default_rng(5).normal(0.0, 0.003, 400)
    rr = np.diff(beats)
    for rate_hz in (130.0, 256.0, 500.0, 2048.0):
        said = told_of(rate_hz * rr, moments)
        assert said is not None
        assert "let the other program send ms" in said
        known = re.search(r"samples at (\d+) Hz", said)
        assert known is not None
        assert float(known[1]) == pytest.approx(rate_hz, rel=0.03)
    in_bunches = np.repeat(moments[3::4], 4)
    assert "are they in samples" in (told_of(130.0 * rr, in_bunches) or "")
    lost = np.arange(400) % 5 != 0  # of each five beats one has not come
    once_a_second = np.arange(400) + np.random.default_rng(6).normal(0.0, 0.003, 400)
    for fit_s in (moments, in_bunches, once_a_second, moments * 1.05):
        assert told_of(1000.0 * rr, fit_s) is None
        assert told_of(1000.0 * rr[lost], fit_s[lost]) is None


@pytest.mark.live
@pytest.mark.usefixtures("_near")
def test_a_stream_in_samples_says_so_and_no_beat_is_made_of_it() -> None:
    pytest.importorskip("pylsl")
    stream, watched = LslStream("In samples", rate_hz=256.0), Watched("lsl:In samples")
    stream.plug()
    try:
        until([watched], lambda each: each.link() is Link.NO_CONTACT)
        assert re.fullmatch(
            r"LSL stream In samples says 2\d\d where its beats are [89]\d\d ms apart, as samples at 2\d\d Hz "
            r"would; let the other program send ms or s\.", watched.words()[-1],
        )  # fmt: skip
        assert len(watched.beats()) <= LOOKED_AT + 1
        told = len(watched.words())
        bad = sum(isinstance(each, BadPacket) for each in watched.events)
        until([watched], lambda each: sum(isinstance(e, BadPacket) for e in each.events) >= bad + 6)
        assert len(watched.words()) == told, "it is said once, and not with each beat's figures"
    finally:
        stream.pull()
        watched.sensor.close()


SPEAKS = """
import sys
from sensors.lsl_library import library
lsl = library("A test")
outlet = lsl.StreamOutlet(lsl.StreamInfo("quiet", "RR", 1, 0.0, "float32", "quiet"))
print(outlet.get_info().session_id())
"""


@pytest.mark.live
@pytest.mark.parametrize(
    ("settings", "session", "loud"),
    [
        ("", "default", False),
        ("[lab]\nSessionID = lab7", "lab7", False),
        ("[lab]\nSessionID = lab7\n[log]\nlevel = 0", "lab7", True),
        ("nonsense", "default", True),
    ],
)
def test_liblsl_is_quiet_and_what_somebody_set_holds(
    settings: str, session: str, loud: bool, tmp_path: Path
) -> None:
    pytest.importorskip("pylsl")
    (tmp_path / "lsl_api.cfg").write_text(settings)
    done = subprocess.run([sys.executable, "-c", SPEAKS], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == f"{session}\n"
    assert (done.stderr != "") == loud


@pytest.mark.live
@pytest.mark.usefixtures("_near")
def test_each_is_heard_pulled_out_and_heard_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("serial", "heartpy", "pylsl"):
        pytest.importorskip(module)
    drivers = pytest.importorskip("openant.base.driver")
    monkeypatch.setattr(drivers, "drivers", [AntStick])
    finger, stream = PulseSensor(tmp_path / "ttyACM0"), LslStream("Other heart")
    specs = f"serial:{finger.path}", "ant", "lsl:Other heart"
    watched = [Watched(spec) for spec in specs]
    try:
        until(watched, lambda each: len(each.words()) > 1)  # each says what it waits for
        assert all("plug" in each.words()[-1] or "start it" in each.words()[-1] for each in watched)
        for times in (1, 2):
            finger.plug()
            stream.plug()
            AntStick.plugged = True
            told = [len(each.beats()) for each in watched]
            until(watched, lambda each, told=told: len(each.beats()) >= told[watched.index(each)] + 5)
            assert {each.link() for each in watched} == {Link.LIVE}
            for each in watched:
                rr_ms = [beat.rr_ms for beat in each.beats() if beat.rr_ms is not None]
                assert 700.0 < min(rr_ms) < max(rr_ms) < 1100.0, each.sensor.label
            finger.pull()
            stream.pull()
            AntStick.plugged = False
            until(watched, lambda each: each.link() is Link.RECONNECTING)
            assert sum("again" in words for each in watched for words in each.words()) >= 3 * times
        AntStick.refuses, AntStick.plugged = 21, True
        until(watched[1:2], lambda each: "refuses (21" in each.words()[-1])
    finally:
        AntStick.refuses, AntStick.plugged = 0, False
        for each in watched:
            each.sensor.close()
