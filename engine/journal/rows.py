"""Rows: the values of a sitting as the journal's tables hold them, and back again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from math import isfinite
from typing import Any

from engine.guide.music_state import Decision, Hand, Intent, MusicState, Stage
from engine.guide.target import Usual
from engine.journal.record import Figures, Head, Marker, Rating, Remark, SentCommand, State
from sensors.artefacts import Label, LabelledBeat
from sensors.beat import BadPacket, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.heart_state import HeartState

Value = str | int | float | None
Row = tuple[Value, ...]
"""A row without its first two columns, `session` and `n`."""

LINK = "link"
"""Kind of the events that tell of the link."""

FIGURES = tuple(field.name for field in fields(Figures))
_AS_JSON = ("profile_table", "versions", "usual")
_TRUTHS = ("consent", "simulated")


def head_columns(head: Head) -> dict[str, Value]:
    """The row of `session` by column, `number` apart."""
    columns: dict[str, Any] = {field.name: getattr(head, field.name) for field in fields(head)}
    columns |= asdict(columns.pop("figures"))
    columns["usual"] = asdict(head.usual)
    for name in _AS_JSON:
        columns[name] = json.dumps(columns[name], ensure_ascii=False, sort_keys=True)
    for name in _TRUTHS:
        columns[name] = _integer(columns[name])
    return columns


def head_of(columns: Mapping[str, Any]) -> Head:
    """The head whose row has these columns."""
    values = {field.name: columns[field.name] for field in fields(Head) if field.name != "figures"}
    for name in _AS_JSON:
        values[name] = json.loads(values[name])
    for name in _TRUTHS:
        values[name] = None if values[name] is None else bool(values[name])
    values["usual"] = Usual(**values["usual"])
    return Head(**values, figures=Figures(**{name: columns[name] for name in FIGURES}))


def event_row(event: SensorEvent) -> Row:
    """(t_s, kind, raw, body)."""
    match event:
        case Measurement():
            rest: list[Any] = [event.bpm, event.rr_ticks, event.contact, event.energy_kj]
            return event.arrival_s, "measurement", event.raw.hex(), _packed(rest)
        case TimedBeat():
            return event.arrival_s, "beat", None, _packed([event.t_s, event.rr_ms])
        case LinkChange():
            return event.arrival_s, LINK, None, _packed([event.link.value, event.words])
        case BadPacket():
            return event.arrival_s, "bad packet", event.raw.hex(), _packed([event.why])


def event_of(row: Row) -> SensorEvent:
    t_s, kind, raw, body = row
    t_s, raw, rest = _number(t_s), bytes.fromhex(str(raw or "")), json.loads(str(body))
    match kind:
        case "measurement":
            bpm, ticks, contact, energy_kj = rest
            return Measurement(t_s, bpm, tuple(ticks), contact, energy_kj, raw)
        case "beat":
            return TimedBeat(t_s, *rest)
        case "link":  # LINK, which a pattern would bind
            return LinkChange(t_s, Link(rest[0]), rest[1])
        case "bad packet":
            return BadPacket(t_s, raw, rest[0])
        case _:
            raise ValueError(f"an event of kind {kind!r} is not known.")


def beat_row(beat: LabelledBeat) -> Row:
    return beat.t_s, beat.rr_ms, beat.label.value, int(beat.rr_good)


def beat_of(row: Row) -> LabelledBeat:
    t_s, rr_ms, label, good = row
    return LabelledBeat(_number(t_s), _maybe(rr_ms), Label(label), bool(good))


def state_row(state: State) -> Row:
    heart, music = state.heart, state.music
    return (
        state.t_s, state.tempo_bpm, state.beat,
        state.lufs_momentary, state.lufs_short_term, state.true_peak_dbtp, state.late_periods,
        heart.hr_bpm, heart.trend_bpm_per_min, heart.rmssd_ms, heart.sdnn_ms, heart.breath_per_min,
        heart.breath_confidence, heart.regularity, heart.quality, int(heart.irregular), heart.beats,
        heart.last_beat_s, heart.link.value,
        music.stage.value, music.tempo_bpm, music.density, music.brightness, music.loudness_db,
        music.breath_guide_per_min, music.breath_depth_db, music.pulse_level, int(music.silence),
        int(music.ended), music.mood,
    )  # fmt: skip


def state_of(row: Row, simulated: bool) -> State:
    t_s, tempo, beat, lufs_m, lufs_s, peak, late, *rest = row
    hr, trend, rmssd, sdnn, breath, sure, regular, quality, irregular, beats, last, link, *music = rest
    stage, goal, density, brightness, loudness, guide, depth, pulse, silence, ended, mood = music
    t_s = _number(t_s)
    return State(
        t_s,
        HeartState(
            t_s, _maybe(hr), _maybe(trend), _maybe(rmssd), _maybe(sdnn), _maybe(breath), _number(sure),
            _maybe(regular), _number(quality), bool(irregular), _whole(beats), _maybe(last), Link(link),
            simulated=simulated,
        ),
        MusicState(
            t_s, Stage(stage), _number(goal), _number(density), _number(brightness), _number(loudness),
            _number(guide), _number(depth), _number(pulse), bool(silence), bool(ended), mood=_number(mood),
        ),
        _number(tempo), _number(beat), _maybe(lufs_m), _maybe(lufs_s), _maybe(peak), _whole(late),
    )  # fmt: skip


def decision_row(decision: Decision) -> Row:
    return decision.t_s, decision.hand.value, decision.parameter, decision.value, decision.why


def decision_of(row: Row) -> Decision:
    t_s, hand, parameter, value, why = row
    return Decision(_number(t_s), Hand(hand), str(parameter), value, str(why))


def intent_row(intent: Intent) -> Row:
    value = intent.value
    # What is not a number was not understood, and is kept as such: SQLite would make it NULL.
    finite = value if value is None or isfinite(value) else None
    return intent.t_s, intent.hand.value, intent.parameter, finite


def intent_of(row: Row) -> Intent:
    t_s, hand, parameter, value = row
    return Intent(_number(t_s), Hand(hand), str(parameter), _maybe(value))


def command_row(sent: SentCommand) -> Row:
    asked = sent.command
    late = None if sent.frame is None else sent.frame - asked.frame
    return (
        asked.kind, asked.target, asked.frame, late, int(sent.dropped),
        asked.beat, asked.beats, asked.a, asked.b, asked.c, asked.d,
    )  # fmt: skip


def command_of(sequence: int, row: Row) -> SentCommand:
    from dsp.command import Command  # a list of sittings is shown without numpy, which this needs

    kind, target, frame, late, dropped, *numbers = row
    command = Command(_whole(kind), _whole(target), _whole(frame), *(_number(each) for each in numbers))
    effect = None if late is None else _whole(frame) + _whole(late)
    return SentCommand(sequence, command, effect, bool(dropped))


def marker_row(marker: Marker) -> Row:
    return marker.t_s, marker.hand.value, marker.words


def marker_of(row: Row) -> Marker:
    t_s, hand, words = row
    return Marker(_number(t_s), Hand(hand), str(words))


def rating_row(rating: Rating) -> Row:
    hand = None if rating.hand is None else rating.hand.value
    return rating.when, rating.calm, rating.valence, rating.arousal, rating.at, hand


def rating_of(row: Row) -> Rating:
    when, calm, valence, arousal, at, hand = row
    if when not in ("before", "after"):
        raise ValueError(f"a rating {when!r} a sitting is not known.")
    return Rating(
        when, _maybe(calm), _maybe(valence), _maybe(arousal),
        None if at is None else str(at), None if hand is None else Hand(hand),
    )  # fmt: skip


def remark_row(remark: Remark) -> Row:
    return remark.at, remark.hand.value, remark.words


def remark_of(row: Row) -> Remark:
    at, hand, words = row
    return Remark(str(at), Hand(hand), str(words))


def _packed(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _integer(truth: bool | None) -> int | None:
    return None if truth is None else int(truth)


def _number(value: Value) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _maybe(value: Value) -> float | None:
    return None if value is None else _number(value)


def _whole(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value
