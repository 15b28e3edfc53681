"""Rows: the values of a sitting as the journal's tables hold them, and back again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from math import inf, isfinite
from typing import Any

from engine.guide.music_state import Decision, Hand, Intent, MusicState, Stage
from engine.journal.alphabet import TODAY, Alphabet
from engine.journal.record import (
    GuestSound,
    Head,
    Made,
    Marker,
    Page,
    Rating,
    Record,
    Remark,
    SentCommand,
    Spoken,
    State,
    Stop,
)
from engine.journal.schema import LARGEST, Column
from engine.journal.schema import columns as described
from engine.journal.touches import played_of
from sensors.artefacts import Label, LabelledBeat
from sensors.beat import BadPacket, ChestMotion, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.heart_state import HeartState
from sensors.plain_text import visible

Value = str | int | float | None
Row = tuple[Value, ...]
"""A row without its first two columns, `session` and `n`."""

LONGEST_S = 7 * 86_400
"""Far beyond what a sitting may last. Own choice."""

LINK = "link"
"""Kind of the events that tell of the link."""


def event_row(event: SensorEvent) -> Row:
    """(t_s, kind, raw, body)."""
    match event:
        case Measurement():
            rest: list[Any] = [event.bpm, event.rr_ticks, event.contact, event.energy_kj]
            return event.arrival_s, "measurement", event.raw.hex(), _packed(rest)
        case TimedBeat():
            return event.arrival_s, "beat", None, _packed([event.t_s, event.rr_ms, *_known(event.strap_s)])
        case ChestMotion():
            return event.arrival_s, "chest", None, _packed([event.t_s, event.milli_g])
        case LinkChange():
            return event.arrival_s, LINK, None, _packed([event.link.value, visible(event.words)])
        case BadPacket():
            return event.arrival_s, "bad packet", event.raw.hex(), _packed([visible(event.why)])


def event_of(row: Row) -> SensorEvent:
    t_s, kind, raw, body = row
    t_s, raw, rest = _number(t_s), bytes.fromhex(str(raw or "")), unpacked(str(body))
    match kind:
        case "measurement":
            bpm, ticks, contact, energy_kj = rest
            if contact not in (True, False, None):
                raise ValueError(f"contact is {shown(contact)}")
            energy = None if energy_kj is None else whole(energy_kj)
            return Measurement(t_s, whole(bpm), tuple(map(whole, ticks)), contact, energy, raw)
        case "beat":
            beat_s, rr_ms, *strap_s = rest  # the last came later
            return TimedBeat(t_s, _number(beat_s), _maybe(rr_ms), _maybe(strap_s[0] if strap_s else None))
        case "chest":
            chest_s, milli_g = rest
            samples = [tuple(map(_number, sample)) for sample in milli_g]
            return ChestMotion(t_s, _number(chest_s), tuple((x, y, z) for x, y, z in samples))
        case "link":  # LINK, which a pattern would bind
            link, words = rest
            return LinkChange(t_s, Link(link), visible(_text(words)))
        case "bad packet":
            (why,) = rest
            return BadPacket(t_s, raw, visible(_text(why)))
        case _:
            raise ValueError(f"an event of kind {kind!r} is not known.")


def _known(value: float | None) -> list[float]:
    """What came later and is not known takes no room."""
    return [] if value is None else [value]


def beat_row(beat: LabelledBeat) -> Row:
    return beat.t_s, beat.rr_ms, beat.label.value, int(beat.rr_good)


def beat_of(row: Row) -> LabelledBeat:
    t_s, rr_ms, label, good = row
    return LabelledBeat(_number(t_s), _maybe(rr_ms), Label(label), bool(good))


def state_row(state: State) -> Row:
    """What is kept of a moment: not `rests`, `full_by_hand` and `tempo_by_hand`, by which the composer takes
    back what it wrote, nor `register_st` and `breath_meets`, by which it wrote. What came of it all is among
    the commands, and a replay obeys those."""
    heart, music = state.heart, state.music
    return (
        state.t_s, state.tempo_bpm, state.beat,
        state.lufs_momentary, state.lufs_short_term, state.true_peak_dbtp, state.late_periods,
        heart.hr_bpm, heart.trend_bpm_per_min, heart.rmssd_ms, heart.sdnn_ms, heart.breath_per_min,
        heart.breath_confidence, heart.regularity, heart.quality, int(heart.irregular), heart.beats,
        heart.last_beat_s, heart.link.value,
        music.stage.value, music.tempo_bpm, music.density, music.brightness, music.loudness_db,
        music.breath_guide_per_min, music.breath_depth_db, music.pulse_level, int(music.silence),
        int(music.ended), music.mood, music.foreground_db, int(music.prompt),
        music.left_s if isfinite(music.left_s) else None,
        state.missed_notes, state.late_notes, heart.lean_bpm, music.answer,
        heart.breath_phase, state.in_step,
    )  # fmt: skip


def state_of(row: Row, simulated: bool) -> State:
    t_s, tempo, beat, lufs_m, lufs_s, peak, late, *rest = row
    hr, trend, rmssd, sdnn, breath, sure, regular, quality, irregular, beats, last, link, *music = rest
    stage, goal, density, brightness, loudness, guide, depth, pulse, silence, ended, *hands = music
    mood, front, prompt, left, missed, belated, lean, answer, phase, in_step = hands
    t_s = _number(t_s)
    return State(
        t_s,
        HeartState(
            t_s, _maybe(hr), _maybe(trend), _maybe(rmssd), _maybe(sdnn), _maybe(breath), _number(sure),
            _maybe(regular), _number(quality), bool(irregular), whole(beats), _maybe(last), Link(link),
            simulated=simulated, lean_bpm=_maybe(lean), breath_phase=_maybe(phase),
        ),
        MusicState(
            t_s, Stage(stage), _number(goal), _number(density), _number(brightness), _number(loudness),
            _number(guide), _number(depth), _number(pulse), bool(silence), bool(ended), mood=_number(mood),
            foreground_db=0.0 if front is None else _number(front), prompt=bool(prompt),
            left_s=inf if left is None else _number(left),
            answer=0.0 if answer is None else _number(answer),
        ),
        _number(tempo), _number(beat), _maybe(lufs_m), _maybe(lufs_s), _maybe(peak), whole(late),
        whole(missed or 0), whole(belated or 0), _maybe(in_step),
    )  # fmt: skip


def decision_row(decision: Decision) -> Row:
    return decision.t_s, decision.hand.value, decision.parameter, decision.value, decision.why


def decision_of(row: Row) -> Decision:
    t_s, hand, parameter, value, why = row
    return Decision(_number(t_s), Hand(hand), str(parameter), value, str(why))


def intent_row(intent: Intent) -> Row:
    return intent.t_s, intent.hand.value, intent.parameter, intent.value


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
    command = Command(whole(kind), whole(target), whole(frame), *(_number(each) for each in numbers))
    effect = None if late is None else whole(frame) + whole(late)
    return SentCommand(sequence, command, effect, bool(dropped))


def _as_today(alphabet: Alphabet, sent: SentCommand) -> SentCommand:
    """The command in today's numbers; one whose instrument or parameter has gone changes nothing."""
    if alphabet == TODAY:
        return sent
    target = alphabet.today(sent.command.kind, sent.command.target)
    if target is None:
        return replace(sent, dropped=True)
    return replace(sent, command=replace(sent.command, target=target))


