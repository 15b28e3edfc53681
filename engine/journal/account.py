"""Account: what a sitting came to, in figures with honest windows and in plain sentences.

Nothing here compares a person with anybody but themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from engine.guide.music_state import Decision, Event, Hand, Stage
from engine.journal.figures import GOOD_QUALITY, REST_S, SURE_BREATH
from engine.journal.record import Record, State
from engine.music.scenes import SCENES
from engine.stages import STAGES
from profiles.load import ProfileError, load
from sensors.artefacts import Label
from sensors.beat import Link, LinkChange

WINDOW_S = 120.0
"""Length of the beginning and of the end that are compared: the span of RMSSD (sensors.variability)."""

LEAST_LENGTH_S = 300.0
"""A shorter sitting has no beginning and end to tell apart (own choice)."""

LEAST_SHARE = 0.5
"""Share of a window's seconds that must be good for a figure of it (own choice)."""

GOOD, FAIR = 0.9, 0.7
"""Quality from which a signal is called good, and fair (own choice)."""

ABOUT = {"heart": 0.05, "breath": 0.08, "variation": 0.20}
"""Within this share of usual a figure is "about your usual". Own choice, by how each varies day to day."""

NOT_HEARD, NOT_ENOUGH = "not heard", "not enough clean beats"
NO_BREATH, TOO_SHORT = "breath not clear", "too short to tell"
"""Why a figure is missing, in words."""

LATE_S = 20.0
"""A heart that was heard for all but so long was heard throughout: a sensor takes a moment (own choice)."""

IN_STEP_S = 60
"""States, one a second, of a part of the sitting from which on its figure of being in step is told."""

_LEADING = (Stage.GUIDE, Stage.STALL, Stage.ARRIVE)

_HANDS = {Hand.LISTENER: "the listener", Hand.THERAPIST: "the therapist"}


@dataclass(frozen=True, slots=True)
class StageSpan:
    """One stage of the sitting."""

    from_s: float
    until_s: float
    stage: Stage


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure at the beginning, at the end and as it is usual; None where it was not earned."""

    name: str
    unit: str
    digits: int
    begin: float | None
    end: float | None
    sitting: float | None
    """Of the whole sitting, as the journal keeps it: what usual is made of."""
    usual: float | None
    about: float
    why: tuple[str, str, str]
    """Why `begin`, `end` and `sitting` are missing, where they are."""
    where: str = ""
    """Which part of the sitting `sitting` tells of, in words that follow it; nothing for its middle."""

    @property
    def against_usual(self) -> str | None:
        """The sitting beside this person's own usual, in words."""
        if self.usual is None or self.sitting is None:
            return None
        share = self.sitting / self.usual - 1.0
        if abs(share) <= self.about:
            return "about your usual"
        return "above your usual today" if share > 0.0 else "below your usual today"


def clock(seconds: float) -> str:
    """Minutes and seconds, `3:07`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def stretches(record: Record) -> list[StageSpan]:
    """The stages in order, without holes, to the end of the record."""
    found: list[StageSpan] = []
    for stage, group in groupby(record.states, key=lambda state: state.music.stage):
        first = next(group)
        found.append(StageSpan(first.t_s, first.t_s, stage))
    ends = [*(stretch.from_s for stretch in found[1:]), end_s(record)]
    return [StageSpan(each.from_s, until, each.stage) for each, until in zip(found, ends, strict=False)]


def end_s(record: Record) -> float:
    """How long the sitting is known, seconds."""
    return max(record.head.length_s, record.states[-1].t_s if record.states else 0.0)


def long_enough(record: Record) -> bool:
    """Whether the sitting has a beginning and an end that can be told apart."""
    return end_s(record) >= LEAST_LENGTH_S


def figures(record: Record) -> list[Figure]:
    """Heart, breath and variation at the beginning, at the end, over the sitting, and as usual."""
    whole, usual = record.head.figures, record.compared_with
    begin, end = _windows(record)
    whole_why = TOO_SHORT if heard_s(record) < REST_S else _why(record.states)
    beats = _why(begin), _why(end), whole_why
    breaths = _why(begin, NO_BREATH), _why(end, NO_BREATH), _why(record.states, NO_BREATH)
    return [
        Figure(
            "Heart", "beats a minute", 0, _heart(begin), _heart(end),
            whole.resting_bpm, usual.resting_bpm, ABOUT["heart"], beats, "at its calmest",
        ),
        Figure(
            "Breathing", "breaths a minute", 1, _breath(begin), _breath(end),
            whole.breath_per_min, usual.breath_per_min, ABOUT["breath"], breaths,
        ),
        Figure(
            "Beat-to-beat variation", "RMSSD, ms", 0, _variation(begin), _variation(end),
            whole.rmssd_ms, usual.rmssd_ms, ABOUT["variation"], beats,
        ),
    ]  # fmt: skip


def titles(record: Record) -> list[str]:
    """What was played: the profile's title, and those it turned to."""
    found = [str(record.head.profile_table.get("title", record.head.profile))]
    found += [_titled(str(each.value)) for each in record.decisions if each.parameter == "profile"]
    return [title for title, _ in groupby(found)]


