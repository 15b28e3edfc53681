"""Lines of text from a pulse sensor on a microcontroller: bytes in, samples out.

Read is what the sketches of the PulseSensor Playground print (its SerialOutput.cpp), and what one writes
oneself: one sample a line. Levels are in any unit.

    512              one sample
    S512             one sample; B72 (a rate) and Q833 (an interval) beside it are passed over, for the beats
                     are found here
    72,833,512       rate, interval, sample, as for the Arduino's plotter
    20480,512        the microcontroller's own milliseconds (millis()), and the sample
    Signal:512       names before numbers, as newer plotters want them
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

LONGEST = 200
"""Bytes of a line: what is longer is no line of these."""
GREATEST = 1e9
"""Above any converter's reach (24 bits are 1.7e7): what is greater was not measured."""

_NAMED = re.compile(r"^[A-Za-z_ ]*:")


@dataclass(frozen=True, slots=True)
class Sample:
    """One level; `stamp_s` is the microcontroller's own time in seconds, None where it tells none."""

    level: float
    stamp_s: float | None = None


class PulseLines:
    """Take the bytes as they come. `unread` is the last line that could not be read, or b""."""

    def __init__(self) -> None:
        self._rest = b""
        self.unread = b""

    def take(self, came: bytes) -> list[Sample]:
        """The samples of the lines that are whole now."""
        self.unread = b""
        *lines, rest = (self._rest + came).split(b"\n")
        self._rest = rest[-LONGEST:] if len(rest) <= LONGEST else b""
        if len(rest) > LONGEST:
            self.unread = rest[:LONGEST]
        samples: list[Sample] = []
        for line in lines:
            said = sample_of(line)
            if isinstance(said, Sample):
                samples.append(said)
            elif not said:
                self.unread = line[:LONGEST]
        return samples


def sample_of(line: bytes) -> Sample | bool:
    """The sample in one line; True where it rightly holds none, False where it cannot be read."""
    text = line.strip().decode("ascii", errors="replace")
    if not text or (text[0] in "BQ" and text[1:].isdecimal()):
        return True
    parts = [_NAMED.sub("", part.strip()) for part in text.removeprefix("S").replace("\t", ",").split(",")]
    try:
        values = [float(part) for part in parts]
    except ValueError:
        return False
    if len(values) > 3 or not all(isfinite(value) and abs(value) < GREATEST for value in values):
        return False
    return Sample(values[-1], values[0] / 1000.0 if len(values) == 2 else None)