def stop_row(stop: Stop) -> Row:
    return stop.frame, stop.asked_by


def stop_of(row: Row) -> Stop:
    frame, asked_by = row
    return Stop(whole(frame), whole(asked_by))


def guest_row(guest: GuestSound) -> Row:
    return guest.kind, guest.frame, guest.frames, guest.digest, guest.sound


def guest_of(row: Row) -> GuestSound:
    kind, frame, frames, digest, sound = row
    if kind not in ("clip", "piece", "cut", "on", "off"):
        raise ValueError(f"a guest's {shown(kind)} is not known")
    digest = None if digest is None else _text(digest)
    return GuestSound(kind, whole(frame), whole(frames), digest, None if sound is None else _text(sound))


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
        None if at is None else _moment(at), None if hand is None else Hand(hand),
    )  # fmt: skip


def remark_row(remark: Remark) -> Row:
    return remark.at, remark.hand.value, remark.words


def remark_of(row: Row) -> Remark:
    at, hand, words = row
    return Remark(_moment(at), Hand(hand), str(words))


def page_row(page: Page) -> Row:
    return page.at, page.leaf, page.words, int(page.shared), int(page.concern)


def page_of(row: Row) -> Page:
    at, leaf, words, shared, concern = row
    return Page(_moment(at), _text(leaf), _text(words), bool(whole(shared)), bool(whole(concern)))


