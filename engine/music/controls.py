"""Controls: what the guide asks of the sound, turned into ramps; and the breath that the wind follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from types import MappingProxyType

from dsp.palette.instruments import COMPOSED
from dsp.score import CHANNEL_PARAMETERS, Ramp
from engine.guide.music_state import MusicState
from engine.music.orchestration import FOREGROUND
from profiles.schema import Profile

AS_WRITTEN: Mapping[str, float] = MappingProxyType({})
"""The levels of the profile, as they are."""

HUSH_DB = -30.0
"""How far the layers over the drone go down where silence is asked for."""

FALL_DB_PER_S = 5.0
RETURN_DB_PER_S = 0.5
"""How fast they go down into a silence, and come back: with the whole, which comes back beside them
(BACK_DB_PER_S in engine.guide.outputs), less than 1 LU/s (SCIENCE.md A6)."""

BED_RETURN_DB_PER_S = 0.2
"""How fast the bed, which is nearly all that is loud, comes back, and after a composed silence everything:
with a breath and a stroke that fall into it, loudness rises by less than 1 LU in a second. Own choice."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A composed silence.

    sunk_db         how far everything sinks
    others_db       the same of what sinks by another measure
    back_db_per_s   how fast it comes back
    """

    sunk_db: float
    others_db: Mapping[str, float]
    back_db_per_s: float


SHALLOW = Rest(-5.0, MappingProxyType({"drone": -3.0, "wind": -1.5, "water": -1.5}), BED_RETURN_DB_PER_S)
"""Little is left, not nothing: the air bears the breath, and sinks so far that its swell over what else is
left is no rise of its own; the heart stands over it as it does over the whole. Own choice, as measured
(benchmarks/loop_sound.py)."""

DEEP = Rest(-16.0, AS_WRITTEN, 0.3)
"""Nothing is left, not even the air: under -38 LUFS over three seconds. It comes back as far as SHALLOW while
one chord stands and nothing is struck, so that a breath may be added to that way. Own choice."""

SWELL_GIVES, SWELL_GIVES_FROM_DB = 0.8, -8.0
"""Share of the breath's swell that is given up where the bed lies so low in a silence, and less as it comes
back: both together would be a rise of more than 1 LU in a second. Own choice, as measured."""

DEEP_STAYS_S = 3.0
"""From the end of a deep silence until everything begins to come back. Own choice."""

RETURN_MOST_S = 65.0
"""What somebody gives back is back by then, from however deep: most of a long way is hardly heard, and the
rise governor holds the rest (dsp.rise). Own choice."""

HAND_FALL_DB_PER_S = 8.0
"""How fast layers go down where somebody asks: 12 dB in a second and a half (own choice)."""

OPEN_DB = 2.9
"""How far a whole answer raises, or lowers, what lies above the master's shelf. Own choice, as measured
(benchmarks/loop_reach.py): it moves the spectral centroid by a tenth or a little more either way, twice what
is just noticed."""

BRIGHT_DB = 4.0
"""How much further the same shelf stands open at the bright end of a profile's range than at its dark end.
Own choice, as measured (benchmarks/loop_meeting.py): a slow heart and a middle one are then two or three just
noticeable differences of the centroid apart."""

ANSWER_DEPTH = 0.35
"""Share by which an answer makes the breath's lean deeper or shallower; off stays off (LOOP.md 5)."""

OPENING_ATTACK_S = 0.4
OPENING_S = 2.0
"""Longest attack of a note that begins with the music, and for how long. The whole swells in the guide's fade
already; in an attack of four seconds within it nothing would be heard for two. Own choice, as measured
(benchmarks/first_sound.py): with it -60 dBFS is passed a fifth of a second into every profile."""

_DRAWN_S = 0.1
"""Length of the short ramps that draw a level tick by tick."""

LAYER_SWING_DB = 2.0
"""How far the breath's own layer rises and falls at the full depth of the swell (3 dB), peak to trough. Own
choice: it goes against the lean, and what it has more weakens that."""

SIGH_SHARE = 0.35
"""Share of the exhale in which the layer rises; it sinks for the rest of it, and rests while air comes in."""

PULL, MOST_PULL = 1.5, 0.15
"""How hard a breath that is handed in pulls the guide's phase toward it: share of the rate for a whole breath
of difference, and at most. Half a breath apart they are together after four. Own choice."""

_FULL_DEPTH_DB = 3.0
_SETTLE_S = 2.0
_EVERY_S = 1.0
"""No parameter is sent more often; the guide's own changes are far slower."""


TURN_S = 10.0
"""Seconds in which the sound of one profile becomes that of another: about as long as a phrase."""

