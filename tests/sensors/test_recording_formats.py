"""Formats that are no text: FIT, WFDB and EDF, through their libraries, and what is said without those."""

from __future__ import annotations

import gzip
import struct
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sensors.recording import RecordingError, read_recording
from tests.sensors.recorded_beats import LOST, Rows, rows

RATE_HZ = 250.0


def waves(seconds: float = 40.0) -> np.ndarray:
    """An ECG in mV that beats every 0.86 s."""
    t = np.arange(0.0, seconds, 1.0 / RATE_HZ)
    x = sum(np.exp(-0.5 * ((t - beat) / 0.012) ** 2) for beat in np.arange(0.5, seconds - 0.3, 0.86))
    return x + np.random.default_rng(2).normal(0, 0.01, t.size)


def fit(kept: Rows, hrv: bool = True) -> bytes:
    """A FIT activity: a record each second, and after it the beats of that second, five slots a message."""
    utils = pytest.importorskip("fitdecode.utils")

    def definition(local: int, number: int, field: int, size: int, kind: int) -> bytes:
        return struct.pack("<BBBHBBBB", 0x40 | local, 0, 0, number, 1, field, size, kind)

    body = definition(0, 20, 253, 4, 0x86) + definition(1, 78, 0, 10, 0x84)
    second, slots = 0, list[int]()
    for t, rr in [*kept, (kept[-1][0] + 2, 0.0)]:
        while second < t:
            if slots and hrv:
                slots += [0xFFFF] * (5 - len(slots))
                body += struct.pack("<B5H", 1, *slots)
            second, slots = second + 1, []
            body += struct.pack("<BI", 0, 1_000_000_000 + second)
        slots.append(round(rr))
    head = struct.pack("<BBHI4s", 14, 0x20, 2100, len(body), b".FIT")
    head += struct.pack("<H", utils.compute_crc(head))
    return head + body + struct.pack("<H", utils.compute_crc(head + body))


def test_fit_gives_its_intervals_without_fillers(tmp_path: Path) -> None:
    kept = rows(())
    path = tmp_path / "ride.fit"
    path.write_bytes(fit(kept))
    recording = read_recording(path)
    assert [beat.rr_ms for beat in recording.beats] == [rr for _, rr in kept]
    assert recording.said.startswith("FIT; RR in seconds")
    renamed = tmp_path / "ride.dat"
    renamed.write_bytes(fit(kept))
    assert len(read_recording(renamed).beats) == len(kept)


def test_fit_keeps_the_holes_that_its_records_tell(tmp_path: Path) -> None:
    kept = rows()
    path = tmp_path / "ride.fit"
    path.write_bytes(fit(kept))
    recording = read_recording(path)
    assert len(recording.beats) == len(kept)
    assert sum(b.t_s - a.t_s > 5.0 for a, b in pairwise(recording.beats)) == len(LOST)
    assert recording.beats[-1].t_s == pytest.approx(kept[-1][0], abs=3.0)


