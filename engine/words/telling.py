"""Telling: which line of a guide is said when. Pure: the same calls give the same lines.

A line waits for its pause, then for the breath of the music that it goes with. It waits while the music gives
the listener room, and while a hand has hushed the words; `too much` ends them with the drone, until that is
undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.guide.hands import PAUSES, WORDS_ACTIONS
from engine.guide.music_state import Decision, Intent, Stage
from guides.schema import Breath, Script, Step, Wish, pause_s, spoken_s

BEGIN_S = 20.0
"""When the first line may come: the music is there by then, and somebody lies down (own choice)."""

INHALE_SHARE = 0.4
"""Where the exhale of the music's breath begins (dsp.orchestra.INHALE)."""

LEAD_S = 1.0
"""A line is decided on so long before it begins, so that what plays can step back for it (own choice)."""

LEAST_LEAD_S = 0.6
"""A breath that is nearer is too near: a line waits for the next one then (own choice)."""

LATEST_S = 15.0
"""Where no breath comes, a line waits no longer for one: the slowest takes 13.3 s (own choice)."""

CUT_S = 2.2
"""Between the cut of a line and the next one: what was written ahead of it fades out, and is forgotten
(engine.guest.channel)."""

CHANGED_PER_MIN = 1.0
"""A pace is spoken of again once it has changed by so much (own choice)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that begins at engine time `at_s`."""

    at_s: float
    place: int
    """Which step of the script, from 0."""
    words: str
    group: str | None
    lasts_s: float
    turn: bool
    """Whether it begins another group than the one before it."""
    digest: str | None = None
    """Of the sound that says it; None where it is text and a bell."""


