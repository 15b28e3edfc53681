"""Claim: whatever is sent to a kiosk's command topic, it is a command within its range or changes nothing.

First 100,000 payloads go straight to the check: nine in ten are commands that were damaged (bits, bytes,
numbers, names, ends, depths), one in ten is of Hypothesis' own invention. Each becomes a command of the
table with a value in its range, or one sentence. Those that became none are then sent in part through a real
Mosquitto to a real kiosk, which plays for a visitor (a simulated heart, samples to a file): its supervisor,
the process that plays and the one that speaks for it. Among them is a command now and then that must still
come through. At the end the samples must be those of a kiosk that nobody touched.

    python benchmarks/kiosk_payloads.py [--payloads 100000] [--sent 10000] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
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
from engine.kiosk.fleet.acceptance import RefusedError, accepted
from engine.kiosk.fleet.companion import Companion
from engine.kiosk.liveness import WARM_S, Liveness
from engine.kiosk.orders import Wanted
from engine.kiosk.process import Process
from engine.kiosk.supervisor import Supervisor
from engine.player import OfflineOutput
from tests.kiosk.broker import LACKING, MOSQUITTO, Broker, Reader, until

INVENTED = 0.1
"""Share of Hypothesis."""

CANARY_EVERY = 500
"""Payloads between two commands that must come through."""

CANARY = {"command": "today", "value": "file"}
"""It asks for what is so already, and is heard of in the log alone."""

HEARD_S = 3.0
"""By then a command is heard."""

RATE_HZ, HEART = 48_000, "sim:seed=5"

KIOSK = """
name = "foyer"
[visit]
straps = ["{heart}"]
length = "30m"
invitation = "off"
[mqtt]
host = "127.0.0.1"
port = {port}
"""

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
    if sys.argv[1:2] == ["--playing"]:
        return play(Path(sys.argv[2]))
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
        ["CPU of a check, median; 99.9 %; worst", "; ".join(f"{us:.1f} µs" for us in checked["us"])],
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
            ["frames played; that differ", f"{broker['samples']}; {broker['differing']}"],
            ["differing after one that is heard, `softer`", str(broker["after_softer"])],
            ["replacements of the engine", str(broker["faults"])],
            ["the process that speaks is still the same one", "yes" if broker["same_process"] else "NO"],
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
            and broker["same_process"] and broker["after_softer"] > 0)
    )  # fmt: skip


def check(payloads: Iterator[bytes]) -> dict[str, Any]:
    """What became of each."""
    reasons: Counter[str] = Counter()
    commands, wrong, not_commands, us = 0, list[str](), list[bytes](), list[float]()
    for payload in payloads:
        began = time.thread_time_ns()
        try:
            command = accepted(payload).command
        except RefusedError as refused:
            us.append((time.thread_time_ns() - began) / 1000.0)
            words = str(refused)
            reasons[reason(words)] += 1
            not_commands.append(payload)
            if not words.isprintable() or len(words) > 400:
                wrong.append(repr(payload))
            continue
        except Exception as other:  # the finding
            wrong.append(f"{payload!r}: {other!r}")
            continue
        us.append((time.thread_time_ns() - began) / 1000.0)
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


def sent(payloads: list[bytes]) -> dict[str, Any]:
    """All of them to a kiosk: its supervisor, and the process that plays with its samples kept in a file."""
    words: list[str] = []
    obeyed = f"Command {CANARY['command']}:"
    with TemporaryDirectory() as folder, Broker(Path(folder), ["max_queued_messages 0"]) as broker:
        file, kept = Path(folder) / "kiosk.toml", Path(folder) / "samples"
        file.write_text(KIOSK.format(port=broker.port, heart=HEART))
        command = (sys.executable, str(Path(__file__).resolve()), "--playing", str(kept))

        def start(device: str, now_s: float) -> Process:
            process = Process(device, now_s, command)
            process.liveness = Patient(now_s)
            return process

        supervisor = Supervisor(file, Path(folder) / "state", log=words.append, fleet=Companion, start=start)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        try:
            with Reader(broker.port) as reader:
                reader.wait("calando/foyer/state", lambda told: b'"visit"' in told, WARM_S)
                (pid,) = speakers()
                before_mb, canaries, quiet = memory_mb(pid), 0, not sys.stderr.isatty()
                for number, payload in enumerate(track(payloads, "Sending ...", disable=quiet)):
                    reader.send("calando/foyer/command", payload)
                    if number % CANARY_EVERY == CANARY_EVERY - 1:
                        reader.send("calando/foyer/command", json.dumps(CANARY).encode())
                        canaries += 1
                        until(partial(many, words, obeyed, canaries), "a command between them comes through")
                figures = {
                    "sent": len(payloads), "canaries": canaries, "done": count(words, obeyed),
                    "others": count(words, "Command ") - canaries, "same_process": speakers() == [pid],
                    "rss_mb": (before_mb, memory_mb(pid)), "faults": supervisor.state.faults,
                }  # fmt: skip
                frames = kept.stat().st_size // SAMPLES.itemsize
                reader.send("calando/foyer/command", b'{"command":"softer"}')
                until(partial(many, words, "Command softer:", 1), "a command that is heard")
                time.sleep(HEARD_S)
                heard = kept.stat().st_size // SAMPLES.itemsize  # before the end, which is asked for
        finally:
            supervisor.end()
            thread.join()
        touched = np.fromfile(kept, SAMPLES, heard)
        wanted = Wanted.from_json(json.loads(kept.with_suffix(".wanted").read_text()))
    differing = untouched(wanted, heard) != touched
    return figures | {
        "samples": frames, "differing": int(differing[:frames].sum()),
        "after_softer": int(differing[frames:].sum()),
    }  # fmt: skip


class Patient(Liveness):
    """A process is not replaced because this machine is busy: that is not what is asked here."""

    def trouble(self, now_s: float) -> str:  # noqa: ARG002 — the protocol's
        return ""


SAMPLES = np.dtype((np.void, 8))
"""Both channels of a frame, bit for bit."""


def count(words: list[str], beginning: str) -> int:
    return sum(each.startswith(beginning) for each in words)


def many(words: list[str], beginning: str, least: int) -> bool:
    return count(words, beginning) >= least


def speakers() -> list[int]:
    """The processes that speak for a kiosk, of those that this one has started."""
    started = [
        int(child)
        for file in Path("/proc/self/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return [each for each in started if b"kiosk.fleet.process" in Path(f"/proc/{each}/cmdline").read_bytes()]


class Paced(OfflineOutput):
    """Renders in step with the wall clock, but tells the time by its frames alone."""

    def advance(self, until_frame: int) -> None:
        time.sleep(max(0.0, self._began_s + until_frame / self.rate_hz - time.monotonic()))
        super().advance(until_frame)

    def leave(self) -> None:
        """As engine.kiosk.band.Band."""


def play(kept: Path) -> int:
    """engine.kiosk.playing as it is, but for its sound card and its chance: samples go to a file."""
    from engine.kiosk import house, playing

    def begin(desk: playing.Desk, _tell: object, _at_hand: None) -> playing.Desk:
        desk.orders.may_listen = True  # as from the first sample on: it would be told so once it sounds
        kept.with_suffix(".wanted").write_text(json.dumps(asdict(desk.orders.wanted)))
        return desk

    def band(_device: object) -> Paced:
        return Paced(RATE_HZ, "Playing to a file.", kept.open("wb", buffering=0).write)

    house.SystemRandom, playing._device, playing.Band = Same, begin, band  # type: ignore[misc,assignment]
    playing._sound_process = lambda: None  # type: ignore[assignment]
    playing.main()
    return 0


class Same(random.Random):
    """A visit's chance, the same each time."""

    def __init__(self) -> None:
        super().__init__(1)


def untouched(wanted: Wanted, frames: int) -> np.ndarray:
    """So many frames of the same day with no supervisor and no broker, as quickly as it goes."""
    from engine.kiosk import house
    from engine.kiosk.strap_pool import straps_of

    house.SystemRandom = Same  # type: ignore[misc,assignment]
    orders, sound = house.Orders(wanted), list[bytes]()

    def keep(part: np.ndarray) -> None:
        sound.append(part.tobytes())
        orders.leaving = len(sound) * len(sound[0]) > (frames + 2 * RATE_HZ) * SAMPLES.itemsize

    house.House(OfflineOutput(RATE_HZ, "Rendering.", keep), straps_of, orders, lambda _: None).run()
    return np.frombuffer(b"".join(sound), SAMPLES, frames)


def memory_mb(pid: int | None) -> float:
    """Resident memory of a process, MB."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1000.0


if __name__ == "__main__":
    sys.exit(main())