def test_fit_without_intervals_says_what_to_switch_on(tmp_path: Path) -> None:
    path = tmp_path / "ride.fit"
    path.write_bytes(fit(rows(()), hrv=False))
    with pytest.raises(RecordingError, match="Log HRV"):
        read_recording(path)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A WFDB record of a breath and an ECG, its beats annotated; the path without an ending."""
    wfdb = pytest.importorskip("wfdb")
    x = waves()
    signals = np.stack([np.sin(np.arange(x.size) / 400.0), x], axis=1)
    beats = np.round(np.arange(0.5, 39.7, 0.86) * RATE_HZ).astype(int)
    folder = str(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wfdb uses what pandas is about to drop
        wfdb.wrsamp("r1", fs=RATE_HZ, units=["mV", "mV"], sig_name=["RESP", "MLII"], p_signal=signals,
                    fmt=["16", "16"], write_dir=folder)  # fmt: skip
        wfdb.wrann("r1", "atr", np.sort(np.append(beats, 5)), ["+", *["N"] * beats.size], write_dir=folder)
    return tmp_path / "r1"


@pytest.mark.parametrize("ending", [".hea", ".dat", ".atr"])
def test_wfdb_gives_its_beats_from_signal_and_annotations(record: Path, ending: str) -> None:
    recording = read_recording(record.with_suffix(ending))
    rr = [beat.rr_ms for beat in recording.beats if beat.rr_ms is not None]
    assert len(rr) == 45
    assert rr == pytest.approx([860.0] * 45, rel=0.01)
    assert recording.kind == ("rr" if ending == ".atr" else "ecg")


def test_wfdb_without_its_signal_takes_the_annotations_and_without_its_header_says_so(record: Path) -> None:
    record.with_suffix(".dat").unlink()
    assert read_recording(record.with_suffix(".hea")).kind == "rr"
    record.with_suffix(".hea").unlink()
    with pytest.raises(RecordingError, match="header"):
        read_recording(record.with_suffix(".atr"))


def test_a_channel_is_chosen_by_name(record: Path) -> None:
    assert len(read_recording(record.with_suffix(".hea"), column="mlii").beats) == 46
    with pytest.raises(RecordingError, match="none of its 2 channels"):
        read_recording(record.with_suffix(".hea"), column="V5")


@pytest.fixture
def edf(tmp_path: Path) -> Path:
    pyedflib = pytest.importorskip("pyedflib")
    path = tmp_path / "night.edf"
    writer = pyedflib.EdfWriter(str(path), 2, file_type=pyedflib.FILETYPE_EDFPLUS)
    channels = {"EEG Fpz-Cz": np.sin(np.arange(10_000) / 9), "ECG EKG2-EKG": waves()}
    for k, label in enumerate(channels):
        writer.setSignalHeader(k, {"label": label, "dimension": "mV", "sample_frequency": RATE_HZ,
                                   "physical_min": -3.0, "physical_max": 3.0, "digital_min": -32768,
                                   "digital_max": 32767, "transducer": "", "prefilter": ""})  # fmt: skip
    writer.writeSamples(list(channels.values()))
    writer.close()
    return path


def test_edf_gives_its_ecg(edf: Path) -> None:
    recording = read_recording(edf)
    assert [beat.rr_ms for beat in recording.beats[1:]] == pytest.approx([860.0] * 45, rel=0.01)
    assert recording.said == "EDF; ECG at 250 Hz"


@pytest.mark.parametrize("name", ["ride.fit", "night.edf", "r1.atr"])
def test_a_missing_library_is_said_with_what_to_install(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = {"ride.fit": "fitdecode", "night.edf": "pyedflib", "r1.atr": "wfdb"}[name]
    monkeypatch.setitem(sys.modules, library, None)
    path = tmp_path / name
    path.write_bytes(
        {"ride.fit": b"\x0e\x20\x34\x08.....FIT..", "night.edf": b"0       "}.get(name, b"\x00\x70")
    )
    with pytest.raises(RecordingError, match=rf"needs the library {library}.*calando\[files\]"):
        read_recording(path)


def test_a_packed_edf_is_told_to_be_unpacked_and_a_packed_fit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "night.edf.gz"
    path.write_bytes(gzip.compress(b"0       " + bytes(300)))
    with pytest.raises(RecordingError, match="unpack it"):
        read_recording(path)
    path = tmp_path / "ride.fit.gz"
    path.write_bytes(gzip.compress(fit(rows(()))))
    assert len(read_recording(path).beats) == 300


@pytest.mark.parametrize("begins", [b"\x0e\x20\x34\x08\xff\xff\xff\xff.FIT", b"0       X X X"])
def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path, begins: bytes) -> None:
    pytest.importorskip("fitdecode")
    pytest.importorskip("pyedflib")
    path = tmp_path / "broken.bin"
    path.write_bytes(begins + bytes(range(256)) * 4)
    with pytest.raises(RecordingError, match="damaged"):
        read_recording(path)


@pytest.mark.parametrize(
    ("begins", "says"), [(b"PK\x03\x04", "save it as CSV"), (b"%PDF-1.7", "PDF"), (b"\x93NUMPY", "savetxt")]
)
def test_what_people_hand_in_by_mistake_is_named(tmp_path: Path, begins: bytes, says: str) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(begins + bytes(200))
    with pytest.raises(RecordingError, match=says):
        read_recording(path)
