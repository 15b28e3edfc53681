"""Record: one sitting as it is read back from the journal. Everything a report, an export or a replay needs.

Times `t_s` are engine time in seconds; times `at` are the wall clock's, ISO 8601 with its offset from UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from engine.guide.music_state import Decision, Hand, Intent, MusicState
from engine.guide.target import Usual
from engine.journal.alphabet import TODAY, Alphabet
from engine.journal.blind import is_blind
from engine.journal.scale import SCALES
from engine.past.month import Kept
from engine.past.reading import Figure
from sensors.artefacts import LabelledBeat
from sensors.beat import SensorEvent
from sensors.heart_state import HeartState

if TYPE_CHECKING:
    from dsp.command import Command
    from dsp.telemetry import Played

Ending = Literal["complete", "interrupted"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a sitting says of a heart at rest (engine.journal.figures); None where it was not earned."""

    resting_bpm: float | None = None
    breath_per_min: float | None = None
    rmssd_ms: float | None = None
    quality: float | None = None
    """Share of the sitting covered by normal beats, 0 to 1."""
    beats: int = 0


@dataclass(frozen=True, slots=True)
class TellingGuide:
    """The guide whose words a sitting tells."""

    name: str
    title: str
    lines: int
    """How many it has, without the groups that are left out."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a sitting was, without what happened in it."""

    id: str
    began_at: str
    ended_at: str | None
    ending: Ending | None
    """None while it is being played."""
    client: str | None
    """The listener's code, never a name."""
    consent: bool | None
    """Whether the listener agreed to the record being kept; None where nobody was asked."""
    goals: str | None
    profile: str
    """The profile's name."""
    profile_table: Mapping[str, Any]
    """The whole profile as it was, as `dataclasses.asdict` gives it."""
    feel: str | None
    """The sentence that chose the profile."""
    sensor: str
    """The sensor's spec."""
    sensor_label: str
    simulated: bool
    arm: str
    """How it was led, as asked; of a trial that has not ended, only which of its sittings it is."""
    seed: int
    target_bpm: float | None
    """As asked; None where it was left to the guide."""
    duration_s: float
    """As planned, seconds."""
    rate_hz: int
    """Sample rate."""
    output: str
    """Where the sound went, in words."""
    file: str | None
    """The sound file it was played into."""
    versions: Mapping[str, str]
    """`calando`, `python`, `sound` (dsp.machine.sound_name: of what it was made) and `processor`."""
    usual: Usual
    """What was usual for the client before this sitting."""
    frames: int
    """Frames played whose commands are all known: `frames / rate_hz` is the length in seconds."""
    figures: Figures
    alphabet: Alphabet = TODAY
    """What the numbers of its commands stand for."""
    guide: TellingGuide | None = None
    """None where no words are told, and in journals of before that was kept."""

    @property
    def blind(self) -> bool:
        """Whether it is of a trial that has not ended, so that nobody may see yet how it was led."""
        return is_blind(self.arm)

    @property
    def length_s(self) -> float:
        """How long it was played, seconds."""
        return self.frames / self.rate_hz


@dataclass(frozen=True, slots=True)
class State:
    """The sitting as it stood at `t_s`, once a second and at every change of stage.

    `heart.words` is empty and `music.decisions` too: both are kept once, as events and decisions.
    """

    t_s: float
    heart: HeartState
    music: MusicState
    tempo_bpm: float
    """Tempo at `t_s`; `music.tempo_bpm` is where it was going."""
    beat: float
    """Where the transport stood, in beats from the start."""
    lufs_momentary: float | None
    lufs_short_term: float | None
    true_peak_dbtp: float | None
    late_periods: int
    """Periods that came too late at the sound device so far."""
    missed_notes: int = 0
    """Notes that could not be played so far; 0 in journals of before they were counted."""
    late_notes: int = 0
    """Notes that began late so far."""
    in_step: float | None = None
    """How well the music's breath and the listener's went together (engine.in_step)."""


@dataclass(frozen=True, slots=True)
class SentCommand:
    """A command and what the synth said of it; `command.frame` is the frame it was asked for."""

    sequence: int
    command: Command
    frame: int | None
    """Start of the quantum in which it took effect or was dropped; None where the synth has not said."""
    dropped: bool = False
    """The synth had no room to keep it: it changed nothing."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The stop word was found changed in the quantum at `frame`: `asked_by` it says, or 0, to go on."""

    frame: int
    asked_by: int