@dataclass(frozen=True, slots=True)
class Told:
    """What comes of one tick."""

    line: Line | None = None
    """Decided on now; it begins within LEAD_S."""
    cut: bool = False
    """What is being said ends now, with a short fade."""
    wish: Wish | None = None
    """Asked of the music."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the words stand, for whoever shows them."""

    begun: Line | None
    """What was decided on at this tick; it begins within a second."""
    line: str
    """What was said last; empty before the first line, while there are no words, and after the last."""
    coming: str
    """What is said next; empty where nothing is."""
    group: str
    done: int
    """Lines that were said, or passed over."""
    of: int


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the words have come."""

    next: int = 0
    said: int | None = None
    silence_s: float | None = None
    """What is left of the silence after the last line; None before it."""
    over: bool = False


class Telling:
    """The words of one sitting.

    script    what is told
    without   groups that are left out, as `left_out` has them
    lengths   how long each line takes to say, seconds by its place; the others by their number of words
    room_s    how long the words may take, where the sitting is shorter than the guide
    """

    def __init__(
        self, script: Script, without: Sequence[str] = (), lengths: Mapping[int, float] | None = None,
        room_s: float | None = None,
    ) -> None:  # fmt: skip
        self.script = script
        out = left_out(script, without)
        self._steps = [(n, step) for n, step in enumerate(script.steps) if step.group not in out]
        self._lengths = lengths or {}
        whole_s = 60.0 * script.minutes
        self._whole_s = whole_s if room_s is None else min(whole_s, room_s)
        self._place: _Place = _Place()
        self._rested_s = self._rested_breaths = 0.0
        self._ready_s: float | None = None
        self._free_s = BEGIN_S
        """When what is being said is over, and its pause begins."""
        self._t_s: float | None = None
        self._began_s: float | None = None
        self._spoken_per_min: float | None = None
        self._done: list[tuple[str, _Place]] = []
        self._too_much = False
        self._hurry = False
        self._silent = self._hushed = False
        self._begun: Line | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more is said."""
        return self._place.over or self._too_much

    @property
    def standing(self) -> Standing:
        """Where the words stand."""
        place, of = self._place, len(self._steps)
        if self.over:
            return Standing(self._begun, "", "", "", of, of)
        said = None if place.said is None or self._hushed else self.script.steps[place.said]
        coming = self._steps[place.next][1].say if place.next < of else ""
        line, group = ("", "") if said is None else (said.say, said.group or "")
        return Standing(self._begun, line, coming, group, place.next, of)

    def step(
        self,
        t_s: float,
        phase: float,
        per_min: float,
        stage: Stage,
        intents: Sequence[Intent] = (),
        decisions: Sequence[Decision] = (),
        held: Mapping[str, float] | None = None,
    ) -> Told:
        """What is told at engine time `t_s`, called in order of time.

        phase, per_min   where the music's breath stands then, 0 to 1 from the inhale on, and its rate
        intents          what hands have asked in this tick
        decisions        what the guide has made of it: what an undo takes back stands there
        held             what hands hold: `words` at 0 hushes, `pauses` is their share
        """
        told = self._step(t_s, phase, per_min, stage, intents, decisions, held or {})
        self._begun = told.line
        return told

    def _step(
        self, t_s: float, phase: float, per_min: float, stage: Stage, intents: Sequence[Intent],
        decisions: Sequence[Decision], held: Mapping[str, float],
    ) -> Told:  # fmt: skip
        dt_s = 0.0 if self._t_s is None else max(0.0, t_s - self._t_s)
        self._t_s = t_s
        cut = self._obey(intents, decisions, t_s)
        hushed = self._hushed = held.get("words", 1.0) < 0.5
        speaking = t_s < self._free_s and self._place.said is not None
        if stage is Stage.END or self._too_much or hushed:
            cut = cut or (speaking and (self._too_much or hushed))
            if cut:
                self._free_s = t_s
            return Told(cut=cut)
        wish = self._close(dt_s)
        if wish is not None or self.over or self._place.silence_s is not None:
            return Told(cut=cut, wish=wish)
        if t_s >= self._free_s:
            # Only what has passed since the line was over counts.
            rested_s = min(dt_s, t_s - self._free_s)
            self._rested_s += rested_s
            self._rested_breaths += rested_s * per_min / 60.0
        if stage is Stage.BACK_OFF or not self._due(t_s, per_min, held.get("pauses", 1.0)):
            return Told(cut=cut)
        place, step = self._steps[self._place.next]
        self._ready_s = t_s if self._ready_s is None else self._ready_s
        at_s = t_s + LEAD_S if t_s - self._ready_s >= LATEST_S else _begins(step.with_, t_s, phase, per_min)
        if at_s is None or at_s < self._free_s:
            return Told(cut=cut)
        return Told(self._say(place, step, at_s, per_min), cut, step.music)

    def _say(self, place: int, step: Step, at_s: float, per_min: float) -> Line:
        before = self._place.said
        turn = before is None or self.script.steps[before].group != step.group
        lasts_s = self._lengths.get(place, spoken_s(step.say))
        self._free_s = at_s + lasts_s
        self._rested_s = self._rested_breaths = 0.0
        self._ready_s, self._hurry = None, False
        if self._began_s is None:
            self._began_s = at_s
        if step.when in ("slower", "quicker") or self._spoken_per_min is None:
            self._spoken_per_min = per_min
        last = self._place.next + 1 >= len(self._steps)
        silence_s = self.script.then_silence_s if last else None
        self._place = _Place(self._place.next + 1, place, silence_s)
        return Line(at_s, place, step.say, step.group, lasts_s, turn)

    def _due(self, t_s: float, per_min: float, pauses: float) -> bool:
        """Whether the next line's time has come, but for the breath that it goes with."""
        if t_s + LEAD_S < self._free_s:
            return False
        self._pass_over(t_s)
        if self._place.next >= len(self._steps):
            return False
        _, step = self._steps[self._place.next]
        if self._hurry:
            return True
        share = min(max(pauses, PAUSES[0]), PAUSES[1])
        # What is decided on now begins LEAD_S from now at the soonest where its pause is not over.
        if self._place.said is not None:
            before = self.script.steps[self._place.said]
            soon_s = LEAD_S if step.with_ == "any" else 0.0
            if before.pause_breaths is not None:
                if self._rested_breaths < share * before.pause_breaths:
                    return False
            elif self._rested_s + soon_s < share * (before.pause_s or 0.0):
                return False
        elif t_s < BEGIN_S:
            return False
        match step.when:
            case "slower":
                return self._change(per_min) <= -CHANGED_PER_MIN
            case "quicker":
                return self._change(per_min) >= CHANGED_PER_MIN
            case "end":
                return self._left_s(t_s) <= self._needed_s(self._place.next, share)
            case "next":
                return True

    def _change(self, per_min: float) -> float:
        return 0.0 if self._spoken_per_min is None else per_min - self._spoken_per_min

    def _pass_over(self, t_s: float) -> None:
        """Leave out lines about a pace that does not change any more, once the guide's end has come."""
        at = self._place.next
        while at < len(self._steps) and self._steps[at][1].when in ("slower", "quicker"):
            at += 1
        if at == self._place.next or at >= len(self._steps):
            return
        if self._steps[at][1].when == "end" and self._left_s(t_s) <= self._needed_s(at, 1.0):
            self._place = replace(self._place, next=at)

    def _left_s(self, t_s: float) -> float:
        began_s = BEGIN_S if self._began_s is None else self._began_s
        return began_s + self._whole_s - t_s

    def _needed_s(self, at: int, share: float) -> float:
        left = self._steps[at:]
        return sum(self._lengths.get(n, spoken_s(step.say)) + share * pause_s(step) for n, step in left)

    def _close(self, dt_s: float) -> Wish | None:
        """The silence after the last line, and its end."""
        place = self._place
        if place.silence_s is None or place.over or (self._t_s or 0.0) < self._free_s:
            return None
        if place.silence_s > 0.0 and not self._silent:
            self._silent = True
            return "silence"
        left_s = place.silence_s - dt_s
        if left_s > 0.0:
            self._place = replace(place, silence_s=left_s)
            return None
        self._place = replace(place, silence_s=0.0, over=True)
        was, self._silent = self._silent, False
        return "level" if was else None

    def _obey(self, intents: Sequence[Intent], decisions: Sequence[Decision], t_s: float) -> bool:
        """Do what hands have asked of the words; whether what is being said is to end."""
        cut = False
        for intent in intents:
            if intent.parameter in WORDS_ACTIONS:
                self._done.append((intent.parameter, self._place))
                self._place = self._moved(intent.parameter)
                self._go(t_s)
                cut = True
            elif intent.parameter == "too_much":
                self._too_much = True
        for decision in decisions:
            if decision.parameter == "undo" and decision.done:
                cut = self._take_back(str(decision.value), t_s) or cut
        return cut

    def _take_back(self, what: str, t_s: float) -> bool:
        if what == "too_much":
            self._too_much = False
            return False
        found = next((n for n in reversed(range(len(self._done))) if self._done[n][0] == what), None)
        if found is None:
            return False
        self._place = self._done.pop(found)[1]
        self._go(t_s)
        return True

    def _go(self, t_s: float) -> None:
        self._free_s, self._ready_s, self._hurry = max(t_s + CUT_S, BEGIN_S), None, True

    def _moved(self, what: str) -> _Place:
        at, said = self._place.next, self._place.said
        if what == "repeat":
            here = next((n for n, (place, _) in enumerate(self._steps) if place == said), at)
            return replace(self._place, next=here, silence_s=None, over=False)
        group = None if said is None else self.script.steps[said].group
        if what == "skip" and group is not None:
            while at < len(self._steps) and self._steps[at][1].group == group:
                at += 1
        elif self._waits(at):
            at += 1
        ended = at >= len(self._steps)
        return replace(self._place, next=min(at, len(self._steps)), silence_s=0.0 if ended else None)

    def _waits(self, at: int) -> bool:
        """Whether `next` leaves out a line: one that waits for a pace to change."""
        return at < len(self._steps) and self._steps[at][1].when in ("slower", "quicker")