def _titled(name: str) -> str:
    """The title of the profile `name`; its name where it is here no more."""
    try:
        return load(name).title
    except ProfileError:
        return name


def summary(record: Record) -> str:
    """The sitting in a sentence or two."""
    length = end_s(record)
    whose = "the simulated" if record.head.simulated else "your"
    first = f"{_long(length)} of {', then '.join(titles(record))}"
    if not long_enough(record):
        return f"{first}. That is too short to set its end beside its beginning."
    heart, breath, _ = figures(record)
    told = [
        _went(f"{whose} {name}", each.begin, each.end, each)
        for name, each in (("heart", heart), ("breathing", breath))
        if each.begin is not None and each.end is not None
    ]
    if not told:
        return f"{first}. {_no_ends(heart)}"
    said = f"{first}. From its first two minutes to its last, {' and '.join(told)}."
    ends = [round(each) for each in (heart.begin, heart.end) if each is not None]
    if heart.sitting is not None and len(ends) == 2 and round(heart.sitting) < min(ends):
        said += f" At its calmest it beat {heart.sitting:.0f} a minute."
    return said


def _no_ends(heart: Figure) -> str:
    """Why there is no beginning or no end to compare."""
    missing = zip(("beginning", "end"), (heart.begin, heart.end), heart.why, strict=False)
    silent = [part for part, value, why in missing if value is None and why == NOT_HEARD]
    if silent:
        return f"The heart was not heard at the {' and at the '.join(silent)}, so the two are not compared."
    return f"There were {NOT_ENOUGH} to set its end beside its beginning."


def usual_sentence(record: Record) -> str:
    """What the comparison with usual rests on, or why there is none."""
    sittings = record.compared_with.sittings
    if record.head.simulated:
        return "The heart was simulated, so there is no usual to compare it with."
    if record.head.client is None and record.head.sensor.startswith("replay"):
        return "No listener's code says whose recording this is, so there is no usual to compare it with."
    if any(figure.usual is not None for figure in figures(record)):
        return f"Your usual is the middle of your last {sittings} sittings with a clear signal."
    return "Your usual is known after three sittings with a clear signal; it will stand here then."


def simulated_sentence(record: Record) -> str:
    """That nobody was measured, with what was said about it at the time: why no strap was heard."""
    first = "The heart of this sitting was SIMULATED."
    told = [each.words for each in record.events if isinstance(each, LinkChange)]
    told = [words for words in told if "SIMULATED" in words]
    if record.head.sensor != "auto" or not told:
        return first
    return f"{first} It was said then: “{told[0]}”"


