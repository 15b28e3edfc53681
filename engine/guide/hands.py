"""Hands: who holds which parameter. The last to touch one keeps it until that hand gives it back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite

from engine.guide.breath import CEILING_PER_MIN, FLOOR_PER_MIN
from engine.guide.music_state import Decision, Hand, Intent
from profiles.schema import Profile

WORDS_ACTIONS = ("next", "repeat", "skip")
"""Asked of a guide's words (engine.words.telling): the next line, the last again, or no more of its group."""

ACTIONS = (
    "less", "more", "too_much", "hold", "resume", "rematch", "soften", "hush", "hush_words", *WORDS_ACTIONS,
    "undo", "end",
)  # fmt: skip
"""None of them is called like a parameter: the name of a parameter without a value gives it back."""

ENERGY_STEP = 0.2
"""What one `less` or `more` adds to the energy of the music, -1 to 1 (own choice)."""

SOFTENED = ("density", "brightness", "foreground_db", "trim_db")
"""What `soften` holds."""

SOFTEN_DB, SOFTEN_FOREGROUND_DB = -6.0, -12.0
"""What `soften` takes from the whole at once, so that it is at least 4 LU softer, and from the foreground
besides (own choice)."""

TRIM_DB, FOREGROUND_DB = (-24.0, 5.0), (-24.0, 5.0)
"""How far hands may move the whole from where the law has it, and the foreground from its place in the whole.
Enough to hear; the profile's own level stays the measure (own choice)."""

PAUSES, VOICE_DB = (0.7, 1.5), (-18.0, 6.0)
"""How far hands may draw pauses together or apart, as a share, and the voice's level from its place over the
music (own choice)."""

_OF_WORDS = ("words", "pauses", "voice_db")
"""Parameters of the words."""

_STIRRING = ("density", "brightness", "loudness_db", "foreground_db", "trim_db")
"""What `too_much` gives back to the guide where a hand keeps it up."""

_REMEMBERED = 64
"""Acts that can be undone, one after the other."""

_WHO = {
    Hand.AUTO: "the guide",
    Hand.PROFILE: "a line of the words",
    Hand.THERAPIST: "the therapist",
    Hand.LISTENER: "the listener",
}

_NAMES = {
    "tempo_bpm": "tempo",
    "density": "density",
    "brightness": "brightness",
    "loudness_db": "loudness",
    "trim_db": "the level of the whole",
    "foreground_db": "the level of the foreground",
    "breath_guide_per_min": "the breath guide",
    "breath_depth_db": "the depth of the swell",
    "pulse_level": "the heart pulse",
    "mood": "mood",
    "answer": "the answer to heart and breath",
    "silence": "silence",
    "target_bpm": "the target",
    "energy": "energy",
    "words": "the words",
    "pauses": "the pauses between the words",
    "voice_db": "the level of the voice",
}

PARAMETERS = tuple(_NAMES)
"""All that a hand may hold."""


def spoken(name: str) -> str:
    """A parameter or an action, as it is spoken of."""
    return _NAMES.get(name, name.replace("_", " "))


_COURSE = ("too_much", "rematch", *WORDS_ACTIONS)
"""Actions that change the course of the sitting, whatever they hold."""

_ACTED = {
    "too_much": "too much", "rematch": "the re-match", "hush": "the silence",
    "hush_words": "the hush of the words", "next": "the step to the next line", "repeat": "the repetition",
    "skip": "the skipping",
}  # fmt: skip
"""Actions as they are spoken of where they are taken back; others by their own name."""

_ASKED = {
    "next": "asked for the next line", "repeat": "asked to hear it again", "skip": "passes over this part",
}  # fmt: skip
"""What is asked of the words, as it is spoken of."""

_FULLNESS = {"less": ("thinner", "thin"), "more": ("fuller", "full")}

Held = tuple[Hand, float]


def parameter_ranges(profile: Profile) -> dict[str, tuple[float, float]]:
    """Low and high of every parameter that a hand may hold, in the parameter's own unit."""
    ranges = profile.ranges
    return {
        "tempo_bpm": ranges.tempo_bpm,
        "density": ranges.density,
        "brightness": ranges.brightness,
        "loudness_db": ranges.loudness_db,
        "trim_db": TRIM_DB,
        "foreground_db": FOREGROUND_DB,
        "breath_guide_per_min": (FLOOR_PER_MIN, CEILING_PER_MIN),
        "breath_depth_db": (0.0, 3.0),
        "pulse_level": (0.0, 1.0),
        "mood": (-1.0, 1.0),
        "answer": (-1.0, 1.0),
        "silence": (0.0, 1.0),
        "target_bpm": profile.limits.target_bpm,
        "energy": (-1.0, 1.0),
        "words": (0.0, 1.0),
        "pauses": PAUSES,
        "voice_db": VOICE_DB,
    }


