"""Profile: what a sitting is for, as plain values with the range each may take.

The ranges stand beside the fields, so that one place tells the composer, the guide, the check and
the reader of a TOML file what a key may be. Nothing here imports pydantic: a shipped profile loads
in a few milliseconds, and `profiles.check` reads these same annotations when a person's own file
has to be examined.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from dsp.palette.instruments import COMPOSED


@dataclass(frozen=True, slots=True)
class Within:
    """The closed range a number may lie in, and its unit in words."""

    low: float
    high: float
    unit: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        return {**handler(source), "ge": self.low, "le": self.high, "strict": True}


@dataclass(frozen=True, slots=True)
class Letters:
    """How many letters a text may have."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        return {**handler(source), "min_length": self.low, "max_length": self.high, "strict": True}


@dataclass(frozen=True, slots=True)
class Plainly:
    """A truth that is written as true or false, and not as "yes" or 1."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        return {**handler(source), "strict": True}


Goal = Literal["down", "up", "stay", "release"]
"""Where the heart shall be led: to rest, up, nowhere, or held high first and then down."""

Ending = Literal["cadence", "dissolve"]
SceneName = Literal["song", "still", "light", "alone", "deep", "heat", "afterglow"]
"""A state of the music that one could name; engine.music.scenes says who plays in it."""

if TYPE_CHECKING:
    Instrument = str
else:
    Instrument = Literal[COMPOSED]
"""A name in the table of instruments."""

Mode = Literal[
    "lydian", "ionian", "mixolydian", "dorian", "aeolian",
    "lydian_pentatonic", "major_pentatonic", "mixolydian_pentatonic", "dorian_pentatonic", "minor_pentatonic",
]  # fmt: skip

MODES: dict[Mode, tuple[int, ...]] = {
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "lydian_pentatonic": (0, 4, 6, 7, 11),
    "major_pentatonic": (0, 2, 4, 7, 9),
    "mixolydian_pentatonic": (0, 2, 5, 7, 10),
    "dorian_pentatonic": (0, 2, 3, 7, 9),
    "minor_pentatonic": (0, 3, 5, 7, 10),
}
"""Semitones above the tonic. The five-note modes are subsets of the seven-note mode they are named
after (major of ionian, minor of aeolian); none holds a minor second except the lydian one's 6-7."""

Mood = Literal["bright", "warm", "tender", "grave"]
"""From the brightest to the darkest; a profile's modes are listed under these names."""

MOOD_FROM: dict[Mood, float] = {"bright": 0.6, "warm": 0.05, "tender": -0.4, "grave": -1.0}
"""The valence (-1 to 1) from which each mood holds, after SCIENCE.md D2: Lydian from 0.6, Ionian
about 0.2, Mixolydian about -0.1, darker below -0.4."""

Share = Annotated[float, Within(0.0, 1.0)]
TempoBpm = Annotated[float, Within(40.0, 132.0, "beats a minute")]
HeartBpm = Annotated[float, Within(40.0, 140.0, "beats a minute")]
Density = Annotated[float, Within(0.0, 2.5, "onsets a second")]
LoudnessDb = Annotated[float, Within(-24.0, 0.0, "dB")]
CentroidHz = Annotated[float, Within(100.0, 4000.0, "Hz")]
AttackS = Annotated[float, Within(0.01, 8.0, "s")]
BreathPerMin = Annotated[float, Within(4.5, 24.0, "breaths a minute")]
SwellDb = Annotated[float, Within(0.0, 3.0, "dB")]
ChordS = Annotated[float, Within(4.0, 60.0, "s")]
SectionS = Annotated[float, Within(30.0, 600.0, "s")]
SilenceS = Annotated[float, Within(1.0, 20.0, "s")]
Pitch = Annotated[float, Within(21.0, 96.0, "as a MIDI note number")]
Words = Annotated[str, Letters(1, 200)]