@dataclass(frozen=True, slots=True)
class GuestSound:
    """What became of the guest channel at `frame` (engine.guest).

    kind     a `clip` or a `piece` of a stream was placed there; clips were `cut`; it was heard from there
             `on`, or `off`
    frames   length of a clip or piece
    digest   of what it holds (engine.guest.clip)
    sound    FLAC in base64; None where an earlier row has that digest, or where it was too much to keep
    """

    kind: Literal["clip", "piece", "cut", "on", "off"]
    frame: int
    frames: int = 0
    digest: str | None = None
    sound: str | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment that somebody marked."""

    t_s: float
    hand: Hand
    words: str


@dataclass(frozen=True, slots=True)
class Rating:
    """How the listener felt, by their own word; None where not asked."""

    when: Literal["before", "after"]
    calm: float | None = None
    """0 (not at all calm) to 10 (wholly calm)."""
    valence: float | None = None
    """-1 (unpleasant) to 1 (pleasant)."""
    arousal: float | None = None
    """-1 (drowsy) to 1 (wide awake)."""
    at: str | None = None
    """When it was written down; None in journals of before that was kept."""
    hand: Hand | None = None
    """Who wrote it down."""

    @property
    def words(self) -> str:
        """The rating in words, as it was asked for (engine.journal.scale)."""
        given = ((scale, getattr(self, name)) for name, scale in SCALES.items())
        return ", ".join(
            f"{scale.word} {round(scale.told(kept), 1):g} of 10" for scale, kept in given if kept is not None
        )


@dataclass(frozen=True, slots=True)
class Remark:
    """A note about the sitting (`Record.notes`), or what was done with its record (`Record.changes`)."""

    at: str
    hand: Hand
    words: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the listener wrote on a page of their own while the music played, as it was saved last."""

    at: str
    leaf: str
    """Which page: whoever begins on another sheet, or another device, overwrites nothing."""
    words: str
    shared: bool
    """Whether the therapist may read it."""
    concern: bool
    """Whether there are words in it that a help line answers (engine.feel.alarm)."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line of a guide, as it was told."""

    t_s: float
    frame: int
    """Where it began in the sound."""
    place: int
    """Which step of its guide, from 0."""
    words: str
    digest: str | None = None
    """SHA-256 of the sound that said it; None where it was text and a bell."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made from a sitting."""

    at: str
    kind: str
    """In a word: report, picture, sound, take-home, export or progress."""
    path: str
    """Absolute."""
    digest: str
    """SHA-256 of what was put there, in hexadecimal: by it the file is known again."""


@dataclass(frozen=True, slots=True)
class Record:
    """One sitting, whole. Every list is in order of time, `commands` in order of sequence."""

    head: Head
    events: tuple[SensorEvent, ...] = ()
    """What the sensor delivered; a strap's notifications with their bytes."""
    beats: tuple[LabelledBeat, ...] = ()
    """Beats with their final labels."""
    states: tuple[State, ...] = ()
    decisions: tuple[Decision, ...] = ()
    intents: tuple[Intent, ...] = ()
    commands: tuple[SentCommand, ...] = ()
    """All that was sent to the synth: notes (beats, instrument, pitch), ramps, tempo, fades."""
    stops: tuple[Stop, ...] = ()
    """Where the sound was stopped at once, from whatever process, or let go on."""
    guest: tuple[GuestSound, ...] = ()
    """What sounded beside the music, and when."""
    played: tuple[Played, ...] = ()
    """What somebody played along, touch by touch."""
    markers: tuple[Marker, ...] = ()
    ratings: tuple[Rating, ...] = ()
    notes: tuple[Remark, ...] = ()
    changes: tuple[Remark, ...] = ()
    pages: tuple[Page, ...] = ()
    """The listener's own; who is no listener shows none that is not shared."""
    lines: tuple[Spoken, ...] = ()
    """What a guide told."""
    usual: Usual | None = None
    """What is usual for the client as the journal has it now (engine.journal.earlier); None: `head.usual`."""
    watch: Mapping[Figure, Kept] = field(default_factory=dict[Figure, Kept])
    """What the client's watch told of a month before (engine.past), which is no sitting's."""

    @property
    def compared_with(self) -> Usual:
        """What this sitting is held against."""
        return self.head.usual if self.usual is None else self.usual
