"""Claim: a million random payloads raise nothing from the strap codecs but their own errors.

Purely random bytes for the Heart Rate Service; for Polar's service half of the headers are made plausible,
so that the bytes get past the first test.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from report import show_table, write_json
from rich.progress import track

from sensors.heart_rate_service import (
    HeartRateServiceError,
    decode_battery_percent,
    decode_measurement,
    decode_text,
)
from sensors.pmd import PmdError, decode_features, decode_frame, decode_response, decode_settings

Decode = Callable[[bytes], object]

CODECS: dict[str, tuple[Decode, type[ValueError], str]] = {
    "0x2A37 heart rate measurement": (decode_measurement, HeartRateServiceError, "plain"),
    "0x2A19 battery level": (decode_battery_percent, HeartRateServiceError, "plain"),
    "0x180A text": (decode_text, HeartRateServiceError, "plain"),
    "PMD data frame": (decode_frame, PmdError, "frame"),
    "PMD features": (decode_features, PmdError, "plain"),
    "PMD response": (decode_response, PmdError, "plain"),
    "PMD settings": (decode_settings, PmdError, "plain"),
}


def payloads(kind: str, count: int, rng: np.random.Generator) -> Iterator[bytes]:
    """Random bytes of 0 to 40 octets; with `frame`, every other one begins like a PMD frame."""
    chunk = 10_000
    for start in range(0, count, chunk):
        lengths = rng.integers(0, 41, min(chunk, count - start))
        pool = rng.bytes(int(lengths.sum()))
        kinds, types = rng.integers(0, 4, len(lengths)), rng.choice([0, 1, 2, 0x80, 0x81], len(lengths))
        at = 0
        for i, length in enumerate(lengths):
            raw = pool[at : at + length]
            at += length
            if kind == "frame" and i % 2:
                raw = bytes([kinds[i]]) + bytes(8) + bytes([types[i]]) + raw
            yield raw


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--count", type=int, default=1_000_000, help="payloads for each codec")
    words.add_argument("--seed", type=int, default=1)
    chosen = words.parse_args()

    figures, rows = {}, []
    for name, (decode, own_error, kind) in CODECS.items():
        rng = np.random.default_rng(chosen.seed)
        decoded, refused, took_s = 0, 0, 0.0
        others: dict[str, int] = {}
        for raw in track(payloads(kind, chosen.count, rng), name, total=chosen.count, transient=True):
            began_s = time.perf_counter()
            try:
                decode(raw)
                decoded += 1
            except own_error:
                refused += 1
            except Exception as error:
                others[repr(error)] = others.get(repr(error), 0) + 1
            took_s += time.perf_counter() - began_s
        microseconds = 1e6 * took_s / chosen.count
        figures[name] = {"decoded": decoded, "own_error": refused, "other_errors": others, "us": microseconds}
        rows.append([name, str(decoded), str(refused), str(sum(others.values())), f"{microseconds:.1f}"])
    columns = ["codec", "decoded", "own error", "any other error", "us each"]
    show_table(f"{chosen.count} random payloads each", columns, rows)
    write_json("strap_codec", figures)
    sys.exit("Some payload raised another error." if any(row[3] != "0" for row in rows) else 0)


if __name__ == "__main__":
    main()