def line_of(row: Row) -> Spoken:
    t_s, frame, place, words, digest = row
    told = None if digest is None else _text(digest)
    return Spoken(_number(t_s), whole(frame), whole(place), _text(words), told)


def made_row(made: Made) -> Row:
    return made.at, made.kind, made.path, made.digest


def made_of(row: Row) -> Made:
    at, kind, path, digest = row
    return Made(_moment(at), _text(kind), _text(path), _text(digest))


_READERS: dict[str, Callable[[Row], object]] = {
    "event": event_of,
    "beat": beat_of,
    "state": lambda row: state_of(row, simulated=False),
    "decision": decision_of,
    "intent": intent_of,
    "command": lambda row: command_of(0, row),
    "stop": stop_of,
    "guest": guest_of, "played": played_of, "marker": marker_of,
    "rating": rating_of,
    "note": remark_of,
    "change": remark_of,
    "page": page_of,
    "line": line_of,
    "made": made_of,
}


def record_of(head: Head, tables: Mapping[str, Iterable[tuple[int, Row]]]) -> Record:
    """The record made of these rows; raises ValueError or TypeError where one cannot be read."""
    return Record(
        head,
        events=tuple(event_of(row) for _, row in tables["event"]),
        beats=tuple(beat_of(row) for _, row in tables["beat"]),
        states=tuple(state_of(row, head.simulated) for _, row in tables["state"]),
        decisions=tuple(decision_of(row) for _, row in tables["decision"]),
        intents=tuple(intent_of(row) for _, row in tables["intent"]),
        commands=tuple(_as_today(head.alphabet, command_of(n, row)) for n, row in tables["command"]),
        stops=tuple(stop_of(row) for _, row in tables["stop"]),
        guest=tuple(guest_of(row) for _, row in tables["guest"]),
        played=tuple(played_of(row) for _, row in tables["played"]),
        # Some may have been marked afterwards.
        markers=tuple(sorted((marker_of(row) for _, row in tables["marker"]), key=lambda marker: marker.t_s)),
        ratings=tuple(rating_of(row) for _, row in tables["rating"]),
        notes=tuple(remark_of(row) for _, row in tables["note"]),
        changes=tuple(remark_of(row) for _, row in tables["change"]),
        pages=tuple(page_of(row) for _, row in tables["page"]),
        lines=tuple(line_of(row) for _, row in tables["line"]),
    )


def checked(table: str, row: Row) -> Row:
    """The row of `table` as it is kept: what is no number, where none is needed, is left out.

    Raises ValueError, which names the column, for one that could not be kept, or not be read again.
    """
    kept: list[Value] = []
    for column, value in zip(described(table)[2:], row, strict=True):
        value = _kept(value, column)
        if not column.holds(value):
            raise ValueError(f"{column.name} is {shown(value)}")
        if column.name == "t_s" and isinstance(value, int | float) and abs(value) > LONGEST_S:
            raise ValueError(f"t_s is {value:g}, and no sitting is as long")
        kept.append(value)
    try:
        _READERS[table](tuple(kept))
    except (TypeError, KeyError, IndexError, AttributeError, RecursionError) as wrong:
        raise ValueError(f"it says {shown(kept)} ({type(wrong).__name__})") from None
    return tuple(kept)


def _kept(value: Value, column: Column) -> Value:
    """SQLite makes NULL of what is not a number, and takes no halves of letters."""
    if isinstance(value, float) and not isfinite(value) and not column.required:
        return None
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return value


def shown(value: object) -> str:
    """In a sentence: no longer than a line, and nothing that a terminal would obey."""
    return ascii(value)[:40]


def _packed(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def unpacked(text: str) -> Any:
    """JSON without what is no number. Raises ValueError, RecursionError."""
    return json.loads(text, parse_constant=_refused, parse_float=_finite)


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits} is no number that can be kept")
    return number


def integer(truth: bool | None) -> int | None:
    return None if truth is None else int(truth)


def _number(value: Value) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) >= LARGEST:
        raise TypeError(f"{shown(value)} is not a number")
    return float(value)


def _maybe(value: Value) -> float | None:
    return None if value is None else _number(value)


def whole(value: Value) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= LARGEST:
        raise TypeError(f"{shown(value)} is not a whole number")
    return value


def _moment(at: Value) -> str:
    """A time of the wall clock, for it is read again wherever it is shown."""
    try:
        datetime.fromisoformat(_text(at))
    except ValueError:
        raise ValueError(f"{shown(at)} is no time") from None
    return _text(at)


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{shown(value)} is no text")
    return value
