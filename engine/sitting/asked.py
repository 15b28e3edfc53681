"""Asked: what is asked of a sitting, in plain values; and how it is prepared, with everything checked.

The same for a command line, a kiosk's TOML and a console's JSON: whoever asks fills in an `Asked`, and
whatever cannot be meant comes back as one `AskedError` in words for a person.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from engine.durations import clock_time, duration_s
from engine.guide.arms import Arm
from engine.guide.guide import Guide
from engine.guide.meeting import Words
from engine.guide.music_state import Hand
from engine.guide.pacer import Paces
from engine.music.composer import Composer
from engine.sitting.guided import guided_by
from engine.sitting.led import checked_pace, led_by
from engine.sitting.plan import Plan, PlannedTurn
from engine.sitting.usual import usual_of
from profiles.load import load, shadowing

if TYPE_CHECKING:
    from engine.feel.words import Feeling

LARGEST_SEED = 2**31 - 1

HELP_LINE_VARIABLE = "CALANDO_HELP_LINE"
"""Environment variable with what a site answers to words of crisis and of bodily trouble."""

DEFAULT_PROFILE, BREATH_PROFILE = "relax", "breathe"
"""Taken where none is named; the second where only a breath is asked for."""

BREATHE = (
    "Breathe in while the sound opens and out while it closes, softly, {per_min:g} times a minute; "
    "if you grow dizzy, breathe as you like."
)
"""Said before a plain pacer begins."""

HANDS = (Hand.LISTENER.value, Hand.THERAPIST.value)
"""Whose wishes a sitting may be."""


class AskedError(ValueError):
    """What cannot be meant; the message is one sentence, or one a line."""


class HelpFirstError(Exception):
    """The listener's words ask for a person and not for music; the message is the help line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A sitting as it is asked for; what is None is left to the profile, or to chance.

    profile     its name, or a file; where it is None, `feel` chooses
    feel        a sentence about how one feels: the music begins there, whatever the profile
    sensor      `auto`, `ble`, `sim`, `replay:FILE`, ... (sensors.spec)
    target      heart rate to lead toward, beats a minute
    duration    seconds, last fade included; or text as people write it: `20m`
    arm         how the music leads: `governed`, or another to compare it with
    turns       profiles to turn to on the way, each as `sleep@10m`
    seed        the same seed writes the same music again, 0 to 2**31 - 1
    client      the listener's code, never a name
    goal        what the listener wishes for
    consent     whether the listener agrees to the record being kept; None where nobody was asked
    hand        whose target and turns these are: `listener` or `therapist`
    data        folder of the journal; None for CALANDO_DATA or the user's
    record      whether the sitting is kept; without it, or where consent is refused, nothing of it is
    pulse       whether the soft heart pulse may sound; without it no ear tells the arms apart by it
    breath      a plain pacer of so many breaths a minute, whatever the listener's own breathing is
    guide       words that are told while it plays: a guide's name, or a file
    without     groups of the guide that are left out
    pauses      times as long as the guide has its pauses, 0.7 to 1.5
    then_silence  how long the music is silent after the words; seconds, or text: `3m`
    voice       what says them: `heart`, or `none` for text and a bell; None for whichever is here
    own_voice   folder with recordings of its lines, which come first
    voice_db    dB by which the voice is louder or softer than its place over the music
    trim_db     level of the whole beside the profile's, -24 to 5 dB; hands move it from there
    """

    profile: str | None = None
    feel: str | None = None
    sensor: str = "auto"
    target: float | None = None
    duration: float | str | None = None
    arm: str = Arm.GOVERNED.value
    turns: tuple[str, ...] = ()
    seed: int | None = None
    client: str | None = None
    goal: str | None = None
    consent: bool | None = None
    hand: str = Hand.LISTENER.value
    data: Path | None = None
    record: bool = True
    pulse: bool = True
    breath: float | None = None
    guide: str | None = None
    without: tuple[str, ...] = ()
    pauses: float | None = None
    then_silence: float | str | None = None
    voice: str | None = None
    own_voice: Path | None = None
    voice_db: float | None = None
    trim_db: float = 0.0


_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "profile": ((str,), "text"), "feel": ((str,), "text"), "sensor": ((str,), "text"),
    "target": ((int, float), "a number"), "duration": ((int, float, str), "seconds or text like 20m"),
    "trim_db": ((int, float), "a number"),
    "arm": ((str,), "text"), "turns": ((list, tuple), "a list of texts like sleep@10m"),
    "seed": ((int,), "a whole number"), "client": ((str,), "text"), "goal": ((str,), "text"),
    "consent": ((bool,), "true or false"), "hand": ((str,), "text"),
    "data": ((str, Path), "the name of a folder"), "record": ((bool,), "true or false"),
    "pulse": ((bool,), "true or false"), "breath": ((int, float), "a number"),
    "guide": ((str,), "text"), "without": ((list, tuple), "a list of texts like right arm"),
    "pauses": ((int, float), "a number"), "then_silence": ((int, float, str), "seconds or text like 3m"),
    "voice": ((str,), "text"), "own_voice": ((str, Path), "the name of a folder"),
    "voice_db": ((int, float), "a number"),
}  # fmt: skip
"""What each field may be in a mapping, and how that is called."""

_LISTS = ("turns", "without")


def asked_of(mapping: Mapping[str, Any]) -> Asked:
    """An `Asked` from a TOML table or a JSON object. Raises AskedError."""
    known = [field.name for field in fields(Asked)]
    values: dict[str, Any] = {}
    for key, value in mapping.items():
        if key not in known:
            raise AskedError(f"A sitting has no {key!r}; it has {', '.join(known)}.")
        kinds, called = _KINDS[key]
        if value is None:
            continue
        wrong_list = key in _LISTS and not all(isinstance(each, str) for each in value)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds) or wrong_list:
            raise AskedError(f"{key} must be {called}; it is {value!r}.")
        values[key] = value
    values |= {key: tuple(values[key]) for key in _LISTS if key in values}
    values |= {key: Path(values[key]) for key in ("data", "own_voice") if key in values}
    return Asked(**values)


def prepared(
    asked: Asked, passphrase: Callable[[], str | None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:  # fmt: skip
    """Make the rooms of a sitting. Nothing sounds yet, and its sensor is the caller's to make (sensors.spec).

    `passphrase` is asked where a sealed journal must be read (the yoked arm); None for the environment's.
    `progress` is told how many lines of a guide a voice has rendered, and of how many.

    Raises AskedError, HelpFirstError, and JournalError where a yoked sitting's journal cannot be read.
    """
    from engine.journal.code import name_like
    from engine.journal.keeping import checked_code, checked_words
    from engine.journal.opening import data_folder
    from engine.journal.passphrase import passphrase as from_environment

    if asked.hand not in HANDS:
        raise AskedError(f"A sitting is asked for by the {' or the '.join(HANDS)}, not by {asked.hand!r}.")
    folder, hand = data_folder(asked.data), Hand(asked.hand)
    try:
        feeling = _felt(asked.feel, asked.profile)
        seed = SystemRandom().randrange(LARGEST_SEED) if asked.seed is None else asked.seed
        if not 0 <= seed <= LARGEST_SEED:
            raise AskedError(f"A seed lies between 0 and {LARGEST_SEED}; {seed} does not.")
        if asked.client is not None:
            checked_code(asked.client)
        goal = None if asked.goal is None else checked_words(asked.goal)
        led = led_by(_arm(asked), folder, passphrase or from_environment)
        chosen = asked.profile if feeling is None else feeling.profile
        guided = guided_by(
            asked.guide, asked.without, asked.pauses, asked.then_silence, asked.voice, asked.own_voice,
            asked.voice_db, progress,
        )  # fmt: skip
        otherwise = DEFAULT_PROFILE if asked.breath is None else BREATH_PROFILE
        if guided is not None and asked.breath is None:
            otherwise = guided.script.profile
        profile = load(otherwise if chosen is None else chosen)
        if not asked.pulse:
            profile = replace(profile, pulse=replace(profile.pulse, mode="off"))
        whole_s = profile.arc.duration_s if guided is None else guided.sitting_s(profile)
        own_s = led.paces.longest_s if led.paces.search else whole_s
        length_s = _seconds(asked.duration, own_s)
        usual, remark = usual_of(folder, asked.sensor, asked.client)
        guide = Guide(
            profile,
            arm=led.arm,
            target_bpm=asked.target,
            duration_s=length_s,
            usual=usual,
            path=led.path,
            asked_by=hand,
            words=_words(feeling),
            paces=led.paces,
            worded=guided is not None,
            trim_db=asked.trim_db,
        )
        turns = tuple(turn_of(text) for text in asked.turns)
        _check_turns(turns, length_s)
    except AskedError:
        raise
    except ValueError as wrong:
        raise AskedError(str(wrong)) from None
    names = [profile.name if asked.profile is None else asked.profile]
    names += [text.rpartition("@")[0] for text in asked.turns]
    said = ["" if feeling is None else feeling.said, remark or "", *map(shadowing, names)]
    said += [] if guided is None else guided.said(profile, length_s)
    said.append("" if asked.breath is None else BREATHE.format(per_min=asked.breath))
    said.append("" if asked.client is None else name_like(asked.client))
    if asked.consent is False:
        said.append("The listener does not agree to a record, so nothing of this sitting is kept.")
    elif not asked.record:
        said.append("Nothing of this sitting is kept.")
    return Plan(
        profile, guide, Composer(profile, seed, asked.client), length_s, seed, asked.sensor, led.spec,
        asked.target, turns, hand, asked.client, goal, asked.consent, asked.feel, usual,
        tuple(filter(None, said)), asked.record and asked.consent is not False,
        None if guided is None else guided.telling(profile, length_s),
        None if guided is None else guided.voice,
        () if guided is None else guided.touched,
    )  # fmt: skip


def turn_of(text: str) -> PlannedTurn:
    """The turn that `sleep@10m` means. Raises ValueError."""
    name, at, moment = text.rpartition("@")
    if not (name and at):
        raise AskedError(f"{text!r} is no turn; write a profile and when: sleep@10m.")
    return PlannedTurn(load(name), duration_s(moment))


def _arm(asked: Asked) -> str:
    """The arm that is asked for, by its name or by a breath's pace."""
    if asked.breath is None:
        return asked.arm
    if asked.arm not in (Arm.GOVERNED.value, Arm.PACED.value):
        raise AskedError(f"A pace for the breath and the arm {asked.arm} exclude each other; leave one out.")
    return Paces((checked_pace(asked.breath),)).spec


def _felt(text: str | None, profile: str | None) -> Feeling | None:
    if text is None:
        return None
    from engine.feel.words import NothingSaidError, feel

    try:
        feeling = feel(text, os.environ.get(HELP_LINE_VARIABLE), profile)
    except NothingSaidError as nothing:
        raise AskedError(f"--feel: {nothing}") from None
    if feeling.profile is None:
        raise HelpFirstError(feeling.said)
    return feeling


def _words(feeling: Feeling | None) -> Words | None:
    """What was said, for the music; None where nothing of it was understood."""
    if feeling is None or not feeling.understood:
        return None
    return Words(feeling.valence, feeling.arousal)


def _seconds(duration: float | str | None, otherwise_s: float) -> float:
    if duration is None:
        return otherwise_s
    return duration_s(duration) if isinstance(duration, str) else float(duration)


def _check_turns(turns: tuple[PlannedTurn, ...], length_s: float) -> None:
    """Refuse a turn that no listener would hear, for the sitting is over by then."""
    for turn in turns:
        if turn.at_s >= length_s:
            raise AskedError(
                f"The sitting ends at {clock_time(length_s)}, before it turns to {turn.profile.name} at "
                f"{clock_time(turn.at_s)}; turn sooner, or play longer."
            )
