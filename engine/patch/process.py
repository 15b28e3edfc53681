"""The process that plays a patch with pyo: takes what the music is, and gives back so many frames of sound.

pyo holds the interpreter for whole blocks, and a patch is a program of somebody's own; so both live here, and
nothing that they do reaches the music. It renders in blocks of a quantum, never by a clock (pyo's `manual`
server), so the same requests and the same seed make the same samples, live and offline.

The first line of standard input is {"file": PATH, "rate_hz": HZ, "seed": N}; each later one

    {"frames": N, "values": {"tempo": 60.0, ...},
     "notes": [[frame, pitch, velocity, seconds, pan, instrument], ...]}

where a note's frame counts from the first of the request. Every answer has a header, kind and length: SOUND,
interleaved float32, or WORDS, a sentence in UTF-8. The first one is READY, or WORDS and the end.
"""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import sys
from collections import deque
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from dsp.quantum import QUANTUM
from sensors.extra import ExtraError, imported

HEADER = struct.Struct("<II")
READY, SOUND, WORDS = range(3)

VALUES = {
    "tempo": 60.0, "density": 0.0, "brightness": 0.4, "breath": 0.0, "level": 1.0, "heart": 70.0,
    "home": 60.0,
}  # fmt: skip
"""What a patch can follow, and what it is before the music says."""

GLIDE_S = 0.15
"""Values come ten times a second and are gone to in straight lines. Our own choice."""

MOST_NOTES, RINGS_S = 32, 8.0
"""Notes that sound at once, and in a request, at most; how long one is kept after its end. Our own choice."""


class PatchError(Exception):
    """What is wrong with a patch, in one sentence."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note that the music would have played."""

    pitch: float
    """MIDI note number, fractions allowed."""
    velocity: float
    """0 to 1."""
    seconds: float
    pan: float
    """-1 (left) to 1 (right)."""
    instrument: str


class Body:
    """What a patch follows, each a signal of pyo's.

    tempo       beats a minute               breath   0 (out) to 1 (in), the music's own
    density     onsets a second, 0 to 2.5    level    what hands ask of it, 0 to 1; it is heeded already
    brightness  0 to 1                       heart    beats a minute; 70 where none is known
    home        the note at which the music is at home, MIDI
    """

    def __init__(self, pyo: Any) -> None:
        self.tempo, self.density, self.brightness, self.breath, self.level, self.heart, self.home = (
            pyo.SigTo(value, time=GLIDE_S, init=value) for value in VALUES.values()
        )


class Patch:
    """A patch that plays. Raises PatchError for one that cannot."""

    def __init__(self, file: Path, rate_hz: int, seed: int) -> None:
        try:
            with redirect_stdout(io.StringIO()):  # it writes there of windows, which nobody opens
                self._pyo: Any = imported("--synth pyo", "pyo", "pyo", "pyo")
        except ExtraError as missing:
            raise PatchError(str(missing)) from None
        self._name = file.name
        self._server: Any = self._pyo.Server(
            sr=rate_hz, nchnls=2, buffersize=QUANTUM, duplex=0, audio="manual"
        )
        self._server.setVerbosity(1)
        self._server.boot()
        self._server.setGlobalSeed(seed % 32768)
        self._server.start()
        self._rate_hz = rate_hz
        self._pyo.Server = self._no_server
        self._body = Body(self._pyo)
        self._module = self._loaded(file)
        self._sounding = self._mixed(self._called("patch", self._module.patch, self._body), "patch(body)")
        self._notes: deque[tuple[float, Any]] = deque()
        self._frame = 0
        self.complained = False
        import ctypes

        address = int(self._server.getOutputAddr(), 16)
        block = (ctypes.c_float * (2 * QUANTUM)).from_address(address)
        self._block = np.ctypeslib.as_array(block)

    def _loaded(self, file: Path) -> ModuleType:
        spec = spec_from_file_location("patch", file)
        if spec is None or spec.loader is None:
            raise PatchError(f"{file.name} is no Python file; a patch ends in .py.")
        module = module_from_spec(spec)
        self._called("", spec.loader.exec_module, module)
        if not callable(getattr(module, "patch", None)):
            raise PatchError(f"{self._name} has no function patch(body); it returns what shall sound.")
        return module

    def _no_server(self, *_: object, **__: object) -> Any:
        """As most programs of pyo's begin; a second one would end this process."""
        raise PatchError(
            f"{self._name} makes a Server; leave it out, for what patch(body) returns is played by Calando's."
        )

    def _called(self, what: str, function: Any, *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except PatchError:
            raise
        except BaseException as wrong:  # somebody's own program may end in any way
            said = " ".join(str(wrong).split())[:120]
            where = f"{what} in {self._name}" if what else self._name
            raise PatchError(f"{where} fails: {type(wrong).__name__}: {said}.") from None

    def _mixed(self, sound: Any, what: str) -> Any:
        """Onto both sides, at the level that hands ask for."""
        if not isinstance(sound, self._pyo.PyoObject):
            kind = type(sound).__name__
            raise PatchError(f"{what} in {self._name} returns {kind}; it must return a PyoObject.")
        return self._pyo.Mix(sound, voices=2, mul=self._body.level).out()

    def play(self, asked: dict[str, Any]) -> np.ndarray:
        """The next frames, (frames, 2), -1 to 1."""
        for name, value in asked["values"].items():
            getattr(self._body, name).setValue(value)
        notes = deque(sorted(asked["notes"]))
        blocks = asked["frames"] // QUANTUM
        sound = np.empty((blocks, 2 * QUANTUM), np.float32)
        for k in range(blocks):
            while notes and notes[0][0] < (k + 1) * QUANTUM:
                self._begin(Note(*notes.popleft()[1:]))
            self._server.process()
            sound[k] = self._block
        self._frame += blocks * QUANTUM
        while self._notes and self._notes[0][0] < self._frame:
            self._notes.popleft()[1].stop()
        return np.clip(np.nan_to_num(sound, posinf=0.0, neginf=0.0), -1.0, 1.0).reshape(-1, 2)

    def _begin(self, note: Note) -> None:
        begin = getattr(self._module, "note", None)
        if begin is None or self.complained:
            return
        try:
            sound = self._mixed(self._called("note(body, note)", begin, self._body, note), "note(body, note)")
        except PatchError:
            self.complained = True
            raise
        if len(self._notes) >= MOST_NOTES:
            self._notes.popleft()[1].stop()
        self._notes.append((self._frame + (note.seconds + RINGS_S) * self._rate_hz, sound))


def main() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # it ends when whoever started it closes its input
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)  # what is printed is kept with the errors: its last line is told where this process ends
    sys.stdout = os.fdopen(1, "w", 1)

    def answer(kind: int, content: bytes = b"") -> None:
        answers.write(HEADER.pack(kind, len(content)) + content)

    lines = sys.stdin
    begin = json.loads(lines.readline())
    try:
        patch = Patch(Path(begin["file"]), begin["rate_hz"], begin["seed"])
    except PatchError as wrong:
        answer(WORDS, str(wrong).encode())
        os._exit(1)
    answer(READY)
    for line in lines:
        asked = json.loads(line)
        while True:
            try:
                sound = patch.play(asked)
                break
            except PatchError as wrong:  # told once; the patch plays on without its notes
                answer(WORDS, str(wrong).encode())
                asked["notes"] = []
        answer(SOUND, sound.tobytes())
    os._exit(0)


if __name__ == "__main__":
    main()
