"""Tables of recordings: names, separators, quotes, preambles, notes; what is told never repeats the file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from sensors.recording import Recording, RecordingError, read_recording
from sensors.recordings.bytes_on_disk import MOST_BYTES
from tests.sensors.recorded_beats import rows

BEATS = rows(())
RR = [rr for _, rr in BEATS]
PERSON = "Jane Q. Example"


def read(tmp_path: Path, text: str | bytes, name: str = "r.csv", **wanted: object) -> Recording:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_recording(path, **wanted)  # type: ignore[arg-type]


def column(header: str) -> str:
    return "\n".join([header, *(f"{rr:g}" for rr in RR)])


def pairs(header: str, row: str = "{t:.3f},{rr:g}") -> str:
    return "\n".join([header, *(row.format(t=t, rr=rr) for t, rr in BEATS)])


def comma(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


TABLES = {
    **{f"named {name}": column(name) for name in (
        "RR", "rr", "RR_Intervals", "NNI", "IBI [ms]", "RR-interval [ms]", "rr_interval_ms",
        "Inter-Beat Interval", "nn_intervals", "PPI", "rri", "RR interval (ms)", "Intervalle R-R (ms)",
        "RR-Intervall", "'RR'", '"rr_ms"',
    )},
    "windows": column("rr_ms").replace("\n", "\r\n"),
    "a preamble": "Kubios HRV - export\nSubject: A. Person\nDate: 14.03.2026\n\n" + column("rr_ms"),
    "a preamble of pairs": "Name;A. Person\nAge;44\nVersion;1.90\n\n" + pairs("time;rr", "{t:.3f};{rr:g}"),
    "a preamble of many lines": "\n".join(f"Key {k}: value {k}" for k in range(60)) + "\n" + column("rr_ms"),
    "a header in a comment": pairs("# time_s, rr_ms"),
    "a header of MATLAB": pairs("% time_s, rr_ms"),
    "a line of units": pairs("time,rr\n[s],[ms]"),
    "notes behind": column("rr_ms") + "\n\nMean RR: 898.5\nRMSSD: 26.3\nend of export\n",
    "notes behind a table": pairs("time,rr") + "\nmean,880\nSDNN,44\n",
    "labels": "\n".join(f"{rr:g} N" for rr in RR),
    "labels behind commas": "\n".join(f"{rr:g},N" for rr in RR),
    "units in cells": "\n".join(f"{rr:g} ms" for rr in RR),
    "quoted": pairs('"time","rr"', '"{t:.3f}","{rr:g}"'),
    "quoted with commas": "\n".join(['"time","rr"', *(f'"{comma(t)}","{comma(rr)}"' for t, rr in BEATS)]),
    "decimal commas": "\n".join(["time;rr", *(f"{comma(t)};{comma(rr)}" for t, rr in BEATS)]),
    "decimal commas alone": "\n".join(["rr_ms", *(f"{rr:.0f},0" for rr in RR)]),
    "decimal commas, nameless": "\n".join(f"{rr:.0f},00" for rr in RR),
    "seconds with decimal commas": "\n".join(["rr", *(comma(rr / 1000) for rr in RR)]),
    "one line, commas": ",".join(f"{rr:g}" for rr in RR),
    "one line, blanks": " ".join(f"{rr:g}" for rr in RR),
    "one line, semicolons": ";".join(f"{rr:g}" for rr in RR) + ";\n",
    "one line with a name": "rr_ms\n" + ",".join(f"{rr:g}" for rr in RR),
    "ten a line": "\n".join(",".join(f"{rr:g}" for rr in RR[k : k + 10]) for k in range(0, len(RR), 10)),
    "seven a line": "\n".join(" ".join(f"{rr:g}" for rr in RR[k : k + 7]) for k in range(0, len(RR), 7)),
    "several a cell": "seconds,hr,rr\n"
    + "\n".join(f"{t:.0f},67,{a:g};{b:g}" for (_, a), (t, b) in zip(BEATS[::2], BEATS[1::2], strict=True)),
    "several a cell, quoted": "seconds,hr,rr\n"
    + "\n".join(f'{t:.0f},67,"[{a:g}, {b:g}]"'
                for (_, a), (t, b) in zip(BEATS[::2], BEATS[1::2], strict=True)),
    "cells without a beat": "time,hr,rr\n"
    + "\n".join(f"{t:.3f},67,{rr:g}\n{t + 0.1:.3f},67," for t, rr in BEATS),
    "fillers": "\n".join(f"{rr / 1000:.3f}" + "\n65.535" * 4 for rr in RR),
    "zero fillers": "\n".join(f"{rr:g}\n0\n0" for rr in RR),
    "a list in brackets": json.dumps(RR),
    "a list in brackets, a line each": "RR = [\n" + ",\n".join(f"{rr:g}" for rr in RR) + "\n]\n",
    "JSON": json.dumps({"name": "Jane", "LiveIBI": RR, "EP": [1, 2, 3]}, indent=1),
    "JSON records": json.dumps([{"time": t, "rr": rr, "who": "Jane"} for t, rr in BEATS]),
    "date and clock between blanks": "\n".join(
        f"2026-03-14 07:{int(t // 60):02}:{t % 60:06.3f} {rr:g}" for t, rr in BEATS
    ),
    "an index of pandas": "\n".join([",rr", *(f"{k},{rr:g}" for k, rr in enumerate(RR))]),
    "an index and no name": "\n".join([",0", *(f"{k},{rr:g}" for k, rr in enumerate(RR))]),
    "three columns and no name": "\n".join(f"{k},{t:.3f},{rr:g}" for k, (t, rr) in enumerate(BEATS)),
    "heart rates beside": "\n".join(["time,hr,rr", *(f"{t:.3f},{60000 / rr:.1f},{rr:g}" for t, rr in BEATS)]),
    "every line twice": "\n".join(f"{rr:g}\n{rr:g}" for rr in RR),
    "OpenHRV": "event,value,timestamp\n"
    + "\n".join(f"InterBeatInterval,{rr:g},2026-03-14T07:{int(t // 60):02}:{t % 60:09.6f}\n"
                f"BreathingPattern,6.0,2026-03-14T07:{int(t // 60):02}:{t % 60:09.6f}" for t, rr in BEATS),
    # HeartMath: heart rates at 2 Hz and their times run on beside, and past, the intervals.
    "emWave": "Name,Jane\nHeartRate,Time Offset,rawIBI\n"
    + "\n".join(f"{67 + k % 3},{k / 2:.1f},{f'{RR[k]:g}' if k < len(RR) else ''}" for k in range(540)),
    "HRV Logger": "date,rr,since start\n"
    + "\n".join(f"2026-03-14 07:{int(t // 60):02}:{t % 60:06.3f},{rr:g},{1000 * t:.0f}" for t, rr in BEATS),
    "Empatica": "1544027337.000000, IBI\n" + "\n".join(f"{t:.6f},{rr / 1000:.6f}" for t, rr in BEATS),
    "Polar Flow": "\n".join(f"{t:.3f}\t{rr:g}" for t, rr in BEATS),
    "Polar Sensor Logger": "Phone timestamp;RR-interval [ms]\n"
    + "\n".join(f"2026-03-14T07:{int(t // 60):02}:{t % 60:06.3f};{rr:g}" for t, rr in BEATS),
    "Polar HRM": "[Params]\nVersion=106\nInterval=238\n\n[Note]\nJane\n\n[HRData]\n"
    + "\n".join(f"{rr:g}" for rr in RR),
    "FIT as CSV": "hrv.time[s]\n" + "\n".join(f'"{a / 1000:.3f}|{b / 1000:.3f}|65.535"'
                                             for a, b in zip(RR[::2], RR[1::2], strict=True)),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_every_table_gives_every_interval(tmp_path: Path, kind: str) -> None:
    recording = read(tmp_path, TABLES[kind])
    assert [beat.rr_ms for beat in recording.beats] == pytest.approx(RR)
    assert recording.skipped == ()


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_coding_is_read(tmp_path: Path, coding: str) -> None:
    text = "Größe;µV\n" + pairs("Zeit [s];RR [ms]", "{t:.3f};{rr:g}")
    assert [beat.rr_ms for beat in read(tmp_path, text.encode(coding)).beats] == RR


def test_a_column_is_chosen_by_name_or_number(tmp_path: Path) -> None:
    text = pairs("when,my beats,other", "{t:.3f},{rr:g},{rr:g}1")
    with pytest.raises(RecordingError, match=r"\?column="):
        read(tmp_path, text)
    for wanted in ("my beats", "My_Beats", "2"):
        assert [beat.rr_ms for beat in read(tmp_path, text, column=wanted).beats] == RR
    with pytest.raises(RecordingError, match="1 to 3"):
        read(tmp_path, text, column="yours")


def waves(rate_hz: float = 130.0, seconds: float = 40.0) -> np.ndarray:
    t = np.arange(0.0, seconds, 1.0 / rate_hz)
    x = sum(np.exp(-0.5 * ((t - beat) / 0.012) ** 2) for beat in np.arange(0.5, seconds - 0.3, 0.86))
    return 800 * x + np.random.default_rng(2).normal(0, 9, t.size)


def lines(form: str, rate_hz: float = 130.0) -> str:
    return "\n".join(form.format(k=k, t=k / rate_hz, x=x) for k, x in enumerate(waves(rate_hz)))


APPLE = f'Name,{PERSON}\nDate of Birth,"Jan 1, 1980"\nSoftware Version,1.90\nDevice,"Watch6,7"\n'
SIGNALS = {
    "an index of pandas": (",0\n" + lines("{k},{x:.0f}"), 130.0),
    "a name of its own": ("voltage mV\n" + lines("{x:.3f}"), 130.0),
    "decimal commas": (lines("{x:.3f}").replace(".", ","), 130.0),
    "times and no name": (lines("{t:.4f},{x:.0f}"), None),
    "numbers alone": (lines("{x:.3f}"), 130.0),
    "all on one line": (" ".join(lines("{x:.1f}").split()), 130.0),
    "Polar Sensor Logger ECG": ("Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]\n"
        + "\n".join(f"2026-03-14T07:12:{k // 130:02}.000;{599616050941733632 + round(k * 1e9 / 130)};"
                    f"{k * 1000 / 130:.1f};{x:.0f}" for k, x in enumerate(waves())), None),
    "Apple": (APPLE + "Sample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n\n"
        + lines("{x:.3f}", 512.0), None),
    "Apple, rate given": (APPLE + "Sample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n"
        + lines("{x:.3f}", 512.0), 512.0),
    "Apple, German": (APPLE + "Messrate,512,844 Hertz\n\nAbleitung,Ableitung I\nEinheit,µV\n\n"
        + lines("{x:.3f}", 512.0).replace(".", ","), None),
    "an index beside a clock": ("Unnamed: 0,time,ecg\n" + lines("{k},{t:.4f},{x:.0f}"), None),
}  # fmt: skip


@pytest.mark.parametrize("kind", SIGNALS)
def test_every_table_of_samples_gives_its_beats(tmp_path: Path, kind: str) -> None:
    text, rate_hz = SIGNALS[kind]
    recording = read(tmp_path, text, rate_hz=rate_hz)
    rr = [beat.rr_ms for beat in recording.beats[1:]]
    assert len(rr) == 45
    assert rr == pytest.approx([860.0] * 45, rel=0.02)


NO_HEART: dict[str, tuple[str, str]] = {
    "a person above heart rates": (f"{PERSON}\ntime,hr\n1,70\n2,71\n3,70\n", "heart rates"),
    "a person in the header": (f"{PERSON},other\n1,2\n3,1\n", "no column"),
    "a person in every line": (f"{PERSON}\n" * 30, "no numbers"),
    "acceleration": (
        "Phone timestamp;sensor timestamp [ns];X [mg];Y [mg];Z [mg]\n2026-03-14T07:12:04.2;5;1;2;3\n",
        "acceleration",
    ),
    "heart rates of a watch": (
        f"[Params]\nInterval=5\n[Note]\n{PERSON}\n[HRData]\n118\n119\n120\n", "heart rates"),
    "JSON of something else": (json.dumps({"name": PERSON, "a": [1, 2], "b": [3, 4]}), "named rr"),
    "samples without a rate": ("ecg\n" + lines("{x:.1f}"), r"\?rate=HZ"),
    "a summary": ("date,rmssd,sdnn\n2026-03-14,44,52\n2026-03-15,41,50\n", "figures of variability"),
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_HEART)
def test_what_holds_no_beats_is_refused_without_repeating_it(tmp_path: Path, kind: str) -> None:
    text, says = NO_HEART[kind]
    with pytest.raises(RecordingError, match=says) as trouble:
        read(tmp_path, text)
    words = str(trouble.value)
    assert "r.csv" in words
    assert words.endswith(".")
    assert words.isprintable()
    assert not any(part in words for part in ("Jane", "Example", "2026"))


def test_what_is_skipped_keeps_nothing_of_the_file(tmp_path: Path) -> None:
    recording = read(tmp_path, column("rr_ms").replace("\n", f"\n{PERSON}\n", 3))
    assert [beat.rr_ms for beat in recording.beats] == RR
    recording = read(tmp_path, "\n".join([*map(str, RR[:9]), PERSON, *map(str, RR[9:])]))
    assert len(recording.skipped) == 1
    assert not any(b"Jane" in packet.raw or "Jane" in packet.why for packet in recording.skipped)


rng = np.random.default_rng(4)
IMPOSSIBLE = {
    "60 to 250 ms throughout": [f"{x:.0f}" for x in rng.uniform(60, 250, 200)],
    "beats counted in samples at 250 Hz": [f"{x:.0f}" for x in rng.normal(223, 9, 300)],
    "heart rates": [f"{x:.0f}" for x in rng.normal(70, 4, 300)],
    "a ramp": [str(k) for k in range(300, 1300)],
    "a falling ramp": [str(k) for k in range(1300, 300, -1)],
    "row numbers": [str(k) for k in range(1, 400)],
    "moments in ms": [f"{1000 * t:.0f}" for t, _ in BEATS],
    "moments in s": [f"{t:.3f}" for t, _ in BEATS],
    "noise": [f"{x:.0f}" for x in rng.uniform(100, 2000, 400)],
    "too slow throughout": [f"{x:.0f}" for x in rng.normal(4000, 90, 60)],
}


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_what_no_heart_does_is_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    with pytest.raises(RecordingError, match=r"^Recording 'r.csv'.*\.$") as trouble:
        read(tmp_path, "\n".join(IMPOSSIBLE[kind]))
    assert str(trouble.value).isprintable()


@pytest.mark.parametrize(
    "rr", [[1000.0] * 60, [500.0, 1100.0] * 60, list(rng.normal(700, 140, 300).clip(350, 1200))]
)
def test_a_steady_heart_bigeminy_and_fibrillation_are_hearts(tmp_path: Path, rr: list[float]) -> None:
    assert len(read(tmp_path, "\n".join(f"{x:.0f}" for x in rr)).beats) == len(rr)


SILENT = {
    "a ramp": np.arange(8000.0),
    "a ramp that falls": -np.arange(8000.0) / 130,
    "flat": np.full(8000, 512.0),
    "noise": rng.normal(0, 100, 8000),
    "even noise": rng.uniform(-1, 1, 8000),
    "mains hum": 100 * np.sin(2 * np.pi * 50 * np.arange(8000) / 130) + rng.normal(0, 2, 8000),
}


@pytest.mark.parametrize("kind", SILENT)
def test_a_signal_without_a_heart_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(RecordingError, match=r"^Recording 'r.csv'.*\.$"):
        read(tmp_path, "\n".join(f"{x:.6g}" for x in SILENT[kind]), rate_hz=130.0)


def test_sizes_are_limited_before_reading(tmp_path: Path) -> None:
    import gzip

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # sparse
    bomb = tmp_path / "bomb.txt.gz"
    bomb.write_bytes(gzip.compress(b"\n" * (MOST_BYTES + 9), compresslevel=1))
    many = tmp_path / "many.txt"
    many.write_bytes(b"800\n810\n" * 600_000)
    for path, says in (
        (pipe, "pipe"), (Path("/dev/zero"), "device"), (large, "larger"), (bomb, "larger"),
        (many, "more than"),
    ):  # fmt: skip
        with pytest.raises(RecordingError, match=says):
            read_recording(path)


def test_a_name_that_a_terminal_would_obey_is_shown_harmless(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as trouble:
        read(tmp_path, "nothing", name="a\x1b[31m.txt")
    assert str(trouble.value).isprintable()


def test_two_columns_that_a_header_names_are_never_one_with_decimal_commas(tmp_path: Path) -> None:
    lines = [f"{900 + 40 * (k % 3)},{970 + 40 * (k % 3)}" for k in range(60)]
    path = tmp_path / "two.csv"
    path.write_text("\n".join(["rr_anna,rr_ben", *lines]))
    with pytest.raises(RecordingError, match="no column of beats or samples among its 2"):
        read_recording(path)


def test_intervals_are_known_by_their_german_name_beside_heart_rates(tmp_path: Path) -> None:
    path = tmp_path / "de.csv"
    lines = [f"{k};70;{850 + k % 9}" for k in range(60)]
    path.write_text("\n".join(["Zeit [s];Herzfrequenz;RR-Abstand (ms)", *lines]))
    assert [beat.rr_ms for beat in read_recording(path).beats] == [850 + k % 9 for k in range(60)]