def left_out(script: Script, without: Sequence[str]) -> frozenset[str]:
    """The groups that those words mean: all whose name holds every word. Raises ValueError for none."""
    found: set[str] = set()
    for asked in without:
        words = set(_words(asked))
        meant = {group for group in script.groups if words and words <= set(_words(group))}
        if not meant:
            if not script.groups:
                raise ValueError(f"The guide {script.name} has no groups, so nothing of it can be left out.")
            there = "; ".join(script.groups)
            raise ValueError(f"The guide {script.name} has no group called {asked!r}; its groups: {there}.")
        found |= meant
    return frozenset(found)


def length_s(
    script: Script, without: Sequence[str] = (), lengths: Mapping[int, float] | None = None,
    pauses: float = 1.0, breath_per_min: float = 8.0,
) -> float:  # fmt: skip
    """About how long a guide takes, silence after it included, from the first line on, seconds."""
    out, known = left_out(script, without), lengths or {}
    steps = [(n, step) for n, step in enumerate(script.steps) if step.group not in out]
    told_s = sum(
        known.get(n, spoken_s(step.say)) + pauses * pause_s(step, breath_per_min)
        + (0.0 if step.with_ == "any" else 30.0 / breath_per_min)
        for n, step in steps if step.when == "next"
    )  # fmt: skip
    if any(step.when != "next" for _, step in steps):
        told_s = max(told_s, 60.0 * script.minutes)
    return told_s + script.then_silence_s


def _begins(with_: Breath, t_s: float, phase: float, per_min: float) -> float | None:
    """When a line begins that is decided on now; None where its breath is not near enough."""
    if with_ == "any" or per_min <= 0.0:
        return t_s + LEAD_S
    wanted = INHALE_SHARE if with_ == "out" else 0.0
    in_s = (wanted - phase) % 1.0 * 60.0 / per_min
    return t_s + in_s if LEAST_LEAD_S <= in_s <= LEAD_S else None


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
