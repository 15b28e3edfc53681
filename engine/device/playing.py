"""The process that plays: finds a device, opens it, plays a lent sound on it, and ends when that is over.

Sound libraries hang, leak and crash when their server or card goes. So they live in a process of their
own, with the callback and nothing else of Calando: what becomes of it cannot reach the music, whose state
lies in shared memory, and it is ended when it does not answer. It takes one JSON object a line and answers
each with one; lines of the libraries themselves go nowhere.

    {"do": "find", "name": null}                                    {"found": {...}}
    {"do": "open", "latency_s": s, "linger_s": s, "lent": {...}}    {"opened": {...}}
    {"do": "start"}                                                 {"started": true}
    {"do": "turn", "lent": {...}}                                   {"turned": true}
    {"do": "sources"}                                               {"sources": [NAME, ...]}
    {"do": "leave"}                                                 and the process ends

Where `open` has "midi", part of a name, sources of MIDI are heard by RtMidi as they come and go. Which are
heard is told unasked, whenever it changes: {"heard": [NAME, ...]}.

A refusal is {"wrong": KIND, "said": SENTENCE}. With LOST the process ends when its stream does, and by
itself, after a fade, when whoever started it has gone.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from importlib import import_module
from typing import Any, TextIO

from dsp.midi_words import MidiWords
from dsp.stream import MIDI_ENTRY, Lent, Stream
from engine.device.child import HEARD
from engine.device.errors import DeviceError, NoDeviceError
from engine.device.listing import Found, find, rate_taken
from engine.device.patience import LEAVE_S, LOOK_S, PROOF_S, SOURCES_EVERY_S
from engine.device.rtmidi import RtMidi, is_wanted, let_go

LOST, HUNG = 3, 4
"""Exit codes: the stream has ended by itself, as it does when its device goes; it could not be closed."""

FADE_S = 0.2
"""A little more than the panic fade, dsp.command.PANIC_S."""

ALONE_S = LEAVE_S + 1.0
"""Longest life of this process after the one that started it."""

ABANDONED = 2
"""What the stop word says when the process that lent the sound has gone without a word."""


class Player:
    """One device, once found, and one stream on it, once opened."""

    def __init__(self) -> None:
        self._portaudio: Any = None
        self.found: Found | None = None
        self._stream: Any = None
        self.sound: Stream | None = None
        self.started = False
        self.linger_s = 0.0
        self._rtmidi: RtMidi | None = None
        self._midi_words = MidiWords()
        self._midi_device: str | None = None
        self._midi_looked_s = 0.0

    def find(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the devices, anew where they were listed before."""
        if self._portaudio is None:
            self._portaudio = portaudio_here()
        else:
            self._portaudio._terminate()
            self._portaudio._initialize()
        self.found = find(self._portaudio, asked["name"])
        return {"found": asdict(self.found)}

    def open(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open a stream for a lent sound, not yet started."""
        found, portaudio = self.found, self._portaudio
        assert found is not None, "finding comes first"
        lent = Lent(**asked["lent"])
        self.linger_s = float(asked.get("linger_s", 0.0))
        rate_hz = rate_taken(portaudio, found, lent.rate_hz)
        sound = Stream(lent, found.channels, rate_hz)
        as_pointer = portaudio._ffi.cast
        try:
            self._stream = portaudio._StreamBase(
                "output",
                samplerate=rate_hz,
                blocksize=0,
                device=found.index,
                channels=found.channels,
                dtype="float32",
                latency=asked["latency_s"],
                callback=as_pointer("PaStreamCallback*", sound.callback_address),
                userdata=as_pointer("void*", sound.user_address),
                wrap_callback=None,
            )
        except (portaudio.PortAudioError, ValueError) as trouble:
            raise DeviceError(
                f"The sound device {found.name} does not open ({reason(trouble)}); "
                "close what else uses it, or choose another with --output device:NAME."
            ) from None
        self.sound = sound
        self._hear_midi(asked.get("midi"), sound)
        return {"opened": {"latency_s": self.latency_s, "rate_hz": rate_hz}}

    @property
    def latency_s(self) -> float:
        """From a sample's computation to its sound, as far as the driver knows."""
        return float(self._stream.latency)

    def start(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """Begin to call back, and see that it goes on."""
        assert self.found is not None
        try:
            self._stream.start()
        except self._portaudio.PortAudioError as trouble:
            raise DeviceError(
                f"The sound device {self.found.name} does not start ({reason(trouble)}); "
                "is its sound server running?"
            ) from None
        time.sleep(PROOF_S)
        if not self._stream.active:
            raise DeviceError(
                f"The sound device {self.found.name} opens, but takes no sound; mend it in the settings "
                "of the system, or choose another with --output device:NAME."
            )
        self.started = True
        return {"started": True}

    def sources(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """Names of all MIDI sources, by RtMidi: PortAudio knows of none. Raises NoDeviceError."""
        self._rtmidi = self._rtmidi or RtMidi()
        return {"sources": self._rtmidi.names()}

    @property
    def heard(self) -> list[str] | None:
        """Names of the MIDI sources that are heard now; None where nobody has looked for any."""
        return self._rtmidi.heard if self._rtmidi is not None and self._midi_looked_s else None

    def turn(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Go on with another sound on the stream that plays."""
        assert self.sound is not None, "opening comes first"
        self.sound.turn_to(Lent(**asked["lent"]))
        return {"turned": True}

    def _hear_midi(self, device: str | None, sound: Stream) -> None:
        """From now on hear who plays along into this sound; nobody where `device` is None."""
        self._midi_words.stream_at = sound.user_address
        self._midi_words.held_at = ctypes.addressof(self._midi_words) + MidiWords.held.offset
        self._midi_device = device
        if device is not None:
            with suppress(NoDeviceError):  # whoever asked has been told by `sources`
                self._rtmidi = self._rtmidi or RtMidi()

    def watch(self) -> None:
        """End where the stream has; and hear MIDI sources as they come."""
        if self.started:
            active = False
            with suppress(self._portaudio.PortAudioError):
                active = self._stream.active
            if not active:
                os._exit(LOST)
            self._look_at_keyboards()

    def _look_at_keyboards(self) -> None:
        now_s, sound, device = time.monotonic(), self.sound, self._midi_device
        if self._rtmidi is None or sound is None or device is None:
            return
        if now_s > self._midi_looked_s + SOURCES_EVERY_S:
            self._midi_looked_s = now_s
            callback, user = sound.address(MIDI_ENTRY), ctypes.addressof(self._midi_words)
            if self._rtmidi.hear(partial(is_wanted, device), callback, user):
                let_go(callback, user)

    def leave(self) -> None:
        """Close and end; in time, also where the driver hangs in this."""
        last = threading.Timer(LEAVE_S, os._exit, (HUNG,))
        last.daemon = True
        last.start()
        with suppress(Exception):  # last words of a driver; the process ends in any case
            self.close()
        os._exit(0)

    def close(self) -> None:
        """Play out what is buffered, and let go of the device."""
        if self._rtmidi is not None:
            self._rtmidi.close()
        if self._stream is not None:
            self._stream.stop()
            self._stream.close()
        if self._portaudio is not None:
            self._portaudio._terminate()

    def fade_and_leave(self) -> None:
        """Nobody is there any more who could stop the music; it plays on for as long as was agreed."""
        if self.sound is not None:
            time.sleep(self.linger_s)
            self.sound.stop_page.stop(ABANDONED)
            time.sleep(FADE_S + self.latency_s)
        self.leave()


def portaudio_here() -> Any:
    """The module sounddevice, which lists all devices while it is imported. Raises NoDeviceError."""
    try:
        return import_module("sounddevice")
    except OSError:
        raise NoDeviceError(
            "PortAudio is not installed, so no sound device can be reached: "
            "on Debian or Ubuntu, sudo apt-get install libportaudio2."
        ) from None


def reason(trouble: Exception) -> str:
    """PortAudio's own words without the name of our class in front of them."""
    return str(trouble.args[0] if trouble.args else trouble).rpartition(": ")[2].rstrip(".")


def serve(player: Player, asked_lines: TextIO, answers: TextIO) -> None:
    """Do what is asked, line by line, and watch the stream in between. Never returns."""
    lines = queue.Queue[str]()

    def hushed(*_: object) -> None:
        player.linger_s = 0.0
        player.fade_and_leave()

    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, hushed)

    def read() -> None:
        for line in asked_lines:
            lines.put(line)
        lines.put("")
        # Whoever would have ended this process is gone, and the main thread may hang in a library.
        time.sleep(ALONE_S + player.linger_s)
        os._exit(HUNG)

    threading.Thread(target=read, daemon=True).start()
    deeds: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "find": player.find, "open": player.open, "start": player.start, "turn": player.turn,
        "sources": player.sources,
    }  # fmt: skip
    told: list[str] | None = None
    while True:
        try:
            line = lines.get(timeout=LOOK_S)
        except queue.Empty:
            player.watch()
            if player.heard != told:
                told = player.heard
                answers.write(json.dumps({HEARD: told}) + "\n")
                answers.flush()
            continue
        if not line:
            player.fade_and_leave()
        asked: dict[str, Any] = json.loads(line)
        if asked["do"] == "leave":
            player.leave()
        try:
            answer = deeds[asked["do"]](asked)
        except DeviceError as wrong:
            answer = {"wrong": type(wrong).__name__, "said": str(wrong)}
        except Exception as trouble:  # of a library: this process may be spoilt, and the next one is not
            answer = {"wrong": DeviceError.__name__, "said": f"The sound system refuses: {reason(trouble)}."}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def alone() -> TextIO:
    """Leave this process to whoever started it: no signal of a terminal ends it, and what libraries print
    goes nowhere. Returns where answers go."""
    # The terminal's signals go to every process in it; when to end is said by whoever started this one, and
    # by SIGUSR1 where that one is about to be ended itself.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash of a library leaves nothing behind
    os.environ.setdefault("JACK_NO_START_SERVER", "1")  # looking for a server must not start one
    answers = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def main(player: Player) -> None:
    """Serve on standard input and output until that is over."""
    serve(player, sys.stdin, alone())


if __name__ == "__main__":
    main(Player())
