"""Apple Health: export.xml, of any size, read tag by tag.

Layout: `<Record type="HKQuantityTypeIdentifier..." sourceName device unit startDate value>`, times as
"2026-11-26 03:10:00 +0100" on the phone's clock (Apple, HealthKit, HKQuantityTypeIdentifier). The heart's
variation is SDNN; since iOS 27 there is RMSSD besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import nan
from xml.parsers import expat

from engine.past.parts import Part
from engine.past.reading import Figure, PastError, Reading, part_of_day
from engine.past.values import day_of, device_name, number

TYPES = {
    "HKQuantityTypeIdentifierRestingHeartRate": Figure.RESTING,
    "HKQuantityTypeIdentifierHeartRateVariabilityRMSSD": Figure.RMSSD,
    "HKQuantityTypeIdentifierHeartRateVariabilitySDNN": Figure.SDNN,
}
UNITS = {
    Figure.RESTING: {"count/min": 1.0, "bpm": 1.0, "count/s": 60.0, "hz": 60.0},
    Figure.RMSSD: {"ms": 1.0, "s": 1000.0},
    Figure.SDNN: {"ms": 1.0, "s": 1000.0},
}
"""What each unit is in the figure's own; a reading in another is none."""

CHUNK_BYTES = 2**18
LONGEST_TAG_BYTES = 2**20
"""A tag that is not over after so much is none: the parser would hold it all. Health's have some hundreds."""


def read(part: Part) -> Iterator[Reading]:
    """Raises PastError."""
    found: list[Reading] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Record" and (figure := TYPES.get(attributes.get("type", ""))) is not None:
            found.extend(_reading(figure, attributes))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refused
    fed = 0
    with part.stream() as stream:
        try:
            while chunk := stream.read(CHUNK_BYTES):
                parser.Parse(chunk, False)
                yield from found
                found.clear()
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > LONGEST_TAG_BYTES:
                    raise PastError("it holds a tag without an end; export it again.")
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as wrong:
            if isinstance(wrong, PastError):
                raise
            raise PastError("its XML is cut short or damaged; export it again.") from None
    yield from found


def _refused(*_: object) -> None:
    raise PastError("its XML declares entities, as no export of Health does; export it again.")


def _reading(figure: Figure, attributes: dict[str, str]) -> Iterator[Reading]:
    begun = attributes.get("startDate", "")
    day = day_of(begun)
    if day is None:
        return
    times = UNITS[figure].get(attributes.get("unit", "").strip().lower(), nan)
    hour = re.match(r"[\d-]{10}[ T](\d\d):", begun)
    when = "" if figure is Figure.RESTING or hour is None else part_of_day(int(hour[1]))
    yield Reading(figure, day, number(attributes.get("value")) * times, when, _device(attributes), begun)


def _device(attributes: dict[str, str]) -> str:
    """Of `<<HKDevice: 0x2>, name:Apple Watch, ..., hardware:Watch7,5, ...>`, or the source's name."""
    told = attributes.get("device", "")
    name = re.search(r"name:([^,>]+)", told)
    kind = re.search(r"hardware:(\w+\d+,\d+)", told)
    source = device_name(name[1] if name else attributes.get("sourceName", ""))
    return f"{source} ({kind[1]})" if kind and source else source
