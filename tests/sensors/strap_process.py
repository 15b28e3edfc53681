"""A strap listened to as a sitting does, in a process of its own: one JSON object a line on standard output.

`mono` is time.monotonic(), which all processes of one computer share.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sensors.beat import BadPacket, LinkChange, Measurement, TimedBeat
from sensors.spec import open_sensor


def main() -> None:
    began_s = time.monotonic()
    sensor = open_sensor(sys.argv[1])
    sensor.open()
    while True:
        now_s = time.monotonic() - began_s
        for event in sensor.poll(now_s):
            line: dict[str, object] = {"mono": began_s + event.arrival_s, "type": type(event).__name__}
            match event:
                case Measurement():
                    line |= {"rr": event.rr_ticks, "bpm": event.bpm, "contact": event.contact}
                case TimedBeat():
                    line |= {"beat": began_s + event.t_s, "rr_ms": event.rr_ms}
                case LinkChange():
                    line |= {"link": event.link.value, "words": event.words}
                case BadPacket():
                    line |= {"raw": event.raw.hex(), "why": event.why}
            print(json.dumps(line), flush=True)
        time.sleep(0.05)


if __name__ == "__main__":
    main()
