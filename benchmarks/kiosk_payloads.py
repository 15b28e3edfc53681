"""Claim: whatever is sent to a kiosk's command topic, it is a command within its range or changes nothing.

First 100,000 payloads go straight to the check: four in five are commands that were damaged (bits, bytes,
numbers, names, ends, depths), one in five are of Hypothesis' own invention. Each becomes a command of the
table with a value in its range, or one sentence. Those that became none are then sent in part through a real
Mosquitto to the real process that speaks for a kiosk, while a sitting plays; among them is a command now and
then that must still come through. At the end the sitting's samples must be those of one that nobody touched.

    python benchmarks/kiosk_payloads.py [--payloads 100000] [--sent 10000] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from report import show_table, write_json
from rich.progress import track

sys.path.append(str(Path(__file__).parents[1]))

from engine.kiosk.command import COMMANDS, Command
from engine.kiosk.config import config_of
from engine.kiosk.fleet.acceptance import RefusedError, accepted
from engine.kiosk.fleet.companion import Companion
from engine.kiosk.state import Doing, State
from engine.player import OfflineOutput
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor
from tests.kiosk.broker import LACKING, MOSQUITTO, Broker, Reader, until

INVENTED = 0.2
"""Share of Hypothesis."""

CANARY_EVERY = 500
"""Payloads between two commands that must come through."""

RATE_HZ, HEART = 48_000, "sim:seed=5"

STEMS = [
    json.dumps({"command": name} | more).encode()
    for name, row in COMMANDS.items()
    for more in (
        {"value": row.low} if row.unit else {"value": row.words[0]} if row.words else {},
        {"value": row.high, "id": "a.b:1"} if row.unit else {"id": "x"},
    )
]
EXTREMES = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0", b"9" * 60, b"1e-400", b"true", b"null", b'"-3"',
    b"[]", b"{}", b"0x10", b"-24.0000001", b"1440.1", "٣".encode(),
)  # fmt: skip
PIECES = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\\ud800", b"\\u0000", b'"',
    b"{", b"[" * 200, b'{"command":' * 20, b"}" * 9, b",", b":", b"//", b"\r\n", "\u202e".encode(),
    b"$(reboot)", b'"command":"restart",', b"../../etc/passwd", b"%s%n", b"A" * 300,
)  # fmt: skip


def damaged(chance: random.Random) -> bytes:
    """A command, spoilt in one to four ways."""
    payload = bytearray(chance.choice(STEMS))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(payload) + 1)
        match chance.randrange(8):
            case 0 if payload:
                payload[at % len(payload)] ^= 1 << chance.randrange(8)
            case 1:
                payload[at:at] = chance.choice(PIECES)
            case 2:
                del payload[at : at + chance.randint(1, 12)]
            case 3:
                payload[at:at] = payload[at : at + chance.randint(1, 40)]
            case 4:
                del payload[at:]
            case 5:
                numbers = list(re.finditer(rb"-?\d+(\.\d+)?", payload))
                if numbers:
                    number = chance.choice(numbers)
                    payload[number.start() : number.end()] = chance.choice(EXTREMES)
            case 6:
                payload[at:at] = chance.randbytes(chance.randint(1, 30))
            case _:
                other = chance.choice(STEMS)
                payload[at:] = other[chance.randrange(len(other)) :]
    return bytes(payload)


def invented(count: int, seed: int) -> list[bytes]:
    """So many of Hypothesis' own."""
    names = st.sampled_from([*COMMANDS, "command", "value", "id"]) | st.text(max_size=12)
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | names,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=8,
    )
    objects = st.fixed_dictionaries({"command": names}, optional={"value": values, "id": values})
    written = (objects | values).map(lambda value: json.dumps(value).encode())
    texts = st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    found: list[bytes] = []

    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], derandomize=seed == 1,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(written | st.binary(max_size=400) | texts)
    def collect(payload: bytes) -> None:
        found.append(payload)

    collect()
    return found


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--payloads", type=int, default=100_000)
    asked.add_argument("--sent", type=int, default=10_000, help="of those, through a real broker; 0 for none")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    chance = random.Random(options.seed)
    payloads = invented(round(options.payloads * INVENTED), options.seed)
    quiet = not sys.stderr.isatty()
    payloads += [damaged(chance) for _ in range(options.payloads - len(payloads))]
    chance.shuffle(payloads)
    checked = check(track(payloads, "Checking ...", disable=quiet))
    rows = [
        ["payloads; of them different", f"{len(payloads)}; {len(set(payloads))}"],
        ["became a command within its range", str(checked["commands"])],
        ["refused in one sentence", str(sum(checked["refused"].values()))],
        ["anything else", str(len(checked["wrong"]))],
        ["one check, median; 99.9 %; worst", "; ".join(f"{us:.1f} µs" for us in checked["us"])],
        *(["  refused: " + why, str(count)] for why, count in checked["refused"].most_common()),
    ]
    found: dict[str, Any] = {"seed": options.seed, **checked}
    if options.sent and MOSQUITTO is None:
        print(LACKING, file=sys.stderr)
    elif options.sent:
        refused = list(dict.fromkeys(checked.pop("not_commands")))[: options.sent]
        found["broker"] = broker = sent(refused)
        rows += [
            ["sent through a broker", str(broker["sent"])],
            ["commands between them; done", f"{broker['canaries']}; {broker['done']}"],
            ["others done", str(broker["others"])],
            ["samples of the sitting; that differ", f"{broker['samples']}; {broker['differing']}"],
            ["the process is still the same one", "yes" if broker["same_process"] else "NO"],
            ["its memory before; after", f"{broker['rss_mb'][0]:.1f} MB; {broker['rss_mb'][1]:.1f} MB"],
        ]
    found.pop("not_commands", None)
    show_table("Payloads on the command topic", ["", "figure"], rows)
    print(f"Written to {write_json('kiosk_payloads', found)}")
    return 0 if well(found) else 1


