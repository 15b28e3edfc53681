"""Guest channel: what is put beside the music, and when, written into the sound's ring a while ahead.

Clips (engine.guest.clip) are put at a frame, with a level, a send to the reverb and how far the music steps
back for them. A stream, of another synth, goes on piece by piece. Whatever overlaps is added up. What was
placed is told to the record (Placed, Cut), the sound itself tells where it was heard (dsp.guest), and of both
a replay makes the same samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from dsp.guest_ring import FIRST, LAST
from dsp.native import Synth
from dsp.quantum import QUANTUM
from dsp.score import Ramp
from engine.clock import HORIZON_S, TICK_S
from engine.guest.clip import Clip, clip_of, joined, silence
from engine.guest.duck import AFTER_S, BEFORE_S, NOT, RETURN_DB_PER_S, SPOKEN, Duck

AHEAD_S = 2.0
"""How far ahead the ring is written: as long a control side may stall without a gap. Our own choice."""

SOONEST_S = HORIZON_S + TICK_S
"""A clip begins no sooner after it is put, so that its level is there when it begins."""

HUSH_S = 0.3
"""How long it takes to fade out the words that are being said. Our own choice."""

LEAST_RAMP_S = 0.03

AUDIBLE_DB = 20.0
"""What has stepped back by more is hardly heard until it has come back so far; then the law of the rise holds
it too (dsp.rise). Our own choice."""

CLIP_HZ = 48_000
"""Sample rate of a sound that is put without another one."""


PIECE_S = 10.0
"""Of a stream, so much is told to the record at a time. Our own choice."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip that sounds from `frame` on."""

    frame: int
    clip: Clip
    goes_on: bool = False
    """Whether it is a piece of a stream, which another should follow without a gap."""

    @property
    def end(self) -> int:
        return self.frame + self.clip.frames


@dataclass(frozen=True, slots=True)
class Cut:
    """All clips that were placed before end by `frame`; streams go on."""

    frame: int


@dataclass(slots=True)
class _Voice:
    placed: Placed
    end: int
    level_db: float
    reverb: float
    duck: Duck


