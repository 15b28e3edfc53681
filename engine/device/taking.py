"""The process that records: finds an input, listens to it, and writes what is taken into a file.

As the one that plays (engine.device.playing) it holds the sound library, so that what becomes of that reaches
nobody else. One JSON object a line, each answered with one:

    {"do": "open", "name": null}        {"opened": {"name": "..."}}, and from then on it listens
    {"do": "begin"}                     {"begun": true}
    {"do": "level"}                     {"peak": p, "seconds": s}; p since the last time, 0 to 1 and over
    {"do": "end", "path": "03.wav"}     {"seconds": s, "peak": p, "lost": n}; the take is in the file
    {"do": "hear", "path": "03.wav"}    {"heard": true}, while it is played by the default output

A refusal is {"wrong": KIND, "said": SENTENCE}.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.device.errors import DeviceError, NoDeviceError
from engine.device.listing import find
from engine.device.playing import alone, portaudio_here, reason

LONGEST_S = 120.0
"""Of a take: a line has at most 300 letters (guides.schema); what is left running is no line."""


class Recorder:
    """One input, once it is open."""

    def __init__(self) -> None:
        self._portaudio = portaudio_here()
        self._rate_hz = 0
        self._stream: Any = None
        self._taking = False
        self._parts: list[NDArray[np.float32]] = []
        self._frames = self._lost = 0
        self._peak = 0.0

    def open(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Listen from now on."""
        found = find(self._portaudio, asked["name"], "input")
        self._rate_hz = found.rate_hz
        try:
            self._stream = self._portaudio.InputStream(
                device=found.index, channels=1, samplerate=found.rate_hz, dtype="float32", callback=self._take
            )
            self._stream.start()
        except (self._portaudio.PortAudioError, ValueError) as trouble:
            raise DeviceError(
                f"The input {found.name} does not open ({reason(trouble)}); close what else uses it, or "
                "choose another with --input NAME."
            ) from None
        return {"opened": {"name": found.name}}

    def _take(self, heard: NDArray[np.float32], frames: int, _time: object, status: Any) -> None:
        """Called by the library in a thread of its own."""
        self._peak = max(self._peak, float(np.abs(heard).max()))
        if self._taking and self._frames < LONGEST_S * self._rate_hz:
            self._parts.append(heard[:, 0].copy())
            self._frames += frames
            self._lost += bool(status.input_overflow)

    def begin(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """Keep what is heard from now on."""
        self._portaudio.stop()
        self._parts, self._frames, self._lost, self._peak = [], 0, 0, 0.0
        self._taking = True
        return {"begun": True}

    def level(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """How loud it was since the last time."""
        if not self._stream.active:
            raise DeviceError("The input has gone; what was kept is kept. Plug it in, and begin again.")
        peak, self._peak = self._peak, 0.0
        return {"peak": peak, "seconds": self._frames / self._rate_hz}

    def end(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Write what was taken, mono, 24 bits."""
        self._taking = False
        whole = np.concatenate([*self._parts, np.zeros(0, np.float32)])
        soundfile: Any = import_module("soundfile")
        try:
            soundfile.write(asked["path"], whole, self._rate_hz, subtype="PCM_24", format="WAV")
        except (OSError, soundfile.SoundFileError) as trouble:
            raise DeviceError(f"{asked['path']} cannot be written ({trouble}); is the disk full?") from None
        peak = float(np.abs(whole).max(initial=0.0))
        return {"seconds": len(whole) / self._rate_hz, "peak": peak, "lost": self._lost}

    def hear(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Play a take."""
        soundfile: Any = import_module("soundfile")
        sound, rate_hz = soundfile.read(asked["path"])
        try:
            self._portaudio.play(sound, rate_hz)
        except (self._portaudio.PortAudioError, ValueError) as trouble:
            raise DeviceError(f"There is no output to hear it by ({reason(trouble)}).") from None
        return {"heard": True}


def main() -> None:
    """Do what is asked until standard input ends, or `leave` is asked."""
    answers = alone()
    recorder: Recorder | None = None
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        if asked["do"] == "leave":
            os._exit(0)  # no library is asked whether it can close
        try:
            recorder = recorder or Recorder()
            deeds: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
                "open": recorder.open, "begin": recorder.begin, "level": recorder.level, "end": recorder.end,
                "hear": recorder.hear,
            }  # fmt: skip
            answer = deeds[asked["do"]](asked)
        except (DeviceError, NoDeviceError) as wrong:
            answer = {"wrong": type(wrong).__name__, "said": str(wrong)}
        except Exception as trouble:  # of a library
            answer = {"wrong": DeviceError.__name__, "said": f"The sound system refuses: {reason(trouble)}."}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