class Table:
    """A table of a profile: a key that is not one of its fields is a mistake, not a comment."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Arc(Table):
    """The shape of a sitting in time. A shorter sitting scales `match_s` and the fades with it."""

    duration_s: Annotated[float, Within(60.0, 7200.0, "s")] = 1200.0
    fade_in_s: Annotated[float, Within(8.0, 60.0, "s")] = 12.0
    match_s: Annotated[float, Within(30.0, 600.0, "s")] = 150.0
    """How long the music only meets the heart before it leads (SCIENCE.md A7: 2-4 min)."""
    plateau_s: Annotated[float, Within(0.0, 900.0, "s")] = 0.0
    """Goal `release`: how long the music stays high with the heart before it comes down."""
    fade_out_s: Annotated[float, Within(8.0, 300.0, "s")] = 120.0


@dataclass(frozen=True, slots=True)
class Target(Table):
    """Where the heart is to be led when nobody names a rate.

    The first that can be had counts: `bpm`, then `of_usual` times the listener's usual resting rate
    (where earlier sittings have taught it), then `of_start` times the rate of the first minutes.
    """

    of_start: Annotated[float, Within(0.75, 1.25, "times the starting rate")]
    of_usual: Annotated[float, Within(0.75, 1.5, "times the usual resting rate")] | None = None
    bpm: HeartBpm | None = None


@dataclass(frozen=True, slots=True)
class Limits(Table):
    """Hard limits. Nothing, neither a heart nor a hand, moves the music past them."""

    target_bpm: tuple[HeartBpm, HeartBpm] = (48.0, 90.0)
    """Heart rates that may be asked for as a target."""
    tempo_per_min: Annotated[float, Within(0.0, 0.06, "share a minute")] = 0.03
    """Automatic tempo change a minute, as a share of the tempo (SCIENCE.md A4: 3 %, hard 6 %)."""
    tempo_total: Annotated[float, Within(0.0, 0.25, "share of the first tempo")] = 0.20
    """How far a whole sitting may lead away from its first tempo."""
    lead: Annotated[float, Within(0.0, 0.10, "share of the heart rate")] = 0.07
    """How far ahead of the heart the tempo may run."""
    fold_over: Annotated[float, Within(0.0, 0.25, "share of the fastest tempo")] = 0.15
    """How far over the fastest tempo three quarters of a heart may lie while the music still meets it, at
    its fastest, rather than at half the heart's rate."""
    loudness_db_per_s: Annotated[float, Within(0.05, 1.0, "dB a second")] = 0.25
    """Fastest rise of the music after the first fade-in (SCIENCE.md A6: 1 LU/s)."""


@dataclass(frozen=True, slots=True)
class Ranges(Table):
    """Low and high of what the music does: the guide keeps to them, the audit holds the sound to them."""

    tempo_bpm: tuple[TempoBpm, TempoBpm]
    density: tuple[Density, Density]
    """Foreground onsets a second."""
    brightness: tuple[Share, Share]
    loudness_db: tuple[LoudnessDb, LoudnessDb]
    """Below the profile's level; 0 is as loud as this profile gets by itself (a hand may lift it)."""
    centroid_hz: tuple[CentroidHz, CentroidHz]
    """Spectral centroid of the mix over half a minute."""
    attack_s: tuple[AttackS, AttackS]
    """Rise time of onsets, 10 to 90 %."""
    silence_share: tuple[Share, Share]
    """Share of a sitting, between its fades, that is silence: nothing is struck and the bed has sunk."""


@dataclass(frozen=True, slots=True)
class Breath(Table):
    """The swell that breathes: from the listener's own rate to a share of it, then gently on."""

    default_per_min: Annotated[float, Within(8.0, 20.0, "breaths a minute")] = 14.0
    """Taken for the listener's own rate while that is unknown or uncertain."""
    settle_share: Annotated[float, Within(0.6, 1.2, "times the own rate")] = 0.75
    """Leslie 2019: swells at 0.75 of one's own rate slow breathing most."""
    settle_s: Annotated[float, Within(60.0, 900.0, "s")] = 180.0
    then_per_min: BreathPerMin = 6.0
    """Where the swell glides after it has settled; never under 4.5. A listener's own pace, where it is known
    (calando pace), takes the place of one that is slow."""
    straight_to_pace: bool = False
    """Whether the first way already leads to that own pace."""
    glide_per_min2: Annotated[float, Within(0.0, 0.25, "breaths a minute, each minute")] = 0.25
    depth_db: tuple[SwellDb, SwellDb] = (1.5, 3.0)
    """How deep, at the start and once it leads: felt as a swell of so many decibels, of which the sound leans
    five for each where ears are, and hardly any in loudness (dsp.lean)."""
    inhale_share: Annotated[float, Within(0.3, 0.5)] = 0.4
    layer: Literal["wind", "water", "none"] = "wind"
    """Which layer carries the breath audibly: it sighs on the exhale."""


@dataclass(frozen=True, slots=True)
class Pulse(Table):
    """The soft heart pulse, the one layer locked to the body."""

    mode: Literal["off", "on the beat", "slightly slower"] = "on the beat"
    level: Share = 0.5
    slower: Annotated[float, Within(0.0, 0.10, "share")] = 0.03
    """How much slower than the heart it goes where the mode says so."""


