"""Hands: who holds which parameter. The last to touch one keeps it until that hand gives it back."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from engine.guide.breath import CEILING_PER_MIN, FLOOR_PER_MIN
from engine.guide.music_state import Decision, Hand, Intent
from profiles.schema import Profile

ACTIONS = ("less", "more", "too_much", "hold", "resume", "rematch", "soften", "silence", "end")

ENERGY_STEP = 0.2
"""What one `less` or `more` adds to the energy of the music, -1 to 1 (own choice)."""

_WHO = {
    Hand.AUTO: "the guide",
    Hand.PROFILE: "the profile",
    Hand.THERAPIST: "the therapist",
    Hand.LISTENER: "the listener",
}

_NAMES = {
    "tempo_bpm": "tempo",
    "density": "density",
    "brightness": "brightness",
    "loudness_db": "loudness",
    "breath_guide_per_min": "the breath guide",
    "breath_depth_db": "the depth of the swell",
    "pulse_level": "the heart pulse",
    "mood": "mood",
    "silence": "silence",
    "target_bpm": "the target",
    "energy": "energy",
}


def parameter_ranges(profile: Profile) -> dict[str, tuple[float, float]]:
    """Low and high of every parameter that a hand may hold, in the parameter's own unit."""
    ranges = profile.ranges
    return {
        "tempo_bpm": ranges.tempo_bpm,
        "density": ranges.density,
        "brightness": ranges.brightness,
        "loudness_db": ranges.loudness_db,
        "breath_guide_per_min": (FLOOR_PER_MIN, CEILING_PER_MIN),
        "breath_depth_db": (0.0, 3.0),
        "pulse_level": (0.0, 1.0),
        "mood": (-1.0, 1.0),
        "silence": (0.0, 1.0),
        "target_bpm": profile.limits.target_bpm,
        "energy": (-1.0, 1.0),
    }


class Hands:
    """The parameters that are held, by whom, and at what value."""

    __slots__ = ("_ranges", "held")

    def __init__(self, profile: Profile) -> None:
        self._ranges = parameter_ranges(profile)
        self.held: dict[str, tuple[Hand, float]] = {}

    def turn_to(self, profile: Profile) -> None:
        """Take the ranges of another profile; what a hand holds stays in them."""
        self._ranges = parameter_ranges(profile)
        for parameter, (hand, value) in self.held.items():
            low, high = self._ranges[parameter]
            self.held[parameter] = (hand, min(max(value, low), high))

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
        their sentence, the governor does the rest. An intent that cannot be understood changes
        nothing and is answered with a decision that says so.
        """
        hand, name, who = intent.hand, intent.parameter, _WHO[intent.hand]

        def decide(parameter: str, value: float | str | None, why: str) -> Decision:
            return Decision(intent.t_s, hand, parameter, value, why)

        match name:
            case "less" | "more":
                energy = (self.value("energy") or 0.0) + (ENERGY_STEP if name == "more" else -ENERGY_STEP)
                energy = min(max(energy, -1.0), 1.0)
                self.held["energy"] = (hand, energy)
                turn = "fuller" if name == "more" else "thinner"
                return [decide("energy", energy, f"{name}: {who} asked, the music grows {turn}")]
            case "hold":
                tempo = now["tempo_bpm"]
                self.held["tempo_bpm"] = (hand, tempo)
                return [decide("tempo_bpm", tempo, f"hold: {who} keeps the tempo where it is")]
            case "soften":
                for parameter in ("density", "brightness"):
                    self.held[parameter] = (hand, self._ranges[parameter][0])
                return [decide("density", self._ranges["density"][0], f"soften: {who} asked for the drone")]
            case "silence":
                self.held["silence"] = (hand, 1.0)
                return [decide("silence", 1.0, f"silence: {who} asked for it")]
            case "resume":
                given = [p for p, (holder, _) in self.held.items() if holder is hand]
                for parameter in given:
                    del self.held[parameter]
                back = ", ".join(_NAMES[p] for p in given) or "nothing was held"
                return [decide("resume", None, f"resume: {who} gives back to the guide: {back}")]
            case "too_much":
                energy = max(-1.0, (self.value("energy") or 0.0) - ENERGY_STEP)
                self.held["energy"] = (hand, energy)
                self.held.pop("tempo_bpm", None)
                return [decide("energy", energy, f"too much: {who} said so, the music thins to its drone")]
            case "rematch":
                self.held.pop("tempo_bpm", None)
                return [decide("rematch", None, f"re-match: {who} asked to meet the heart again")]
            case "end":
                return [decide("end", None, f"{who} ends the sitting")]
            case _:
                return [self._touch(intent, who)]

    def _touch(self, intent: Intent, who: str) -> Decision:
        hand, name, value = intent.hand, intent.parameter, intent.value
        if name not in self._ranges:
            return Decision(intent.t_s, hand, name, None, f"not understood: there is nothing called {name}")
        word = _NAMES[name]
        if value is None:
            holder = self.held.get(name)
            if holder is None:
                return Decision(intent.t_s, hand, name, None, f"{word} was already with the guide")
            if holder[0] is not hand:
                why = f"{word} stays with {_WHO[holder[0]]}, who touched it last"
                return Decision(intent.t_s, hand, name, holder[1], why)
            del self.held[name]
            return Decision(intent.t_s, hand, name, None, f"{who} gives {word} back to the guide")
        if not isfinite(value):
            return Decision(intent.t_s, hand, name, None, f"not understood: {word} needs a number")
        low, high = self._ranges[name]
        inside = min(max(value, low), high)
        self.held[name] = (hand, inside)
        why = f"{who} takes {word}"
        if inside != value:
            why += f": {value:g} was asked, {inside:g} is as far as the profile goes"
        return Decision(intent.t_s, hand, name, inside, why)
