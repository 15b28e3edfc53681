"""An export of Apple Health of years, gigabytes long, against `calando usual import`: memory, time, figures.

    python benchmarks/usual_import.py [--gigabytes 2] [--zipped]

The export is made here, written by hand from Health's documented layout: records of every kind that a watch
makes, a thousand a day, with resting rates and variation among them. Each size, from a hundredth to the
whole, is imported by a process of its own, whose largest memory (resident, as the system counted it) and
processor time are told beside the size, and whose figures must be those of the last month. Exits with 1 where
a figure is wrong, or the largest takes over 16 MB more than the smallest.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from report import show_table, write_json
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.engine.exports import APPLE_HEAD, WATCH, apple_record

ROOT = Path(__file__).parent.parent
LAST = date.today() - timedelta(days=1)
RESTING_BPM, RMSSD_MS = 58.0, 44.0
KINDS = ("HeartRate", "StepCount", "ActiveEnergyBurned", "BasalEnergyBurned", "DistanceWalkingRunning")
ALLOWED_MB = 16.0


def day_of_records(day: date, far: bool) -> str:
    """A thousand records, as a watch makes them; `far` days lie off what the last month must come to."""
    off = 20.0 if far else 0.0
    lines = [
        apple_record(KINDS[n % len(KINDS)], 60 + n % 40, "count/min",
                     f"{day} {n // 42:02}:{n % 60:02}:07 +0100", WATCH)
        for n in range(990)
    ]  # fmt: skip
    lines.append(apple_record("RestingHeartRate", RESTING_BPM + off, "count/min", f"{day} 00:03:00 +0100"))
    for hour in range(9):
        at = f"{day} {hour:02}:10:00 +0100"
        kind = "HeartRateVariabilityRMSSD" if hour % 2 else "HeartRateVariabilitySDNN"
        lines.append(apple_record(kind, RMSSD_MS + off, "ms", at, WATCH))
    return "".join(lines)


def whole(size: int) -> Iterator[str]:
    """An export of about `size` bytes, whose days end yesterday."""
    count = max(40, size // len(day_of_records(LAST, False).encode()))
    yield APPLE_HEAD
    for ago in range(count - 1, -1, -1):
        yield day_of_records(LAST - timedelta(days=ago % 9000), ago >= 30)
    yield "</HealthData>\n"


def made(path: Path, size: int) -> None:
    if path.suffix == ".zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("apple_health_export/export.xml", "w", force_zip64=True) as file,
        ):
            for text in whole(size):
                file.write(text.encode())
        return
    with path.open("w", encoding="utf-8") as file:
        file.writelines(whole(size))


def imported(path: Path, folder: Path) -> tuple[float, float, float, dict[str, float]]:
    """Largest memory in MB, processor and wall seconds, and the figures that are shown afterwards."""
    command = [sys.executable, "-c", "from engine.cli.main import main; main()", "usual"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CALANDO_DATA": str(folder)}
    began = time.perf_counter()
    child = os.posix_spawn(sys.executable, [*command, "import", str(path)], environment)
    _, status, used = os.wait4(child, 0)
    took = time.perf_counter() - began
    if status:
        raise SystemExit(f"The import of {path} failed.")
    reading, writing = os.pipe()
    child = os.posix_spawn(
        sys.executable, [*command, "show", "--json"], environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)],
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as told:
        figures = json.loads(told.read())["figures"]
    os.waitpid(child, 0)
    values = {name: each["value"] for name, each in figures.items()}
    return used.ru_maxrss / 1024.0, used.ru_utime + used.ru_stime, took, values


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the largest (2)")
    parser.add_argument("--zipped", action="store_true", help="as export.zip, as Health writes it")
    arguments = parser.parse_args()
    rows: list[list[str]] = []
    figures: list[dict[str, object]] = []
    with TemporaryDirectory() as name:
        for share in track((0.01, 0.1, 1.0), "Exports", transient=True):
            path = Path(name) / ("export.zip" if arguments.zipped else "export.xml")
            made(path, int(share * arguments.gigabytes * 1e9))
            unpacked = path.stat().st_size
            if arguments.zipped:
                with zipfile.ZipFile(path) as archive:
                    unpacked = archive.infolist()[0].file_size
            peak_mb, cpu_s, wall_s, values = imported(path, Path(name) / "data")
            path.unlink()
            right = values == {"resting": RESTING_BPM, "rmssd": RMSSD_MS}
            megabytes = unpacked / 1e6
            rows.append([f"{megabytes:,.0f} MB", f"{peak_mb:.1f} MB", f"{cpu_s:.1f} s",
                         f"{megabytes / cpu_s:.0f} MB/s", f"{wall_s:.1f} s",
                         "yes" if right else str(values)])  # fmt: skip
            figures.append({"megabytes": megabytes, "peak_mb": peak_mb, "cpu_s": cpu_s, "wall_s": wall_s,
                            "values": values, "right": right})  # fmt: skip
    show_table(
        "calando usual import of an Apple Health export" + (", zipped" if arguments.zipped else ""),
        ["unpacked", "peak memory", "processor", "rate", "wall", "figures right"], rows,
    )  # fmt: skip
    print(f"Written to {write_json('usual_import', figures)}")
    peaks = [float(str(each["peak_mb"])) for each in figures]
    return 0 if all(each["right"] for each in figures) and max(peaks) - min(peaks) <= ALLOWED_MB else 1


if __name__ == "__main__":
    sys.exit(main())
