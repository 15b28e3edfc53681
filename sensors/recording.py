"""The door to recordings of hearts on disk: RR intervals, ECG and PPG, read whatever dirt lies between them.

Understood are: RR one a line, all on one line, or in a column (`rr_ms`, `RR-interval [ms]`, `ibi`, ...)
beside a column of times in whatever unit; a column `ecg` or `ppg` with such times or `?rate=HZ`; samples
alone with `?rate=HZ`; any other table with `?column=NAME`; exports of Polar Sensor Logger, OpenHRV,
HRV4Training, HRV Logger, Elite HRV, emWave, Empatica, Polar HRM and Apple's ECG; and FIT, WFDB and EDF with
the extra `calando[files]`. Text may be gzipped. How a file was understood is said in `Recording.said`.
"""

from __future__ import annotations

from pathlib import Path

from sensors.recordings.recording import Recording as Recording
from sensors.recordings.recording import RecordingError as RecordingError
from sensors.recordings.recording import merged as merged
from sensors.recordings.samples import Kind as Kind
from sensors.recordings.samples import check_rate
from sensors.recordings.tables import Wanted


def read_recording(
    path: Path, rate_hz: float | None = None, signal: Kind | None = None, column: str | None = None
) -> Recording:
    """Read `path`; `rate_hz` and `signal` ("ecg" or "ppg") for samples without times or names, `column` for
    a table whose names tell nothing.

    Raises RecordingError where the file is missing, unreadable, too large, empty, no heart's or the rate
    impossible.
    """
    from sensors.recordings.formats import read_format

    check_rate(rate_hz, path.name)
    return read_format(path, Wanted(rate_hz, signal, column))
