"""One sound device, played on by a process of its own (engine.device.playing), which this side only watches.

Whatever a sound library does when its server or card goes, it does there. Here nothing can hang for long
and nothing can crash; a process that is lost is ended, and the next one starts with a fresh library.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dsp.stream import Lent
from engine.device.child import Child, SilentError
from engine.device.errors import NAMES, DeviceError, NoDeviceError
from engine.device.listing import Found
from engine.device.patience import ANSWER_S, LEAVE_S, LOOK_S, LOOKS_A_PROCESS

LATENCY_S = 0.1
"""Asked of PortAudio, which may round it, where nobody plays an instrument: a long buffer costs nothing
then and survives a busy machine. Our own choice."""

PROMPT_LATENCY_S = 0.02
"""Asked where a hand is present: less than anybody hears between a touch and its sound."""

ALONG_LATENCY_S = 0.01
"""Asked where somebody plays along: 10 ms, as Wessel and Wright ask of instruments ("Problems and Prospects
for Intimate Musical Control of Computers", Computer Music Journal 26, 2002)."""


class SoundDevice:
    """The default device (`name` None), or the one whose name is, or contains, `name`.

    latency_s   asked of the driver: PROMPT_LATENCY_S where a hand or a player is present
    linger_s    for how long it plays on what is written when the process that opened it has gone
    child       a process of engine.device.playing that is there already
    midi        part of the name of the MIDI source; empty for all there are, None where nobody plays along
    hurry       share of ANSWER_S after which a process that does not answer is ended, up to 1
    Raises NoDeviceError or UnknownDeviceError.
    """

    _module = "engine.device.playing"

    def __init__(
        self, name: str | None = None, latency_s: float = LATENCY_S, linger_s: float = 0.0,
        child: Child | None = None, midi: str | None = None,
    ) -> None:  # fmt: skip
        self._name, self._midi = name, midi
        self._asked_latency_s, self._linger_s = latency_s, linger_s
        self._child = child
        self._looks = 0
        self._latency_s = 0.0
        self._rate_hz = 0
        self.stream_number = 0
        """Of the stream that was opened last."""
        self.hurry = 1.0
        try:
            self.found = self.look()
        except DeviceError:
            self.let_go()  # nobody will have this object, nor end its process
            raise

    @property
    def latency_s(self) -> float:
        """From a sample's computation to its sound, as far as the driver knows; 0 before `open`."""
        return self._latency_s

    @property
    def rate_hz(self) -> int:
        """At which the device runs; 0 before `open`."""
        return self._rate_hz

    @property
    def active(self) -> bool:
        """False once the stream has ended by itself, as it does when its server goes."""
        return self._child is not None and self._child.running

    def look(self) -> Found:
        """Look for the device, with all devices listed anew; `found` is what was found last.

        Raises NoDeviceError or UnknownDeviceError.
        """
        if self._looks >= LOOKS_A_PROCESS:
            self.let_go()
        self._looks += 1
        answer = self._ask("find", name=self._name)
        self.found = Found(**answer["found"])
        return self.found

    def open(self, lent: Lent) -> None:
        """Open a stream, not yet started, for a sound; where its rate is not the device's, it is resampled.

        Raises DeviceError, also where the device has gone since it was found.
        """
        if self._child is None:
            self.look()
        asked = {"latency_s": self._asked_latency_s, "linger_s": self._linger_s, "lent": asdict(lent)}
        opened = self._ask("open", **asked, **self._more())["opened"]
        self._latency_s, self._rate_hz = opened["latency_s"], opened["rate_hz"]
        self.stream_number = lent.number

    def start(self) -> None:
        """Begin to play. Raises DeviceError, also where the device goes in that moment."""
        try:
            self._ask("start")
        except DeviceError:
            self.let_go()
            raise

    def turn_to(self, lent: Lent) -> None:
        """Go on with another sound (dsp.stream.Stream.turn_to). Raises DeviceError where the device goes."""
        self._ask("turn", lent=asdict(lent))

    def let_go(self) -> bool:
        """End a stream that has died; True once it calls back no more for certain."""
        child, self._child = self._child, None
        self._looks = 0
        return child is None or child.end()

    def close(self) -> None:
        """Play out what is buffered and close; where the driver hangs, end it."""
        child, self._child = self._child, None
        self._looks = 0
        if child is not None:
            child.leave(LEAVE_S + LOOK_S)

    def _ask(self, deed: str, **more: Any) -> dict[str, Any]:
        if self._child is None:
            self._child = Child(self._module)
        try:
            answer = self._child.ask({"do": deed} | more, ANSWER_S[deed] * self.hurry)
        except SilentError as silent:
            self._child = None
            raise self._silent(deed, silent.crashed) from None
        if "wrong" in answer:
            raise NAMES[answer["wrong"]](answer["said"])
        return answer

    def _more(self) -> dict[str, Any]:
        """What else is asked of a stream."""
        return {"midi": self._midi}

    def sources(self) -> tuple[str, ...]:
        """Names of all MIDI sources there are now. Raises NoDeviceError where none can be heard."""
        return tuple(self._ask("sources")["sources"])

    @property
    def heard(self) -> tuple[str, ...] | None:
        """Names of the MIDI sources that are heard just now; None where that is not known."""
        return None if self._child is None else self._child.heard

    def _silent(self, deed: str, crashed: bool) -> DeviceError:
        if deed == "find" and crashed:
            return NoDeviceError(
                "The sound system breaks off while its devices are listed; mend its settings, "
                "or play into a file with --output file:PATH."
            )
        if deed == "find":
            return NoDeviceError("The sound server does not answer; start it again, then try once more.")
        return DeviceError(
            f"The sound device {self.found.name} does not {deed}; is its sound server running?"
        )


@dataclass(frozen=True, slots=True)
class ClockOut:
    """MIDI clock for others to follow.

    bar  beats of a bar; followers are started at one
    to   part of the name of the MIDI sinks that are connected as they come; empty for none
    """

    bar: int = 4
    to: str = ""


class JackDevice(SoundDevice):
    """JACK, or PipeWire's: its client hears who plays along, too (engine.device.jack_playing).

    name   the client to play on, or None for the sound card
    midi   as SoundDevice has it
    clock  whether and how MIDI clock is sent
    Raises NoDeviceError or UnknownDeviceError.
    """

    _module = "engine.device.jack_playing"

    def __init__(
        self, name: str | None = None, midi: str | None = "", linger_s: float = 0.0,
        clock: ClockOut | None = None,
    ) -> None:  # fmt: skip
        self._clock = clock
        super().__init__(name, linger_s=linger_s, midi=midi)

    def _more(self) -> dict[str, Any]:
        return super()._more() | {"clock": None if self._clock is None else asdict(self._clock)}