class GuestChannel:
    """Of one sitting, at its sample rate. All calls in the control thread, before `feed` of a tick.

    only   for a replay: the frames, from and until, at which the guest was heard; nothing sounds elsewhere
    """

    def __init__(self, rate_hz: int, only: Sequence[tuple[int, int]] | None = None) -> None:
        self.rate_hz = rate_hz
        self.duck = NOT
        """How far the music steps back all the time."""
        self.reverb = 0.0
        """Send to the reverb while no clip sounds."""
        self._only = only
        self._voices: list[_Voice] = []
        self._now = 0
        self._piece: list[Placed] = []
        self._written = 0
        self._unfinished = False
        self._hushed_until = 0
        self._news: list[Placed | Cut] = []
        self._set: dict[str, float] = {
            "level_db": 0.0, "reverb": 0.0, "foreground_db": 0.0, "pad_db": 0.0, "drone_db": 0.0,
        }

    def put(
        self, sound: Clip | NDArray[np.float32], frame: int = 0, *, rate_hz: int = CLIP_HZ,
        level_db: float = 0.0, reverb: float = 0.0, duck: Duck = SPOKEN,
    ) -> Placed:
        """Let a clip sound from `frame` on, or as soon after as can be; returns where, and which.

        sound     a clip of this channel's rate, or samples (frames, 2), -1 to 1, at `rate_hz`
        frame     of engine time: seconds * `self.rate_hz`; it is met exactly. 0 for as soon as can be
        level_db  -60 to 12, of the whole channel for as long as this clip is the newest that sounds
        reverb    0 to 1, how much of it the room gets
        duck      how far the music steps back, from 0.6 s before it to 2.5 s after it

        What is heard of frame f leaves the limiter 128 frames later. Raises ClipError.
        """
        clip = sound if isinstance(sound, Clip) else clip_of(sound, rate_hz, self.rate_hz)
        soonest = max(self._now + round(SOONEST_S * self.rate_hz), self._written)
        placed = Placed(max(frame, soonest), clip)
        self.place(placed, level_db=level_db, reverb=reverb, duck=duck)
        self._news.append(placed)
        return placed

    def place(
        self, placed: Placed, *, level_db: float = 0.0, reverb: float = 0.0, duck: Duck = NOT
    ) -> None:
        """The same at exactly that frame, untold: for a replay."""
        self._voices.append(_Voice(placed, placed.end, level_db, reverb, duck))

    def hush(self) -> None:
        """Fade out what is being said, and forget what was to be said after it."""
        if any(voice.end > self._now and not voice.placed.goes_on for voice in self._voices):
            cut = Cut(self._written + QUANTUM)
            streams = any(voice.placed.goes_on for voice in self._voices)
            self._hushed_until = 0 if streams else cut.frame  # a stream's level is the channel's as well
            self._news.append(cut)
            self.cut(cut.frame)

    def cut(self, frame: int) -> None:
        """No clip that was placed goes on after `frame`; untold: for a replay."""
        for voice in self._voices:
            if not voice.placed.goes_on:
                voice.end = min(voice.end, frame)

    def stream(self, sound: Clip, frame: int) -> None:
        """Go on with a stream: whole quanta, from `frame` on, which none that was streamed before passes."""
        placed = Placed(frame, sound, goes_on=True)
        self.place(placed)
        if self._piece and self._piece[-1].end != frame:
            self._tell_piece()
        self._piece.append(placed)
        if placed.end - self._piece[0].frame >= PIECE_S * self.rate_hz:
            self._tell_piece()

    def end_stream(self) -> None:
        """No more of it comes."""
        if self._piece or self._unfinished:
            self._tell_piece()
            closing = Placed(max(self._written, self._now), silence(QUANTUM))
            self.place(closing)
            self._news.append(closing)

    def _tell_piece(self) -> None:
        if self._piece:
            whole = joined(placed.clip for placed in self._piece)
            piece = Placed(self._piece[0].frame, whole, goes_on=True)
            self._news.append(piece)
            self._piece = []

    @property
    def speaking(self) -> bool:
        """Whether anything sounds now, or is yet to."""
        return any(voice.end > self._now for voice in self._voices)

    def news(self) -> Sequence[Placed | Cut]:
        """What was placed and cut since the last call, for the record."""
        news, self._news = self._news, []
        return news

    def ramps(self, effect_frame: int) -> list[Ramp]:
        """What moves at a tick that takes effect at `effect_frame`."""
        tick = round(TICK_S * self.rate_hz)
        wanted, seconds = self._wanted(effect_frame + tick), dict[str, float]()
        for name, value in wanted.items():
            moved = value - self._set[name]
            if name.endswith("_db") and name != "level_db":
                down_s = max(LEAST_RAMP_S, (self._next_begin(effect_frame) - effect_frame) / self.rate_hz)
                back_s = min(moved, AUDIBLE_DB) / RETURN_DB_PER_S
                seconds[name] = back_s if moved > 0.0 else min(down_s, BEFORE_S)
            else:
                seconds[name] = HUSH_S if self._hushed_until > effect_frame else LEAST_RAMP_S
        ramps = [
            Ramp("guest", name, value, seconds[name])
            for name, value in wanted.items() if value != self._set[name]
        ]
        self._set = wanted
        return ramps

    def _next_begin(self, frame: int) -> int:
        later = [voice.placed.frame for voice in self._voices if voice.placed.frame > frame]
        return min(later, default=frame)

    def _wanted(self, frame: int) -> dict[str, float]:
        """Every parameter as it shall be for what begins by `frame`."""
        before, after = round(BEFORE_S * self.rate_hz), round(AFTER_S * self.rate_hz)
        duck = self.duck
        level_db, reverb, tick = 0.0, self.reverb, round(TICK_S * self.rate_hz)
        for voice in self._voices:
            if voice.placed.frame - before <= frame and frame <= voice.end + after:
                duck = duck.under(voice.duck)
            if voice.placed.frame <= frame < voice.end + 2 * tick and not voice.placed.goes_on:
                level_db, reverb = voice.level_db, voice.reverb
        if frame < self._hushed_until:
            level_db = -60.0
        return {
            "level_db": level_db, "reverb": reverb,
            "foreground_db": duck.foreground_db, "pad_db": duck.pad_db, "drone_db": duck.drone_db,
        }

    def feed(self, synth: Synth, now_frame: int) -> None:
        """Write what sounds until AHEAD_S after `now_frame`."""
        self._now = now_frame
        horizon = now_frame + round(AHEAD_S * self.rate_hz)
        horizon -= horizon % QUANTUM
        while self._written < horizon and synth.guest.room >= QUANTUM:
            going_on = sorted(
                (voice for voice in self._voices if voice.end > max(self._written, voice.placed.frame)),
                key=lambda voice: voice.placed.frame,
            )
            if not going_on or going_on[0].placed.frame >= horizon:
                break
            begin = end = max(self._written, going_on[0].placed.frame // QUANTUM * QUANTUM)
            more = False
            for voice in going_on:
                if voice.placed.frame >= max(end, begin + QUANTUM):
                    break
                until = ceil(voice.end / QUANTUM) * QUANTUM
                if until >= end:
                    more = voice.placed.goes_on or (more and until == end)
                end = max(end, until)
            until = min(end, horizon, begin + synth.guest.room)
            self._write(synth, begin, until, last=until == end and not more)
        forgotten = now_frame - round(AFTER_S * self.rate_hz)
        self._voices = [voice for voice in self._voices if voice.end > forgotten]

    def _write(self, synth: Synth, begin: int, end: int, *, last: bool) -> None:
        """The sum of what sounds in these frames, whole quanta, into the ring."""
        total = np.zeros((end - begin, 2))
        for voice in self._voices:
            first, until = max(begin, voice.placed.frame), min(end, voice.end)
            if first < until:
                at = voice.placed.frame
                total[first - begin : until - begin] += voice.placed.clip.sound[first - at : until - at]
        sound = np.clip(total, -1.0, 1.0).astype(np.float32)
        flags = [0] * ((end - begin) // QUANTUM)
        if not self._unfinished:
            flags[0] |= FIRST
        if last:
            flags[-1] |= LAST
        for first, until in self._heard(begin, end):
            part = sound[first - begin : until - begin]
            synth.guest.write(part, first, flags[(first - begin) // QUANTUM : (until - begin) // QUANTUM])
        self._written, self._unfinished = end, not last

    def _heard(self, begin: int, end: int) -> list[tuple[int, int]]:
        if self._only is None:
            return [(begin, end)]
        parts = ((max(begin, first), min(end, until)) for first, until in self._only)
        return [(first, until) for first, until in parts if first < until]