def quality_sentences(record: Record) -> list[str]:
    """How well the heart was heard."""
    beats, heard, length, sensor = record.beats, heard_s(record), end_s(record), record.head.sensor
    worn = sensor.partition(":")[0] in ("auto", "ble", "polar", "movesense") and not record.head.simulated
    if not beats or heard <= 0.0:
        return ["The heart was not heard in this sitting."]
    clean_s = sum(beat.rr_ms or 0.0 for beat in beats if beat.label is Label.NORMAL) / 1000.0
    share = min(clean_s / heard, 1.0)
    marked = sum(beat.label not in (Label.NORMAL, Label.GAP) for beat in beats)
    word = "good" if share >= GOOD else "fair" if share >= FAIR else "poor"
    percent = min(round(100.0 * share), 99 if marked else 100)
    said: list[str] = []
    if heard < length - LATE_S:
        ended = record.states[-1].heart.link is Link.ENDED
        why = ", to the end of the recording" if ended else ""
        said.append(f"The heart was heard for {clock(heard)} of {clock(length)}{why}.")
        said.append(f"In that time the signal was {word}: {percent} % of it was covered by clean beats.")
    else:
        said.append(f"The signal was {word}: {percent} % of the time was covered by clean beats.")
    if marked:
        said.append(
            f"Of {len(beats)} beats {marked} did not fit in with their neighbours and were left out of the "
            "figures."
        )
    elif share >= GOOD:
        said.append(f"All {len(beats)} beats were clean.")
    else:
        said.append("The beats that came were clean; others did not come through.")
    silences = _silences(record)
    if silences:
        total = sum(until - since for since, until in silences)
        lost = "once" if len(silences) == 1 else "twice" if len(silences) == 2 else f"{len(silences)} times"
        together = " together" if len(silences) > 1 else ""
        said.append(f"The sensor was lost {lost}, for {clock(total)}{together}.")
    if share < FAIR and worn:
        said.append("A moist strap that sits firmly under the chest is often heard more clearly.")
    return said


def course_sentence(record: Record) -> str:
    """How long the music did what."""
    spent: dict[Stage, float] = {}
    for each in stretches(record):
        spent[each.stage] = spent.get(each.stage, 0.0) + each.until_s - each.from_s
    parts = [f"{STAGES[stage].doing} for {clock(time_s)}" for stage, time_s in spent.items() if time_s >= 1.0]
    if record.head.simulated:
        parts = [part.replace("your heart", "the heart") for part in parts]
    return f"It was {_and(parts)}." if parts else "The music had only begun."


def answers_sentence(record: Record) -> str:
    """How often heart and breath were answered at once; nothing where they never were."""
    ways = [float(each.value or 0.0) > 0.0 for each in record.decisions if _answers(each)]
    opened, closed = ways.count(True), ways.count(False)
    parts = [f"opened {_times(opened)}"] * (opened > 0) + [f"closed a little {_times(closed)}"] * (closed > 0)
    whose = "the simulated heart" if record.head.simulated else "your heart and breath"
    return f"As {whose} moved, it {_and(parts)}." if parts else ""


def in_step_sentence(record: Record) -> str:
    """How well the music's breath and the listener's went together, while it met them and while it led;
    nothing where that was not known for a minute."""
    met = [each.in_step for each in record.states if each.music.stage is Stage.MATCH]
    led = [each.in_step for each in record.states if each.music.stage in _LEADING]
    parts = [
        f"{median(known):.2f} while the music {what}"
        for what, told in (("met it", met), ("led", led))
        if len(known := [each for each in told if each is not None]) >= IN_STEP_S
    ]
    whose = "the simulated breath" if record.head.simulated else "your breath"
    if not parts:
        return ""
    return f"The music's breath and {whose} were in step by {_and(parts)} (1 is wholly, 0 is not at all)."


def scenes_sentence(record: Record) -> str:
    """Through which scenes the music went, in order; nothing where it had one alone."""
    known = {scene.name: scene.told for scene in SCENES.values()}  # a record may come from another version
    scenes = [known.get(str(each.value), "") for each in record.decisions if each.parameter == "scene"]
    told = [scene for n, scene in enumerate(scenes) if scene and scene not in scenes[max(n - 1, 0) : n]]
    return f"It went through {_and(told)}." if len(told) > 1 else ""


