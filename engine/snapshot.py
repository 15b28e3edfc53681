"""Snapshot: a sitting at one moment, in plain values that any front end can show and any wire can carry.

The only place where a `Moment` becomes a dictionary: views, JSON lines, the door and whoever listens behind
it read this and nothing else. A figure that has not been earned is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from engine.desk import Answer, Mark
from engine.guide import answer
from engine.guide.hands import parameter_ranges
from engine.guide.senses import BREATH_TRUSTED
from engine.stages import STAGES
from sensors.beat import LinkChange
from sensors.plain_text import plain, visible

if TYPE_CHECKING:
    from engine.player import Output
    from engine.session import Moment
    from engine.sitting.sitting import Sitting


@dataclass(frozen=True, slots=True)
class Facts:
    """What stays the same for a whole sitting."""

    sitting: str
    """Its id, also in the journal."""
    title: str
    """Of the profile it began with."""
    profile: str
    duration_s: float
    seed: int
    client: str | None
    usual_bpm: float | None
    """The client's usual resting rate by earlier sittings."""
    ranges: Mapping[str, tuple[float, float]]
    """How far hands may move each parameter in the profile it began with."""
    rate_hz: int
    """Frames of an answer, and of what has been heard, in a second."""
    kept: bool
    """Whether there is a record of it."""
    guide: str | None = None
    """Title of the guide whose words are told."""
    along: bool = False
    """Whether somebody may play along."""
    beats_per_bar: int = 4
    """Of the profile it began with."""

    @classmethod
    def of(cls, sitting: Sitting) -> Facts:
        plan = sitting.plan
        return cls(
            sitting.id, plan.profile.title, plan.profile.name, plan.duration_s, plan.seed, plan.client,
            plan.usual.resting_bpm, parameter_ranges(plan.profile), sitting.output.rate_hz, sitting.kept,
            None if plan.telling is None else plan.telling.script.title,
            sitting.along is not None, plan.profile.form.beats_per_bar,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """Something that is told once: a decision of the guide or of a hand, a marker, or a word of the strap."""

    t: float
    kind: str
    """`decision`, `mark`, `link` or `line`, which a guide says."""
    hand: str
    words: str


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat of the listener's heart, once its label is final."""

    t: float
    rr_ms: float | None
    """The interval that ends with it; None where it is not known."""
    label: str
    """As sensors.artefacts.Label has it: `normal`, and what kind of artefact it is else."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A sitting at engine time `t`, seconds."""

    t: float
    stage: str
    doing: str
    """The stage in words."""
    tempo_bpm: float
    beat: float
    """Of the transport, from 0 on; bars have `Facts.beats_per_bar`, and begin at its multiples."""
    density: float
    """Onsets a second."""
    brightness: float
    breath_guide_per_min: float
    breath_guide_phase: float
    """Where the guide's breath stands, 0 to 1 from the inhale on."""
    breath_depth_db: float
    mood: float
    """Of the harmony, -1 (grave) to 1 (bright)."""
    pulse_level: float
    """How present the soft heart pulse is, 0 to 1."""
    answer: float
    """What the music makes of heart and breath at once, -1 to 1."""
    answer_words: str
    """The same in a word or two that follow "it"; empty where it cannot be heard."""
    silence: bool
    hr_bpm: float | None
    breath_per_min: float | None
    """The listener's own, where it is known well enough to be shown."""
    breath_confidence: float
    """How well, 0 to 1."""
    in_step: float | None
    """How well the music's breath and the listener's go together, 0 to 1, where it is known."""
    rmssd_ms: float | None
    quality: float
    irregular: bool
    simulated: bool
    sensor: str
    """The sensor's label."""
    link: str
    link_words: str
    output_words: str
    output_away: bool
    """Whether nobody hears it, since the sound device is lost and looked for."""
    trouble: str
    """What is wrong with the record, in a sentence; empty where nothing is."""
    target_bpm: float | None
    holders: Mapping[str, str]
    """Every parameter that a hand holds, with that hand."""
    held: Mapping[str, float]
    """The same parameters with the value at which each is held."""
    profile: str
    """The profile that plays now, by its name."""
    lufs_m: float | None
    """Momentary loudness, LUFS; None for silence."""
    lufs_s: float | None
    peak_dbtp: float | None
    late_periods: int
    losses: Mapping[str, int]
    """What the sound could not do so far, counted (dsp.native.Losses)."""
    losses_words: str
    """The same in words; empty where nothing was lost."""
    line: str
    """What a guide has said last; empty where nothing is told."""
    line_coming: str
    """What it says next."""
    line_group: str
    """To which part of it that belongs."""
    lines_left: int
    said: Sequence[Said]
    """Since the last tick."""
    beats: Sequence[Beat]
    """Whose label has become final since the last tick."""
    answers: Sequence[Answer]
    """Since the last tick; each sounds once `heard_frame` is past its frame."""
    heard_frame: int
    """The sound up to here has left the loudspeaker."""

    @classmethod
    def of(cls, moment: Moment, sensor: str, output: Output, trouble: str = "") -> Snapshot:
        """`sensor`, `output` and `trouble` as they stand."""
        heart, music, meter = moment.heart, moment.music, moment.meter
        said = [
            Said(event.arrival_s, "link", "auto", visible(event.words))
            for event in moment.events if isinstance(event, LinkChange) and event.words
        ]  # fmt: skip
        said += [Said(each.t_s, "decision", each.hand.value, each.why) for each in music.decisions]
        said += [
            Said(moment.t_s, "mark", each.hand.value, visible(each.wish.words))
            for each in moment.asks if isinstance(each.wish, Mark)
        ]  # fmt: skip
        words = moment.words
        if words is not None and words.begun is not None:
            said.append(Said(moment.t_s, "line", "profile", words.begun.words))
        return cls(
            t=moment.t_s,
            stage=music.stage.value,
            doing=STAGES[music.stage].called,
            tempo_bpm=moment.tempo_bpm,
            beat=moment.beat,
            density=music.density,
            brightness=music.brightness,
            breath_guide_per_min=music.breath_guide_per_min,
            breath_guide_phase=moment.swell_phase,
            breath_depth_db=music.breath_depth_db,
            mood=music.mood,
            pulse_level=music.pulse_level,
            answer=music.answer,
            answer_words=answer.words(music.answer),
            silence=music.silence,
            hr_bpm=heart.hr_bpm,
            breath_per_min=heart.breath_per_min if heart.breath_confidence >= BREATH_TRUSTED else None,
            breath_confidence=heart.breath_confidence,
            in_step=moment.in_step,
            rmssd_ms=heart.rmssd_ms,
            quality=heart.quality,
            irregular=heart.irregular,
            simulated=heart.simulated,
            sensor=plain(sensor),
            link=heart.link.value,
            link_words=visible(heart.words),
            output_words=visible(output.words),
            output_away=output.away,
            trouble=trouble,
            target_bpm=moment.target_bpm,
            holders={parameter: hand.value for parameter, hand in moment.holders.items()},
            held=moment.held,
            profile=moment.profile,
            lufs_m=_audible(meter.lufs_momentary) if meter else None,
            lufs_s=_audible(meter.lufs_short_term) if meter else None,
            peak_dbtp=_audible(meter.true_peak_dbtp) if meter else None,
            late_periods=moment.late_periods,
            losses=asdict(moment.losses),
            losses_words=moment.losses.words,
            line="" if words is None else words.line,
            line_coming="" if words is None else words.coming,
            line_group="" if words is None else words.group,
            lines_left=0 if words is None else words.of - words.done,
            said=said,
            beats=[Beat(beat.t_s, beat.rr_ms, beat.label.value) for beat in moment.beats],
            answers=moment.answers,
            heard_frame=moment.heard_frame,
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Snapshot:
        """The snapshot that `as_json` gave. Raises TypeError or KeyError for anything else."""
        plain = {field.name: values[field.name] for field in fields(cls)}
        plain["said"] = [Said(**each) for each in plain["said"]]
        plain["beats"] = [Beat(**each) for each in plain["beats"]]
        plain["answers"] = [Answer(**each) for each in plain["answers"]]
        return cls(**plain)

    def as_json(self) -> dict[str, Any]:
        """The same in plain values that JSON can write, figures rounded to what they mean."""
        return {name: _rounded(value) for name, value in asdict(self).items()}


def _audible(level: float) -> float | None:
    """JSON knows no infinities; silence has a loudness of none."""
    return level if isfinite(level) else None


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


class Snapshots:
    """A watcher that hands every moment on as a snapshot to `show`."""

    def __init__(self, sitting: Sitting, show: Callable[[Snapshot], None]) -> None:
        self._sitting, self._show = sitting, show

    def moment(self, moment: Moment) -> None:
        sitting = self._sitting
        self._show(Snapshot.of(moment, sitting.sensor.label, sitting.output, sitting.trouble))