@dataclass(frozen=True, slots=True)
class Harmony(Table):
    """What the notes are chosen from."""

    tonic: tuple[Pitch, Pitch]
    """MIDI numbers between which the seed draws the home note."""
    mood: Annotated[float, Within(-1.0, 1.0)]
    """Home valence, -1 (grave) to 1 (bright); words of feeling and the therapist's nudge move it."""
    modes: dict[Mood, tuple[Mode, ...]]
    """Modes by mood; a mood that is missing takes its nearest neighbour's."""
    chord_s: tuple[ChordS, ChordS] = (8.0, 20.0)
    """How long one chord lasts (SCIENCE.md D1: 8-20 s, never under 4)."""
    colour: Share = 0.3
    """How often chords carry added notes (sevenths, ninths, suspensions)."""

    def modes_for(self, mood: float) -> tuple[Mode, ...]:
        """The modes to play at a valence of -1 to 1, from the nearest mood this profile has."""
        order: list[Mood] = list(MOOD_FROM)
        wanted = next((i for i, name in enumerate(order) if mood >= MOOD_FROM[name]), len(order) - 1)
        near = min(self.modes, key=lambda name: (abs(order.index(name) - wanted), order.index(name)))
        return self.modes[near]


@dataclass(frozen=True, slots=True)
class Form(Table):
    """The composer's clocks (SCIENCE.md D3)."""

    beats_per_bar: Annotated[int, Within(2, 7, "beats")] = 4
    phrase_s: Annotated[float, Within(6.0, 16.0, "s")] = 10.0
    section_s: tuple[SectionS, SectionS] = (120.0, 180.0)
    silence_s: tuple[SilenceS, SilenceS] = (3.0, 12.0)
    """Lengths of composed silences."""
    rests: tuple[Share, Share] = (0.3, 0.5)
    """Share of a melody that rests."""
    ending: Ending = "cadence"
    scenes: tuple[SceneName, ...] = ("song", "still", "light", "alone")
    """What the sections of a sitting are, in order and from the beginning again; once the guide has made the
    music soft they are the afterglow."""


@dataclass(frozen=True, slots=True)
class Channel(Table):
    """How one instrument sounds; keys and ranges are those of dsp.score.CHANNEL_PARAMETERS."""

    level_db: Annotated[float, Within(-60.0, 6.0, "dB")]
    reverb: Share = 0.3
    echo: Share = 0.0
    chorus: Share = 0.0
    brightness: Share = 0.4
    attack_s: AttackS = 0.5
    release_s: Annotated[float, Within(0.05, 12.0, "s")] = 3.0
    width: Share = 0.5
    register: tuple[Pitch, Pitch] = (48.0, 72.0)
    """Lowest and highest MIDI note the composer may give it; between them wind and water lie as a whole, and
    drums pay it no heed."""


@dataclass(frozen=True, slots=True)
class Master(Table):
    """Settings over everything; keys and ranges are those of dsp.score.MASTER_PARAMETERS."""

    level_db: Annotated[float, Within(-60.0, 6.0, "dB")] = 0.0
    brightness_hz: Annotated[float, Within(400.0, 20000.0, "Hz")] = 6000.0
    reverb_s: Annotated[float, Within(0.5, 12.0, "s")] = 6.0
    reverb_damping_hz: Annotated[float, Within(500.0, 12000.0, "Hz")] = 3000.0
    reverb_level_db: Annotated[float, Within(-60.0, 6.0, "dB")] = -6.0
    echo_s: Annotated[float, Within(0.05, 1.9, "s")] = 0.75
    echo_feedback: Annotated[float, Within(0.0, 0.85)] = 0.35


@dataclass(frozen=True, slots=True)
class Profile(Table):
    """One kind of sitting, as read from a TOML file."""

    name: Words
    title: Words
    description: Words
    """One sentence for the person who chooses."""
    goal: Goal
    target: Target
    ranges: Ranges
    harmony: Harmony
    palette: dict[Instrument, Channel]
    """The instruments that sound, and how; one that is not named is silent."""
    arc: Arc = field(default_factory=Arc)
    limits: Limits = field(default_factory=Limits)
    breath: Breath = field(default_factory=Breath)
    pulse: Pulse = field(default_factory=Pulse)
    form: Form = field(default_factory=Form)
    master: Master = field(default_factory=Master)
