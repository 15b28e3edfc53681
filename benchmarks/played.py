"""Playing along, measured: from a note's own time to its first sample, at every period, beside a C client.

A MIDI sender and a listener in C (realtime/note_to_sound.c) play on a JACK dummy device: the sender's notes
fall on random places of a period, the listener tells how many frames later each is heard. An idle client in C
plays beside them. Told with each run: by how much two notes in turn are further apart or nearer than they
were sent, the load of the machine, and the xruns that the server reported. Where the server skips a cycle
all frames jump by whole periods, and what came in it is lost for every client: how many notes had one in
their midst is told, and what is called whole is measured of the others; so is the spacing.

With --hold the interpreter is held 1.9 s of every 2, of the engine's process and of the one that has the
callback (realtime/held).

With --again a sitting in which 2,000 notes are played along is rendered again from its journal, and compared.

With --rtmidi the note comes by RtMidi and the sound goes by PortAudio, as they do where there is no JACK;
both are given a JACK server here all the same, for its clock.

usage: python benchmarks/played.py [--notes 200] [--periods 64 128 256 1024] [--hold] [--rtmidi] [--again]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jack_dummy
import numpy as np
from report import show_table, write_json

from dsp.limiter import LATENCY
from dsp.quantum import QUANTUM

HERE = Path(__file__).parent
PERIODS = (64, 128, 256, 1024)
SITTING_S, NOTES_AGAIN = 60.0, 2000
BY_JACK = "Calando:play_along", "Calando:out_left"
BY_RTMIDI = "Calando-01:play along", "PortAudio.*:out_0"
"""Where the engine hears keys and where it sounds; RtMidi's first client only lists sources."""
SOONEST_FRAMES = LATENCY - QUANTUM
"""The limiter looks so far ahead; what is louder than silence sooner is the tail of the note before."""

MEDIAN_FRAMES, RARE_FRAMES = 110, 200
"""What DOORS.md 7 asks for: the median, and the 99.9th percentile."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=200)
    parser.add_argument("--periods", type=int, nargs="+", default=PERIODS)
    parser.add_argument("--hold", action="store_true", help="Hold the interpreter 1.9 s of every 2.")
    parser.add_argument("--rtmidi", action="store_true", help="By RtMidi and PortAudio.")
    parser.add_argument("--again", action="store_true", help="Render 2,000 played notes again, and compare.")
    arguments = parser.parse_args()
    if arguments.again:
        return again()
    if lacking := jack_dummy.missing():
        print(f"There is no JACK dummy device here: {', '.join(lacking)} not found.", file=sys.stderr)
        return 1
    ports = BY_RTMIDI if arguments.rtmidi else BY_JACK
    runs = [measured(period, arguments.notes, ports, hold=arguments.hold) for period in arguments.periods]
    title = f"From a note to its first sample, frames; {arguments.notes} notes each"
    show_table(title, list(runs[0]), [[str(value) for value in run.values()] for run in runs])
    write_json("played" + "_held" * arguments.hold + "_rtmidi" * arguments.rtmidi, runs)
    return 0


def again() -> int:
    """A sitting of which every sample is compared with what its journal gives."""
    from dsp.touch import KEYBOARD, NOTE_OFF, NOTE_ON, PEDAL, Touch
    from engine.along import Along
    from engine.journal.rendition import Rendition
    from engine.journal.store import Store
    from engine.player import OfflineOutput
    from engine.session import Moment
    from engine.sitting.asked import Asked, prepared
    from engine.sitting.sitting import Sitting
    from sensors.spec import open_sensor

    draw, sound = np.random.default_rng(1), list[Any]()

    class Plays:
        def moment(self, _moment: Moment) -> None:
            keys = [int(key) for key in draw.integers(40, 90, 4)]
            touches = [Touch(NOTE_OFF, KEYBOARD, key) for key in draw.integers(40, 90, 8).tolist()]
            touches += [Touch(NOTE_ON, KEYBOARD, key, float(draw.random())) for key in keys]
            sitting.touch([*touches, Touch(PEDAL, KEYBOARD, 0, float(draw.random()))])

    with TemporaryDirectory() as folder:
        plan = prepared(Asked("relax", sensor="sim", seed=2, duration=SITTING_S))
        output = OfflineOutput(48_000, "Nowhere.", lambda heard: sound.append(heard.copy()))
        sitting = Sitting(plan, open_sensor("sim"), output, data=Path(folder), along=Along(pull=0.3))
        with sitting:
            sitting.watchers.add(Plays(), at_once=True)
            sitting.run()
        with Store(Path(folder)) as store:
            record = store.read(sitting.id)
    played = [each for each in record.played if each.touch.kind == NOTE_ON]
    rendered = np.concatenate(list(Rendition.of(record).portions()))
    same = np.array_equal(rendered, np.concatenate(sound)[: len(rendered)])
    of = f"{len(played)} notes in {len(rendered) / 48_000:.0f} s, rendered again"
    print(f"{of}: every sample the same: {same}")
    return 0 if same and len(played) >= NOTES_AGAIN else 1


def measured(period: int, notes: int, ports: tuple[str, str], *, hold: bool) -> dict[str, Any]:
    """One run at a period."""
    program = jack_dummy.compiled("note_to_sound")
    idle = jack_dummy.compiled("idle_client")
    with jack_dummy.JackServer(period) as server, TemporaryDirectory() as folder:
        held = Path(folder) / "held"
        paths = os.pathsep.join([str(HERE.parent), str(HERE / "realtime" / "held")])
        environment = server.environment | {"PYTHONPATH": paths, "CALANDO_HELD": str(held)}
        by = ["rtmidi"] if ports is BY_RTMIDI else []
        engine = [sys.executable, str(HERE / "realtime" / "along_sitting.py"), *by]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with (
            subprocess.Popen(engine, env=environment, **pipes) as plays,
            subprocess.Popen([str(idle)], env=environment, **pipes) as control,
        ):
            assert plays.stdout is not None
            plays.stdout.readline()
            if hold:
                held.touch()
            command = [str(program), *ports, str(notes), str(period)]
            heard = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            load = os.getloadavg()[0]
            late, _ = plays.communicate("")
            control.communicate("")
    *lines, last = heard.stdout.split("\n")[:-1]
    frames, skipped = np.array([line.split() for line in lines], dtype=int).T
    heard_at_all = frames >= SOONEST_FRAMES
    found, whole = frames[heard_at_all], frames[heard_at_all & (skipped == 0)]
    apart = np.abs(np.diff(whole))
    return {
        "period": period,
        "held": hold,
        "notes": len(frames),
        "unheard": int((frames < 0).sum()),
        "tails": int(((frames >= 0) & ~heard_at_all).sum()),
        "cycle skipped": int((skipped > 0).sum()),
        "median": round(float(np.median(found)), 1),
        "p99": round(float(np.percentile(found, 99)), 1),
        "p99.9": round(float(np.percentile(found, 99.9)), 1),
        "max": int(found.max()),
        "p99.9, whole": round(float(np.percentile(whole, 99.9)), 1),
        "max, whole": int(whole.max()),
        "spacing off, p99.9": round(float(np.percentile(apart, 99.9)), 1),
        "spacing off, max": int(apart.max()),
        "asked": f"{MEDIAN_FRAMES} / {RARE_FRAMES}",
        "late, ours": int(late.split()[-1]) if late.split() else -1,
        "late, listener in C": int(last.split()[1]),
        "xruns, server": server.xruns,
        "load": round(load, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
