"""LSL: the sitting in a room as outlets of the Lab Streaming Layer, for LabRecorder and its kin.

Four streams, described in full (STREAMS): RR intervals, heart, music, markers. Their stamps are of LSL's own
clock: of the beat itself, and of the moment at which the music was heard. That clock and the sitting's are
brought together by the states that come soonest, since none can come before it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from engine.bridge.sitting_clock import SittingClock, heard_later_s
from engine.bridge.trouble import BridgeError
from engine.door.messages import Event, HeartBeat, Hello, Over, State
from engine.door.rooms import RoomError
from engine.door.visit import Visit
from engine.version import VERSION
from sensors.extra import ExtraError
from sensors.lsl_library import library

NO_PORT = (
    "No stream can be offered: liblsl has no port for it. End what else offers streams here, or give it more "
    "ports by PortRange in lsl_api.cfg."
)

STATES_HZ = 10.0


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: its label, its unit, and what of a snapshot it is."""

    label: str
    unit: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """One outlet. `rate_hz` is 0 for what comes when it comes."""

    name: str
    kind: str
    rate_hz: float
    channels: Sequence[Channel]
    text: bool = False


RR = Stream("Calando RR", "RR", 0.0, (Channel("rr", "milliseconds"), Channel("normal", "1 or 0")))
HEART = Stream("Calando heart", "Heart", STATES_HZ, (
    Channel("rate", "beats per minute", "hr_bpm"),
    Channel("rmssd", "milliseconds", "rmssd_ms"),
    Channel("breath", "breaths per minute", "breath_per_min"),
    Channel("quality", "0 to 1", "quality"),
))  # fmt: skip
MUSIC = Stream("Calando music", "Music", STATES_HZ, (
    Channel("tempo", "beats per minute", "tempo_bpm"),
    Channel("density", "onsets per second", "density"),
    Channel("brightness", "0 to 1", "brightness"),
    Channel("breath rate", "breaths per minute", "breath_guide_per_min"),
    Channel("breath phase", "0 to 1 from the inhale on", "breath_guide_phase"),
    Channel("loudness", "LUFS, short-term", "lufs_s"),
))  # fmt: skip
MARKERS = Stream("Calando markers", "Markers", 0.0, (Channel("marker", "text"),), text=True)

STREAMS = (RR, HEART, MUSIC, MARKERS)


class LslBridge:
    """Of one room. `run` returns when the sitting is over. Raises BridgeError where pylsl is missing."""

    def __init__(self, room: str) -> None:
        try:
            self._pylsl: Any = library("calando lsl")
        except ExtraError as missing:
            raise BridgeError(str(missing)) from None
        self._room = room
        self._outlets: dict[Stream, Any] = {}
        self._clock = SittingClock(self._pylsl.local_clock)

    def run(self) -> None:
        """Raises RoomError, and BridgeError where no stream can be offered."""
        with Visit(self._room, "lsl") as visit:
            if visit.hello.sitting is None:
                raise RoomError(f"Nothing plays in the room {self._room} just now.")
            try:
                self._outlets = {stream: self._outlet(stream, visit.hello) for stream in STREAMS}
            except RuntimeError as trouble:  # liblsl's own words say no more than that
                raise BridgeError(NO_PORT) from trouble
            rate_hz = float((visit.hello.facts or {}).get("rate_hz", 48_000))
            stage = ""
            for message in visit.messages():
                match message:
                    case State():
                        stage = self._state(message.snapshot, rate_hz, stage)
                    case HeartBeat():
                        if message.rr_ms is not None and self._clock.known:
                            told = [message.rr_ms, float(message.label == "normal")]
                            self._outlets[RR].push_sample(told, self._clock.of(message.t))
                    case Event():
                        self._mark(message.t, f"{message.kind} ({message.hand}): {message.words}")
                    case Over():
                        self._outlets[MARKERS].push_sample(["over"], self._pylsl.local_clock())
                        return
                    case _:
                        pass

    def _state(self, snapshot: Mapping[str, Any], rate_hz: float, stage: str) -> str:
        t_s = float(snapshot["t"])
        self._clock.meet(t_s)
        late_s = heard_later_s(snapshot, rate_hz)
        for stream, behind_s in ((HEART, 0.0), (MUSIC, late_s)):
            values = [snapshot[channel.figure] for channel in stream.channels]
            known = [nan if value is None else float(value) for value in values]
            self._outlets[stream].push_sample(known, self._clock.of(t_s + behind_s))
        if snapshot["stage"] != stage:
            self._mark(t_s, f"stage: {snapshot['stage']}")
        return str(snapshot["stage"])

    def _mark(self, t_s: float, words: str) -> None:
        if self._clock.known:
            self._outlets[MARKERS].push_sample([words], self._clock.of(t_s))

    def _outlet(self, stream: Stream, hello: Hello) -> Any:
        lsl = self._pylsl
        info = lsl.StreamInfo(
            stream.name, stream.kind, len(stream.channels), stream.rate_hz or lsl.IRREGULAR_RATE,
            lsl.cf_string if stream.text else lsl.cf_double64,
            f"calando-{self._room}-{stream.kind}",
        )
        about = info.desc()
        about.append_child_value("manufacturer", "Calando")
        about.append_child_value("version", VERSION)
        about.append_child_value("sitting", hello.sitting or "")
        facts = hello.facts or {}
        about.append_child_value("profile", str(facts.get("profile", "")))
        channels = about.append_child("channels")
        for channel in stream.channels:
            told = channels.append_child("channel")
            told.append_child_value("label", channel.label)
            told.append_child_value("unit", channel.unit)
            told.append_child_value("type", stream.kind)
        return lsl.StreamOutlet(info)
