"""Ableton Link: the tempo that the heart leads, pushed to every program in the network that plays in Link.

Link has no leader: whoever sets a tempo sets it for all. So the tempo and the beat of the sitting are set
whenever they are not what they should be, ten times a second, and what others set is never followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from engine.bridge.sitting_clock import SittingClock, heard_later_s
from engine.bridge.trouble import BridgeError
from engine.door.messages import Over, State
from engine.door.rooms import RoomError
from engine.door.visit import Visit
from sensors.extra import ExtraError, imported

TEMPO_OFF = 2e-5
"""A share by which the tempo may be off before it is set: a fifth of what is asked for (DOORS.md 7: 0.01 %),
and more than the rounding of a state and of Link's microseconds a beat."""

GOODBYE_S = 0.3
"""That Link has to tell the others of the end (own choice)."""

PHASE_OFF_S = 0.003
"""By so much the beat may be off before it is set: less than anybody hears between two programs, more than a
state's way through the door varies by. Our own choice."""

FIRST_BPM = 60.0
"""Until the first state has come; it is told to nobody."""

US_PER_S = 1e6


class LinkBridge:
    """Of one room. `run` returns when the sitting is over. Raises BridgeError where the package is missing.

    say   told how many others there are, when that changes
    """

    def __init__(self, room: str, say: Callable[[str], None]) -> None:
        try:
            self._library: Any = imported("calando link", "LinkPython-extern", "link", "link", "Link")
        except ExtraError as missing:
            raise BridgeError(str(missing)) from None
        self._room, self._say = room, say
        self._peers = -1

    def run(self) -> None:
        """Raises RoomError."""
        with Visit(self._room, "link") as visit:
            if visit.hello.sitting is None:
                raise RoomError(f"Nothing plays in the room {self._room} just now.")
            facts = visit.hello.facts or {}
            rate_hz, bar = float(facts.get("rate_hz", 48_000)), float(facts.get("beats_per_bar", 4))
            link: Any = self._library.Link(FIRST_BPM)
            link.startStopSyncEnabled = True
            clock = SittingClock(lambda: link.clock().micros() / US_PER_S)
            for message in visit.messages():
                match message:
                    case State():
                        clock.meet(float(message.snapshot["t"]))
                        self._push(link, clock, message.snapshot, rate_hz, bar)
                        link.enabled = True  # with the first tempo, so that nobody is led to another before
                    case Over():
                        break
                    case _:
                        pass
            state = link.captureSessionState()
            state.setIsPlaying(False, link.clock().micros())
            link.commitSessionState(state)
            time.sleep(GOODBYE_S)
            link.enabled = False

    def _push(
        self, link: Any, clock: SittingClock, snapshot: Mapping[str, Any], rate_hz: float, bar: float
    ) -> None:
        heard_s = clock.of(float(snapshot["t"]) + heard_later_s(snapshot, rate_hz))
        at_us, tempo_bpm = round(heard_s * US_PER_S), float(snapshot["tempo_bpm"])
        state = link.captureSessionState()
        set_tempo = abs(state.tempo() / tempo_bpm - 1.0) > TEMPO_OFF
        if set_tempo:
            state.setTempo(tempo_bpm, at_us)
        off = (state.beatAtTime(at_us, bar) - float(snapshot["beat"]) + bar / 2.0) % bar - bar / 2.0
        set_beat = abs(off) * 60.0 / tempo_bpm > PHASE_OFF_S
        if set_beat:
            state.forceBeatAtTime(float(snapshot["beat"]), at_us, bar)
        peers = link.numPeers()
        start = not state.isPlaying() or peers > self._peers  # who comes hears of a start only if it is anew
        if start:
            state.setIsPlaying(True, at_us)
        if set_tempo or set_beat or start:
            link.commitSessionState(state)
        if peers != self._peers:
            self._peers = peers
            self._say(f"In Link with {peers} other program{'' if peers == 1 else 's'}.")