FRONT = (*FOREGROUND, "kit")
"""The channels of everything that is struck."""

_UNHUSHED = ("drone", "heart", "wind", "water")
"""What goes on where silence is asked for."""

_GUIDED = ("level_db", "breath_per_min", "breath_depth_db", "open_db")
"""Of the master: what the guide has in hand, and glides by itself."""


class BreathClock:
    """Phase of the breath guide, 0 where the inhale starts; the breath in `dsp` counts alike from frame 0."""

    def __init__(self) -> None:
        self._phase = 0.0
        self._at_s = 0.0
        self._per_s = 0.0

    def advance(self, now_s: float, per_min: float) -> float:
        """Move on to `now_s` at the rate so far, take up the new one, and give the phase (0 to 1)."""
        self._phase = (self._phase + max(0.0, now_s - self._at_s) * self._per_s) % 1.0
        self._at_s, self._per_s = max(now_s, self._at_s), per_min / 60.0
        return self._phase

    def pulled(self, per_min: float, toward: float | None) -> float:
        """`per_min`, a little faster or slower until the guide breathes with the phase `toward` (0 to 1):
        where somebody stands in their breath now, None where that is not known."""
        if toward is None:
            return per_min
        behind = (toward - self._phase + 0.5) % 1.0 - 0.5
        return per_min * (1.0 + min(max(PULL * behind, -MOST_PULL), MOST_PULL))

    def phase_at(self, t_s: float) -> float:
        """The phase expected at a later moment."""
        return (self._phase + (t_s - self._at_s) * self._per_s) % 1.0

    @property
    def per_min(self) -> float:
        """Breaths a minute."""
        return 60.0 * self._per_s

    @property
    def goes(self) -> bool:
        """Whether a breath is guided at all."""
        return self._per_s > 0.0

    def inhale_s(self, from_s: float) -> float:
        """When the first inhale from `from_s` on is expected to begin; infinite where nothing breathes."""
        if self._per_s <= 0.0:
            return inf
        return from_s + (1.0 - self.phase_at(from_s)) % 1.0 / self._per_s


