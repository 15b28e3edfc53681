"""Glide: a value that eases toward what is wanted of it and can never step; and what hands lay over it."""

from __future__ import annotations

from math import exp, inf, isfinite

_TINY = 1e-9
"""Nearer than this is there: rounding of sums."""


class Glide:
    """First-order easing with its own time constant and speed limit for each direction.

    `tau_*_s` are time constants in seconds; `rise_per_s` and `fall_per_s` bound the speed in the
    value's unit a second, so that the largest move between two calls is known beforehand.
    """

    __slots__ = ("fall_per_s", "rise_per_s", "tau_down_s", "tau_up_s", "value")

    def __init__(
        self, value: float, *, tau_up_s: float, tau_down_s: float, rise_per_s: float, fall_per_s: float
    ) -> None:
        self.value = value
        self.tau_up_s = tau_up_s
        self.tau_down_s = tau_down_s
        self.rise_per_s = rise_per_s
        self.fall_per_s = fall_per_s

    def toward(self, want: float, dt_s: float, speed: float = 1.0) -> float:
        """Move for `dt_s` seconds toward `want` and return the new value.

        `speed` above 1 makes everything that much quicker (a hand is at the control). A `want` that
        is not a finite number moves nothing.
        """
        gap = want - self.value
        if gap == 0.0 or not isfinite(gap):
            return self.value
        dt_s *= speed
        if gap > 0.0:
            move, most = gap * (1.0 - exp(-dt_s / self.tau_up_s)), self.rise_per_s * dt_s
            self.value += move if move < most else most
        else:
            move, most = gap * (1.0 - exp(-dt_s / self.tau_down_s)), -self.fall_per_s * dt_s
            self.value += move if move > most else most
        return self.value


class Slew:
    """Is what is wanted, or on the straight way there where that is quicker than its limits."""

    __slots__ = ("_lowest", "_slow_per_s", "_trim", "fall_per_s", "late", "rise_per_s", "value")

    def __init__(self, value: float, *, rise_per_s: float, fall_per_s: float) -> None:
        self.value = value
        self.rise_per_s = rise_per_s
        self.fall_per_s = fall_per_s
        self.late = False
        """Whether it is still on its way."""
        self._slow_per_s = inf
        self._lowest, self._trim = inf, 0.0

    def trim(self, by: float, least: float) -> None:
        """What hands add to it now. Where that is less than before it goes down by as much from where it is,
        though it may still be on its way up, but not under `least`: who asks for less is always heard."""
        if by < self._trim:
            self._lowest = max(min(self._lowest, self.value) - (self._trim - by), min(least, self.value))
        elif by > self._trim:
            self._lowest = inf
        self._trim = by

    def rise_slowly(self, rise_per_s: float) -> None:
        """Rise no faster than this until it has risen to where it is wanted."""
        self._slow_per_s = rise_per_s

    def toward(self, want: float, dt_s: float) -> float:
        """Move for `dt_s` seconds toward `want`, a finite number, and return the new value."""
        want, rise_per_s = min(want, self._lowest), min(self.rise_per_s, self._slow_per_s)
        most, least = self.value + rise_per_s * dt_s, self.value - self.fall_per_s * dt_s
        before, self.value = self.value, min(max(want, least), most)
        self.late = abs(want - self.value) > _TINY
        if not self.late:
            self._lowest = inf
        if self.value > before and not self.late:
            self._slow_per_s = inf
        return self.value


class Layered:
    """One output of the guide: its law's slow way, and what is heard, which a hand moves at once.

    The law goes on underneath while a hand holds the output, so that giving it back needs no slow way home.
    """

    __slots__ = ("heard", "law")

    def __init__(self, law: Glide, *, rise_per_s: float, fall_per_s: float) -> None:
        """`rise_per_s` and `fall_per_s` bound what a hand may do; the law has to be slower."""
        self.law = law
        self.heard = Slew(law.value, rise_per_s=rise_per_s, fall_per_s=fall_per_s)

    def shift(self, by: float) -> None:
        """Count from another zero."""
        self.law.value += by
        self.heard.value += by
