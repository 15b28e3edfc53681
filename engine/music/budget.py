"""The onset budget: density in, whole onsets out, with nothing lost to rounding and no burst."""

from __future__ import annotations


class OnsetBudget:
    """Onsets owed to the listener. Earned by time at a density, spent note by note."""

    def __init__(self) -> None:
        self._owed = 0.0

    def earn(self, density: float, seconds: float, phrase_s: float) -> None:
        """`density` onsets a second for `seconds`; at most half a phrase's worth is ever saved up."""
        self._owed = min(self._owed + density * seconds, 1.0 + 0.5 * density * phrase_s + density * seconds)

    def may_sing(self, density: float, phrase_s: float) -> bool:
        """Whether a melody note may be spent: it may borrow half a phrase ahead, at most three."""
        return self._owed - 1.0 >= -min(3.0, 0.5 * density * phrase_s)

    def spare(self, share: float = 1.0) -> int:
        """Whole onsets left for arpeggios, of which a phrase may hold back a part (`share` 0 to 1)."""
        return max(0, int(self._owed * share + 0.5))

    def spend(self, onsets: int = 1) -> None:
        self._owed -= onsets

    def forgive(self) -> None:
        """Forget what is owed or borrowed: after a silence or a jump the count starts afresh."""
        self._owed = 0.0