def well(found: dict[str, Any]) -> bool:
    """Whether it is as is claimed."""
    broker = found.get("broker")
    return not found["wrong"] and (
        broker is None
        or (broker["done"] == broker["canaries"] and broker["others"] == broker["differing"] == 0
            and broker["same_process"])
    )  # fmt: skip


def check(payloads: Iterator[bytes]) -> dict[str, Any]:
    """What became of each."""
    reasons: Counter[str] = Counter()
    commands, wrong, not_commands, us = 0, list[str](), list[bytes](), list[float]()
    for payload in payloads:
        began = time.perf_counter_ns()
        try:
            command = accepted(payload).command
        except RefusedError as refused:
            us.append((time.perf_counter_ns() - began) / 1000.0)
            words = str(refused)
            reasons[reason(words)] += 1
            not_commands.append(payload)
            if not words.isprintable() or len(words) > 400:
                wrong.append(repr(payload))
            continue
        except Exception as other:  # the finding
            wrong.append(f"{payload!r}: {other!r}")
            continue
        us.append((time.perf_counter_ns() - began) / 1000.0)
        commands += 1
        if len(payload) > 256 or not meant(command):
            wrong.append(repr(payload))
    us.sort()
    return {
        "commands": commands, "refused": reasons, "wrong": wrong, "not_commands": not_commands,
        "us": (statistics.median(us), us[int(0.999 * len(us))], us[-1]),
    }  # fmt: skip


def meant(command: Command) -> bool:
    row = COMMANDS[command.name]
    if row.unit:
        return row.low <= command.value <= row.high
    return command.value in row.words if row.words else command.value is None


def reason(words: str) -> str:
    """A refusal's kind: its sentence without what was sent."""
    known = {
        "at most": "too long", "UTF-8": "not UTF-8", "is JSON": "not JSON", "is an object": "no object",
        "twice": "a field twice", "no field": "an unknown field", "called by a word": "no name",
        "no command": "an unknown name", "An id": "no id", "finite numbers": "NaN or infinite",
        "takes no value": "a value where none is taken", "must be a number": "no number",
        "must lie": "out of its range", "must be one of": "none of its words",
    }  # fmt: skip
    return next((kind for part, kind in known.items() if part in words), words)


class Orders:
    """Takes commands, in the place of a supervisor."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def accept(self, command: Command) -> str:
        self.names.append(command.name)
        return "Done."

    def are(self, many: int) -> bool:
        return len(self.names) >= many


def sent(payloads: list[bytes]) -> dict[str, Any]:
    """All of them to a kiosk, while a sitting plays in the same process."""
    orders, sound = Orders(), list[np.ndarray]()
    state = State(Doing.VISIT, sound_ok=True)
    with TemporaryDirectory() as folder, Broker(Path(folder), ["max_queued_messages 0"]) as broker:
        mqtt = {"host": "127.0.0.1", "port": broker.port}
        companion = Companion(config_of({"name": "foyer", "mqtt": mqtt}), orders, lambda _: None)
        music = playing(sound, in_step=True)
        try:
            with Reader(broker.port) as reader:

                def online() -> bool:
                    companion.tell(state)
                    return reader.newest.get("calando/foyer/availability") == b"online"

                until(online, "it is online")
                pid, before_mb = companion.pid, memory_mb(companion.pid)
                canaries = 0
                quiet = not sys.stderr.isatty()
                for number, payload in enumerate(track(payloads, "Sending ...", disable=quiet)):
                    reader.send("calando/foyer/command", payload)
                    if number % CANARY_EVERY == CANARY_EVERY - 1:
                        companion.tell(state)
                        reader.send("calando/foyer/command", b'{"command":"identify"}')
                        canaries += 1
                        until(partial(orders.are, canaries), "a command between them comes through")
                figures = {
                    "sent": len(payloads), "canaries": canaries, "done": orders.names.count("identify"),
                    "others": len(orders.names) - orders.names.count("identify"),
                    "same_process": companion.pid == pid, "rss_mb": (before_mb, memory_mb(pid)),
                }  # fmt: skip
        finally:
            companion.close()
            frames = sum(map(len, sound))  # before the end, which is another one in each
            music()
    touched = np.concatenate(sound)[:frames]
    alone: list[np.ndarray] = []
    end = playing(alone)
    until(lambda: sum(map(len, alone)) >= len(touched), "the sitting alone", 600.0)
    end()
    return figures | {
        "samples": len(touched),
        "differing": int((np.concatenate(alone)[: len(touched)] != touched).any(axis=1).sum()),
        "cpu_s": resource.getrusage(resource.RUSAGE_SELF).ru_utime,
    }


def playing(sound: list[np.ndarray], *, in_step: bool = False) -> Callable[[], None]:
    """Begin the sitting in a thread, four hours of it, in step with the wall clock or as quickly as it goes;
    what is returned ends it."""
    asked = Asked("relax", sensor=HEART, seed=1, duration=4 * 3600.0)
    output = OfflineOutput(RATE_HZ, "Playing to nowhere.", sound.append, in_step=in_step)
    played = Sitting(prepared(asked), open_sensor(HEART), output)
    entered = played.__enter__()
    thread = threading.Thread(target=entered.run)
    thread.start()

    def end() -> None:
        entered.stop()
        thread.join()
        played.__exit__(None, None, None)

    return end


def memory_mb(pid: int | None) -> float:
    """Resident memory of a process, MB."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1000.0


if __name__ == "__main__":
    sys.exit(main())