class Controls:
    """Holds every parameter's present value and sends a ramp only where one has to move."""

    def __init__(self, profile: Profile, mix: Mapping[str, float] = AS_WRITTEN) -> None:
        """`mix`: dB by which each instrument lies over or under its level in the profile."""
        self._profile = profile
        self.breath = BreathClock()
        self._values: dict[tuple[str, str], float] = {}
        self._sent_s: dict[tuple[str, str], float] = {}
        self._sighs: bool | None = None
        self._rests: list[tuple[float, float, Mapping[str, float], Rest]] = []
        self._mix = mix
        self._resting: Rest | None = None
        self._air_back_db_per_s = BED_RETURN_DB_PER_S
        self._opened_s: float | None = None
        self._sinking = (0.0, 0.0, 0.0, 0.0)
        self._air_db = 0.0
        self._layer_db = 0.0
        for name in COMPOSED:
            channel = profile.palette.get(name)
            for parameter in CHANNEL_PARAMETERS if channel else ():
                self._values[name, parameter] = getattr(channel, parameter)
            self._values[name, "level_db"] = self._level(name) if channel else -60.0
        master = profile.master
        self._values.update({("master", key): getattr(master, key) for key in type(master).__slots__})
        self._values["master", "level_db"] = -60.0
        self._values["master", "breath_per_min"] = 0.0
        self._values["master", "breath_depth_db"] = 0.0
        self._values["master", "open_db"] = 0.0

    def standing(self) -> list[Ramp]:
        """Every parameter as it stands, at once: for frame 0, and for a player that has to start again.

        But for the attacks, which `follow` gives back after OPENING_S: what begins the music swells in the
        guide's fade already.
        """
        self._opened_s = inf
        ramps = [Ramp(channel, parameter, value, 0.0) for (channel, parameter), value in self._values.items()]
        return [
            replace(ramp, value=min(ramp.value, OPENING_ATTACK_S)) if ramp.parameter == "attack_s" else ramp
            for ramp in ramps
        ]

    def _open(self, ramps: list[Ramp], now_s: float) -> None:
        """After the opening, every attack as the profile has it."""
        if self._opened_s is None:
            return
        self._opened_s = min(self._opened_s, now_s)
        if now_s - self._opened_s >= OPENING_S:
            self._opened_s = None
            ramps += [
                Ramp(channel, parameter, value, 0.0)
                for (channel, parameter), value in self._values.items()
                if parameter == "attack_s" and value > OPENING_ATTACK_S
            ]

    def turn_to(
        self, profile: Profile, now_s: float, mix: Mapping[str, float] = AS_WRITTEN
    ) -> list[Ramp]:
        """Ramps from one profile's sound to another's; instruments that it does not have fall silent."""
        ramps = list[Ramp]()
        for (channel, parameter), value in Controls(profile, mix)._values.items():
            key = channel, parameter
            if (channel == "master" and parameter in _GUIDED) or self._values.get(key) == value:
                continue
            self._send(ramps, now_s, channel, parameter, value, TURN_S)
            self._sent_s[key] = now_s + TURN_S - _EVERY_S  # nothing else moves it meanwhile
        self._profile, self._mix, self._air_db = profile, mix, 0.0
        return ramps

    def _level(self, name: str, under_db: float = 0.0) -> float:
        """A channel's level, so many dB over its place or under it."""
        return min(max(self._profile.palette[name].level_db + under_db, -60.0), 6.0)

    def rest(
        self,
        from_beat: float,
        to_beat: float,
        then: Mapping[str, float] = AS_WRITTEN,
        deep_beat_s: float | None = None,
    ) -> None:
        """A composed silence is coming: everything will sink at its beginning and rise again from its end.

        then          dB by which each instrument will lie over or under its level in the profile
        deep_beat_s   seconds a beat where nothing is to be left, None for a shallow one; after a deep one the
                      next chord is there before it is heard, and then comes up with the bed
        """
        if deep_beat_s is None:
            self._rests.append((from_beat, to_beat, then, SHALLOW))
            return
        to_beat += DEEP_STAYS_S / deep_beat_s
        back_beat = to_beat + (SHALLOW.sunk_db - DEEP.sunk_db) / DEEP.back_db_per_s / deep_beat_s
        self._rests += [(from_beat, back_beat, then, SHALLOW), (from_beat, to_beat, then, DEEP)]

    def follow(
        self, now_s: float, now_beat: float, music: MusicState, breath_phase: float | None = None
    ) -> list[Ramp]:
        """Ramps that take the sound from where it stands to what `music` asks for.

        breath_phase   where the listener stands in their breath, 0 to 1 from the inhale on: the guide's
                       breath is drawn there; None where that is not known, and it goes by itself
        """
        profile, ramps = self._profile, list[Ramp]()
        opening = self._opened_s == inf
        self._open(ramps, now_s)
        # The guide's loudness holds the fades too; ramps as long as the time between them draw its line.
        depth_db = music.breath_depth_db * (1.0 + ANSWER_DEPTH * music.answer)
        depth_db *= self._swells(now_s)
        depth_db = min(max(depth_db, 0.0), _FULL_DEPTH_DB)
        level_db = min(max(profile.master.level_db + music.loudness_db, -60.0), 6.0)
        if music.prompt or opening:  # the first fade begins where it says, and not a second later
            if level_db != self._values["master", "level_db"]:
                self._send(ramps, now_s, "master", "level_db", level_db, _DRAWN_S)
        else:
            self._move(ramps, now_s, "master", "level_db", level_db, 0.05, _EVERY_S)
        per_min = self.breath.pulled(music.breath_guide_per_min, breath_phase)
        self._move(ramps, now_s, "master", "breath_per_min", per_min, 0.01, 0.0)
        self._move(ramps, now_s, "master", "breath_depth_db", depth_db, 0.02)
        low, high = profile.ranges.brightness
        opened = music.brightness - (low + high) / 2
        tilt_hz = min(max(profile.master.brightness_hz * 2.0 ** (1.6 * opened), 400.0), 20000.0)
        self._move(ramps, now_s, "master", "brightness_hz", tilt_hz, 0.02 * tilt_hz)
        open_db = OPEN_DB * music.answer + BRIGHT_DB * opened / max(high - low, 0.01)
        self._move(ramps, now_s, "master", "open_db", min(max(open_db, -6.0), 6.0), 0.02)
        for name, channel in profile.palette.items():
            bright = min(max(channel.brightness + 0.6 * opened, 0.0), 1.0)
            self._move(ramps, now_s, name, "brightness", bright, 0.01)
        self._hush(ramps, now_s, now_beat, music)
        self._breathe(ramps, now_s, music)
        return ramps

    def _hush(self, ramps: list[Ramp], now_s: float, now_beat: float, music: MusicState) -> None:
        """Where silence is composed, or hands want it or less of a layer, what is already written goes down
        with its channels."""
        self._rests = [rest for rest in self._rests if now_beat < rest[1]]
        rested, rest = self._resting, None
        for begin, _, then, each in self._rests:
            if begin <= now_beat:
                rest, self._mix = each, then
        self._resting = rest
        returns = rested is not None and rest is not rested
        bed_back_db_per_s = rested.back_db_per_s if rested and returns else BED_RETURN_DB_PER_S
        if returns:
            self._air_back_db_per_s = bed_back_db_per_s
        self._sink(now_s, HUSH_DB if music.silence else rest.sunk_db if rest else 0.0, bed_back_db_per_s)
        for name in self._profile.palette:
            under_db = self._mix.get(name, 0.0)
            if rest:
                under_db += rest.others_db.get(name, rest.sunk_db)
            if music.silence and name not in _UNHUSHED:
                under_db = HUSH_DB
            if name == self._profile.breath.layer:
                self._layer_db = under_db
                continue
            front_db = music.foreground_db if name in FRONT else 0.0
            wanted = self._level(name, under_db + front_db)
            way_db = wanted - self._values[name, "level_db"]
            if way_db != 0.0:
                fall_db_per_s = HAND_FALL_DB_PER_S if front_db < 0.0 else FALL_DB_PER_S
                by_hand = name in FRONT and not returns
                back_db_per_s = RETURN_DB_PER_S if by_hand else bed_back_db_per_s
                back_s = min(way_db / back_db_per_s, RETURN_MOST_S)
                seconds = back_s if way_db > 0.0 else -way_db / fall_db_per_s
                self._send(ramps, now_s, name, "level_db", wanted, seconds)

    def _sink(self, now_s: float, to_db: float, back_db_per_s: float) -> None:
        if to_db != self._sinking[2]:
            from_db = self.sunk_db(now_s)
            way_db = to_db - from_db
            back_s = min(way_db / back_db_per_s, RETURN_MOST_S)
            seconds = back_s if way_db > 0.0 else -way_db / FALL_DB_PER_S
            self._sinking = (now_s, from_db, to_db, seconds)

    def _swells(self, at_s: float) -> float:
        """Share of the breath's swell that there is room for."""
        return 1.0 - SWELL_GIVES * min(self.sunk_db(at_s) / SWELL_GIVES_FROM_DB, 1.0)

    def sunk_db(self, at_s: float) -> float:
        """How far the bed lies at a moment under its place in the scene, dB: 0, or below in a silence and on
        the way back, as far as that is decided now."""
        begin_s, from_db, to_db, seconds = self._sinking
        gone = min(max(at_s - begin_s, 0.0) / seconds, 1.0) if seconds > 0.0 else 1.0
        return from_db + (to_db - from_db) * gone

    def _breathe(self, ramps: list[Ramp], now_s: float, music: MusicState) -> None:
        """The breath's layer sighs: it swells as the exhale begins, sinks with it and rests on the inhale."""
        phase = self.breath.advance(now_s, self._values["master", "breath_per_min"])
        layer = self._profile.breath.layer
        if layer == "none" or layer not in self._profile.palette or music.breath_guide_per_min <= 0.0:
            return
        inhale = self._profile.breath.inhale_share
        top = inhale + SIGH_SHARE * (1.0 - inhale)
        rises = inhale <= phase < top
        if rises is self._sighs and not self._air_db > self._layer_db:
            return
        self._sighs = rises
        swing_db = 0.5 * LAYER_SWING_DB * music.breath_depth_db / _FULL_DEPTH_DB * self._swells(now_s)
        if self._air_db < SHALLOW.sunk_db:
            swing_db = 0.0  # on the way back from a deep rest there is no room for it
        seconds = ((top if rises else 1.0) - phase) % 1.0 * 60.0 / music.breath_guide_per_min
        if self._air_db > self._layer_db:  # a silence begins: at once, wherever the breath is
            seconds = (self._air_db - self._layer_db) / FALL_DB_PER_S
            self._air_db = self._layer_db
        self._air_db = min(self._layer_db, self._air_db + self._air_back_db_per_s * seconds)
        swing_db = swing_db if rises else -swing_db
        self._send(ramps, now_s, layer, "level_db", self._level(layer, self._air_db + swing_db), seconds)

    def _move(
        self,
        ramps: list[Ramp],
        now_s: float,
        channel: str,
        parameter: str,
        value: float,
        tolerance: float,
        seconds: float = _SETTLE_S,
    ) -> None:
        key = (channel, parameter)
        rested = now_s - self._sent_s.get(key, -_EVERY_S) >= _EVERY_S
        if rested and abs(value - self._values[key]) > tolerance:
            self._send(ramps, now_s, channel, parameter, value, seconds)

    def _send(
        self, ramps: list[Ramp], now_s: float, channel: str, parameter: str, value: float, seconds: float
    ) -> None:
        self._values[channel, parameter] = value
        self._sent_s[channel, parameter] = now_s
        ramps.append(Ramp(channel, parameter, value, seconds))
