"""The process that plays by JACK, and hears who plays along: MIDI in and sound out in one compiled callback.

As engine.device.playing, from which it has the talk with whoever started it, and what it does when a driver
hangs. What it adds is a MIDI port: sources are connected as they come, and where one goes its keys are let
go.

    {"do": "sources"}                                               {"sources": [NAME, ...]}
"""

from __future__ import annotations

import ctypes
import os
import time
from dataclasses import asdict
from typing import Any

from dsp.jack_words import JackWords
from dsp.stream import JACK_ENTRY, JACK_LATE_ENTRY, Lent, Stream
from engine.device.errors import DeviceError, NoDeviceError, UnknownDeviceError
from engine.device.jack import AUDIO, IS_INPUT, IS_OUTPUT, IS_PHYSICAL, MIDI, Jack
from engine.device.listing import Found
from engine.device.patience import PROOF_S, SOURCES_EVERY_S
from engine.device.playing import LOST, Player, main
from engine.device.rtmidi import is_wanted

HOST = "JACK"

LAST_PERIODS = 3
"""After which the callback has sent what it had to: one may have begun before, and a server may skip one."""


class JackPlayer(Player):
    """One JACK client, with two ports out and one for MIDI in."""

    def __init__(self) -> None:
        super().__init__()
        self._jack: Jack | None = None
        self._words = JackWords()
        self._out: list[int] = []
        self._midi = 0
        self._device: str | None = ""
        self._sinks: list[str] = []
        self._clock_to = ""
        self._followers = 0
        self._sources: dict[str, str] = {}
        self._looked_s = 0.0
        self._gone = False
        self._shutdown = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self._server_goes)

    def find(self, asked: dict[str, Any]) -> dict[str, Any]:
        """See whether a server answers, and where its sound goes: to its first two physical ports, or to
        those whose names contain the one that is asked for."""
        jack = self._jack = self._jack or Jack()
        physical = jack.ports(AUDIO, IS_INPUT | IS_PHYSICAL)
        name = asked["name"]
        if name is None:
            self._sinks = physical[:2]
            if not self._sinks:
                raise NoDeviceError("The JACK server has no port that plays; connect it to a sound card.")
        else:
            there = jack.ports(AUDIO, IS_INPUT)
            self._sinks = [port for port in there if name.casefold() in port.casefold()][:2]
            if not self._sinks:
                clients = ", ".join(sorted({port.partition(":")[0] for port in there}))
                raise UnknownDeviceError(f"JACK has nothing called {name!r} to play on; it has: {clients}.")
        client = self._sinks[0].partition(":")[0]
        self.found = Found(0, f"{client} by JACK", HOST, jack.rate_hz, 2)
        return {"found": asdict(self.found)}

    def sources(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """Names of all MIDI sources."""
        jack = self._jack = self._jack or Jack()
        return {"sources": [jack.called(port) for port in jack.ports(MIDI, IS_OUTPUT)]}

    @property
    def heard(self) -> list[str] | None:
        if self._device is None or not self._looked_s:
            return None
        return sorted(self._sources.values())

    def open(self, asked: dict[str, Any]) -> dict[str, Any]:
        jack = self._jack
        assert jack is not None, "finding comes first"
        lent = Lent(**asked["lent"])
        self.linger_s = float(asked.get("linger_s", 0.0))
        midi = asked.get("midi")
        self._device = None if midi is None else str(midi).casefold()
        words = self._words
        sound = Stream(lent, 2, jack.rate_hz, words.stream)
        if not self._out:
            self._out = [jack.port(name, AUDIO, IS_OUTPUT) for name in ("out_left", "out_right")]
            self._midi = jack.port("play_along", MIDI, IS_INPUT)
            if clock := asked.get("clock"):
                words.clock_bar = int(clock["bar"])
                words.clock = jack.port("clock", MIDI, IS_OUTPUT)
                self._clock_to = str(clock["to"]).casefold()
        words.get_buffer = jack.address("jack_port_get_buffer")
        words.count = jack.address("jack_midi_get_event_count")
        words.get = jack.address("jack_midi_event_get")
        words.clear = jack.address("jack_midi_clear_buffer")
        words.reserve = jack.address("jack_midi_event_reserve")
        (words.left, words.right), words.midi = self._out, self._midi
        words.event_at = ctypes.addressof(words) + JackWords.event.offset
        words.frames_at = ctypes.addressof(words) + JackWords.frames.offset
        user, library = ctypes.addressof(words), jack.library
        library.jack_set_process_callback(jack.client, sound.address(JACK_ENTRY), user)
        library.jack_set_xrun_callback(jack.client, sound.address(JACK_LATE_ENTRY), user)
        library.jack_on_shutdown(jack.client, ctypes.cast(self._shutdown, ctypes.c_void_p), None)
        self.sound = sound
        return {"opened": {"latency_s": self.latency_s, "rate_hz": jack.rate_hz}}

    @property
    def latency_s(self) -> float:
        return self._jack.latency_s(self._out[0]) if self._jack is not None else 0.0

    def start(self, _asked: dict[str, Any]) -> dict[str, Any]:
        jack = self._jack
        assert jack is not None, "finding comes first"
        if jack.library.jack_activate(jack.client):
            raise DeviceError("The JACK server does not let Calando play; look at what it says.")
        for port, sink in zip(self._out, self._sinks, strict=False):
            jack.connect(jack.name(port), sink)
        self._look_at_sources(jack)
        time.sleep(PROOF_S)
        self.started = True
        self.watch()
        return {"started": True}

    def watch(self) -> None:
        """End where the server has, and keep the MIDI port connected to who is there."""
        if self._gone:
            os._exit(LOST)
        if self.started and self._jack is not None and time.monotonic() > self._looked_s + SOURCES_EVERY_S:
            self._look_at_sources(self._jack)

    def close(self) -> None:
        if self._jack is not None:
            if self._words.clock and not self._gone:
                self._words.clock_ends = 1
                time.sleep(LAST_PERIODS * self._jack.period_s)
            self._jack.close()

    def _look_at_sources(self, jack: Jack) -> None:
        """Connect every source that is wanted; where one has come or gone, let the callback know.

        One of a known name that has to be connected has gone and come again since the last look.
        """
        self._looked_s = time.monotonic()
        if self._words.clock:
            self._look_at_followers(jack)
        own = jack.name(self._midi)
        names = {port: jack.called(port) for port in jack.ports(MIDI, IS_OUTPUT)}
        wanted = [port for port, name in names.items() if self._wants(name, port)]
        standing = {port for port in wanted if jack.connected(self._midi, port)}
        come = {port for port in wanted if port not in standing and jack.connect(port, own)}
        there = standing | come
        if come or there != self._sources.keys():
            self._sources = {port: names[port] for port in there}
            self._words.sources = len(there)
            self._words.news += 1

    def _look_at_followers(self, jack: Jack) -> None:
        """Connect the clock to whom it is for; who comes is started with the next bar."""
        clock = self._words.clock
        for port in jack.ports(MIDI, IS_INPUT) if self._clock_to else ():
            if self._clock_to in f"{port} {jack.called(port)}".casefold() and not jack.connected(clock, port):
                jack.connect(jack.name(clock), port)
        followers = jack.connections(clock)
        if followers > self._followers:
            self._words.clock_again = 1
        self._followers = followers

    def _wants(self, *names: str) -> bool:
        device = self._device
        if device is None:
            return False
        fits = [is_wanted(device, name) for name in names]
        return any(fits) if device else all(fits)

    def _server_goes(self, _nothing: int | None) -> None:
        self._gone = True


if __name__ == "__main__":
    main(JackPlayer())