def _answers(decision: Decision) -> bool:
    return decision.parameter == "answer" and decision.hand is Hand.AUTO


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def doings(record: Record) -> list[tuple[float, str]]:
    """What the guide did and why: (engine time, sentence), in order of time, but for answers and scenes."""
    told: list[tuple[float, str]] = []
    for decision in record.decisions:
        if _answers(decision) or decision.parameter == "scene":
            continue
        why = decision.why[:1].upper() + decision.why[1:]
        if decision.hand in _HANDS and _HANDS[decision.hand] not in why.lower():
            why += f", as {_HANDS[decision.hand]} wished"
        if not told or told[-1][1] != f"{why}.":
            told.append((decision.t_s, f"{why}."))
    return told


def events(record: Record) -> list[tuple[float, Event]]:
    """What the music has marked: (engine time, what), in order of time."""
    known = {event.value: event for event in Event}  # a record may come from another version
    told = [(each.t_s, known.get(str(each.value))) for each in record.decisions if each.parameter == "event"]
    return [(t_s, event) for t_s, event in told if event is not None]


def heard_s(record: Record) -> float:
    """For how long the heart was heard, seconds."""
    return sum(
        after.t_s - state.t_s
        for state, after in pairwise(record.states)
        if state.heart.link is Link.LIVE
    )


def _why(states: Sequence[State], although_heard: str = NOT_ENOUGH) -> str:
    """Why these states earn no figure, where they earn none; `although_heard` where the beats were clean."""
    if not states:
        return TOO_SHORT
    if sum(state.heart.link is Link.LIVE for state in states) < LEAST_SHARE * len(states):
        return NOT_HEARD
    return although_heard if len(_good(states)) >= LEAST_SHARE * len(states) else NOT_ENOUGH


def _windows(record: Record) -> tuple[list[State], list[State]]:
    """States of the first and of the last two minutes; empty where the sitting is too short."""
    last = end_s(record)
    if not long_enough(record):
        return [], []
    begin = [state for state in record.states if state.t_s <= WINDOW_S]
    return begin, [state for state in record.states if state.t_s > last - WINDOW_S]


def _good(states: Sequence[State]) -> list[State]:
    return [state for state in states if state.heart.quality >= GOOD_QUALITY and not state.heart.irregular]


def _heart(states: Sequence[State]) -> float | None:
    return _median([state.heart.hr_bpm for state in _good(states)], states)


def _breath(states: Sequence[State]) -> float | None:
    sure = [state for state in _good(states) if state.heart.breath_confidence >= SURE_BREATH]
    return _median([state.heart.breath_per_min for state in sure], states)


def _variation(states: Sequence[State]) -> float | None:
    """The figure at the window's end, which looks back over the window (sensors.variability)."""
    good = _good(states)
    if len(good) < LEAST_SHARE * len(states) or good[-1:] != list(states[-1:]):
        return None
    return good[-1].heart.rmssd_ms if good else None


def _median(values: Sequence[float | None], states: Sequence[State]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known and len(known) >= LEAST_SHARE * len(states) else None


def _silences(record: Record) -> list[tuple[float, float]]:
    """Stretches in which a sensor that had been heard was not."""
    found: list[tuple[float, float]] = []
    heard = False
    for state, after in pairwise(record.states):
        link = state.heart.link
        heard = heard or link is Link.LIVE
        if heard and link not in (Link.LIVE, Link.ENDED):
            if found and found[-1][1] == state.t_s:
                found[-1] = (found[-1][0], after.t_s)
            else:
                found.append((state.t_s, after.t_s))
    return found


def _long(seconds: float) -> str:
    minutes = round(seconds / 60.0)
    if minutes < 2:
        return f"{seconds:.0f} seconds"
    return f"{minutes} minutes"


def _went(name: str, begin: float, end: float, figure: Figure) -> str:
    came, left = f"{begin:.{figure.digits}f}", f"{end:.{figure.digits}f}"
    course = f"stayed at {came}" if came == left else f"went from {came} to {left}"
    return f"{name} {course} {figure.unit}"


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
