"""Target: the heart rate a sitting aims at, named by a hand, by the profile, or learned."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from engine.guide.music_state import Hand
from profiles.schema import Profile


class TargetError(ValueError):
    """A target rate that the profile does not allow; the message says what it allows."""


class DurationError(ValueError):
    """A length of sitting that cannot be played; the message says what can."""


SHORTEST_S, LONGEST_S = 10.0, 14_400.0
"""Lengths of a sitting, seconds: less has no room for its two fades, more is a night (own choice)."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What a listener's earlier sittings have taught; a figure not yet known is None."""

    resting_bpm: float | None = None
    breath_per_min: float | None = None
    rmssd_ms: float | None = None
    sittings: int = 0
    pace_per_min: float | None = None
    """The pace of breath at which the heart swings the widest (engine.pace)."""
    watch_bpm: float | None = None
    """The resting rate of the month that a watch told (engine.past): a guess, while no sitting tells one."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A target rate, who set it, and where it comes from, in words that follow "toward N"."""

    bpm: float
    hand: Hand
    why: str


def checked_target(bpm: float, profile: Profile) -> float:
    """`bpm` if the profile allows it as a target heart rate; otherwise TargetError."""
    low, high = profile.limits.target_bpm
    if not (isfinite(bpm) and low <= bpm <= high):
        raise TargetError(
            f"A target of {bpm:g} beats a minute lies outside what the profile {profile.name} allows; "
            f"choose one from {low:g} to {high:g}."
        )
    return bpm


def checked_duration(seconds: float) -> float:
    """`seconds` if a sitting can be that long; otherwise DurationError."""
    if not (isfinite(seconds) and SHORTEST_S <= seconds <= LONGEST_S):
        raise DurationError(
            f"A sitting of {seconds:g} seconds cannot be played; "
            f"choose a length from {SHORTEST_S:g} s to {LONGEST_S / 3600:g} h."
        )
    return seconds


def asked_of(hand: Hand, bpm: float) -> Aim:
    """The target that somebody has asked for."""
    return Aim(bpm, hand, f"as the {hand.value} asked")


def aim(profile: Profile, asked: Aim | None, usual: Usual | None, start_bpm: float) -> Aim:
    """Where to lead a heart that starts at `start_bpm`.

    The first that can be had: the rate asked for, the profile's own, the listener's usual, the
    start. All but the first are brought inside the profile's limits, and a way down never aims
    above the start, nor a way up below it. Where the listener's usual is not known yet, what a watch told
    stands for it; it is measured in sleep by many, so that nothing is aimed at below it.
    """
    if asked is not None:
        return asked
    wanted, low, high = profile.target, *profile.limits.target_bpm
    if wanted.bpm is not None:
        return Aim(wanted.bpm, Hand.PROFILE, "as the profile says")
    if wanted.of_usual is not None and usual is not None and usual.resting_bpm is not None:
        bpm, why = wanted.of_usual * usual.resting_bpm, f"your usual resting rate{_less(wanted.of_usual)}"
    elif wanted.of_usual is not None and usual is not None and usual.watch_bpm is not None:
        factor = max(wanted.of_usual, 1.0)
        bpm, why = factor * usual.watch_bpm, f"the resting rate of your device's month{_less(factor)}"
    else:
        bpm, why = wanted.of_start * start_bpm, f"the rate you came with{_less(wanted.of_start)}"
    if profile.goal in ("down", "release"):
        bpm = min(bpm, start_bpm)
    elif profile.goal == "up":
        bpm = max(bpm, start_bpm)
    inside = min(max(bpm, low), high)
    if inside != bpm:
        why += ", brought inside the profile's limits"
    return Aim(inside, Hand.PROFILE, why)


def _less(factor: float) -> str:
    percent = round(100 * (factor - 1))
    return "" if percent == 0 else f" {'less' if percent < 0 else 'plus'} {abs(percent)} %"