@dataclass(frozen=True, slots=True)
class _Act:
    """What a hand did: every parameter that changed hands by it, before and after."""

    hand: Hand
    name: str
    changed: Mapping[str, tuple[Held | None, Held | None]]


def checked_trim_db(trim_db: float) -> float:
    """The level that a sitting begins at, dB beside the profile's. Raises ValueError outside TRIM_DB."""
    low, high = TRIM_DB
    if not low <= trim_db <= high:
        raise ValueError(f"A sitting's level lies between {low:g} and {high:g} dB; {trim_db:g} does not.")
    return trim_db


class Hands:
    """The parameters that are held, by whom, and at what value."""

    __slots__ = ("_acts", "_ranges", "held", "worded")

    def __init__(self, profile: Profile, *, worded: bool = False) -> None:
        self.worded = worded
        """Whether words are told, that hands may move."""
        self._ranges = parameter_ranges(profile)
        self._acts: deque[_Act] = deque(maxlen=_REMEMBERED)
        self.held: dict[str, Held] = {}

    def turn_to(self, profile: Profile) -> None:
        """Take the ranges of another profile; what a hand holds stays in them."""
        self._ranges = parameter_ranges(profile)
        for parameter, (hand, value) in self.held.items():
            self.held[parameter] = (hand, self._inside(parameter, value))

    def value(self, parameter: str) -> float | None:
        """What a hand wants of `parameter`, or None where the guide is free."""
        held = self.held.get(parameter)
        return None if held is None else held[1]

    def holders(self) -> Mapping[str, Hand]:
        """Every held parameter with the hand that holds it."""
        return {parameter: hand for parameter, (hand, _) in self.held.items()}

    def take(self, intent: Intent, now: Mapping[str, float]) -> list[Decision]:
        """Carry out one intent and say what came of it; `now` holds the present values.

        `too_much`, `rematch` and `end` change the course of the sitting; here they only leave
        their sentence, the conductor does the rest. `undo` is asked of `undo`. An intent that cannot be
        understood changes nothing and is answered with a decision that says so.
        """
        before = dict(self.held)
        decisions = self._do(intent, now)
        changed = {
            parameter: (before.get(parameter), self.held.get(parameter))
            for parameter in {**before, **self.held}
            if before.get(parameter) != self.held.get(parameter)
        }
        if changed or (intent.parameter in _COURSE and all(decision.done for decision in decisions)):
            self._acts.append(_Act(intent.hand, intent.parameter, changed))
        return decisions

    def undo(self, intent: Intent) -> tuple[str | None, Decision]:
        """Take back the last thing that this hand did and has not taken back, and say what it was.

        What another hand has touched since stays as that hand left it. An end is not taken back.
        """
        who = _WHO[intent.hand]
        act = next((act for act in reversed(self._acts) if act.hand is intent.hand), None)
        if act is None:
            why = f"undo: {who} has done nothing that could be taken back"
            return None, Decision(intent.t_s, intent.hand, "undo", None, why, False)
        self._acts.remove(act)
        what = _ACTED.get(act.name) or _NAMES.get(act.name, act.name)
        mine = [p for p, (_, became) in act.changed.items() if self.held.get(p) == became]
        if act.changed and not mine:
            why = f"undo: {what} stays as another hand has left it since"
            return None, Decision(intent.t_s, intent.hand, "undo", None, why, False)
        for parameter in mine:
            was = act.changed[parameter][0]
            if was is None:
                self.held.pop(parameter, None)
            else:
                self.held[parameter] = (was[0], self._inside(parameter, was[1]))
        return act.name, Decision(intent.t_s, intent.hand, "undo", act.name, f"undo: {who} takes back {what}")

    def _do(self, intent: Intent, now: Mapping[str, float]) -> list[Decision]:
        hand, name, who = intent.hand, intent.parameter, _WHO[intent.hand]

        def decide(parameter: str, value: float | str | None, why: str) -> Decision:
            return Decision(intent.t_s, hand, parameter, value, why)

        if not self.worded and name in (*WORDS_ACTIONS, *_OF_WORDS, "hush_words"):
            why = "this sitting has no words: play with --guide"
            return [Decision(intent.t_s, hand, name, None, why, False)]
        match name:
            case "next" | "repeat" | "skip":
                return [decide(name, None, f"words: {who} {_ASKED[name]}")]
            case "hush_words":
                self.held["words"] = (hand, 0.0)
                return [decide("words", 0.0, f"words: {who} asked for none")]
            case "less" | "more":
                return [self._nudge(name, hand, decide)]
            case "hold":
                tempo = now["tempo_bpm"] if intent.value is None else intent.value
                tempo = self._inside("tempo_bpm", tempo)
                self.held["tempo_bpm"] = (hand, tempo)
                return [decide("tempo_bpm", tempo, f"hold: {who} keeps the tempo where it is")]
            case "soften":
                return self._soften(hand, decide)
            case "hush":
                self.held["silence"] = (hand, 1.0)
                return [decide("silence", 1.0, f"silence: {who} asked for it")]
            case "resume":
                given = [p for p, (holder, _) in self.held.items() if holder is hand]
                for parameter in given:
                    del self.held[parameter]
                back = ", ".join(_NAMES[p] for p in given) or "nothing was held"
                return [decide("resume", None, f"resume: {who} gives back to the guide: {back}")]
            case "too_much":
                return self._too_much(hand, decide)
            case "rematch":
                asked = decide("rematch", None, f"re-match: {who} asked to meet the heart again")
                return [asked, *self._let_go(("tempo_bpm",), decide)]
            case "end":
                return [decide("end", None, f"{who} ends the sitting")]
            case _:
                return [self._touch(intent, who)]

    def _nudge(self, name: str, hand: Hand, decide: Callable[..., Decision]) -> Decision:
        before = self.value("energy") or 0.0
        energy = self._inside("energy", round(before + (ENERGY_STEP if name == "more" else -ENERGY_STEP), 6))
        self.held["energy"] = (hand, energy)
        grows, most = _FULLNESS[name]
        comes = f"grows {grows}" if energy != before else f"is as {most} as it may be already"
        return decide("energy", energy, f"{name}: {_WHO[hand]} asked, the music {comes}")

    def _soften(self, hand: Hand, decide: Callable[..., Decision]) -> list[Decision]:
        """Down to the bed: each time it is asked, the levels go further down."""
        wanted = {
            "density": self._ranges["density"][0],
            "brightness": self._ranges["brightness"][0],
            "foreground_db": (self.value("foreground_db") or 0.0) + SOFTEN_FOREGROUND_DB,
            "trim_db": (self.value("trim_db") or 0.0) + SOFTEN_DB,
        }
        decisions: list[Decision] = []
        for parameter, value in wanted.items():
            inside = self._inside(parameter, value)
            self.held[parameter] = (hand, inside)
            why = f"soften: {_WHO[hand]} asked, {_NAMES[parameter]} goes down"
            decisions.append(decide(parameter, inside, why))
        return decisions

    def _too_much(self, hand: Hand, decide: Callable[..., Decision]) -> list[Decision]:
        energy = self._inside("energy", round((self.value("energy") or 0.0) - ENERGY_STEP, 6))
        self.held["energy"] = (hand, energy)
        said = decide("energy", energy, f"too much: {_WHO[hand]} said so, the music thins to its drone")
        up = [parameter for parameter in _STIRRING if self._keeps_up(parameter)]
        if self.value("silence") == 0.0:
            up.append("silence")
        return [said, *self._let_go(("tempo_bpm", *up), decide)]

    def _keeps_up(self, parameter: str) -> bool:
        """Whether a hand holds `parameter` above its lowest: a level above where the law has it."""
        value = self.value(parameter)
        lowest = 0.0 if parameter in ("foreground_db", "trim_db") else self._ranges[parameter][0]
        return value is not None and value > lowest

    def _let_go(self, parameters: tuple[str, ...], decide: Callable[..., Decision]) -> list[Decision]:
        """What is held of `parameters`, by whatever hand, goes back to the guide."""
        given = [parameter for parameter in parameters if self.held.pop(parameter, None) is not None]
        return [decide(p, None, f"{_NAMES[p]} goes back to the guide") for p in given]

    def _inside(self, parameter: str, value: float) -> float:
        low, high = self._ranges[parameter]
        return min(max(value, low), high)

    def _touch(self, intent: Intent, who: str) -> Decision:
        hand, name, value = intent.hand, intent.parameter, intent.value
        if name not in self._ranges:
            why = f"not understood: there is nothing called {name}"
            return Decision(intent.t_s, hand, name, None, why, False)
        word = _NAMES[name]
        if value is None:
            holder = self.held.get(name)
            if holder is None:
                return Decision(intent.t_s, hand, name, None, f"{word} was already with the guide")
            if holder[0] is not hand:
                why = f"{word} stays with {_WHO[holder[0]]}, who touched it last"
                return Decision(intent.t_s, hand, name, holder[1], why, False)
            del self.held[name]
            return Decision(intent.t_s, hand, name, None, f"{who} gives {word} back to the guide")
        if not isfinite(value):
            return Decision(intent.t_s, hand, name, None, f"not understood: {word} needs a number", False)
        inside = self._inside(name, value)
        self.held[name] = (hand, inside)
        why = f"{who} takes {word}"
        if inside != value:
            why += f": {value:g} was asked, {inside:g} is as far as the profile goes"
        return Decision(intent.t_s, hand, name, inside, why)
