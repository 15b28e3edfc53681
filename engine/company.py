"""Company: the MIDI keyboards that come and go while the music plays, in words for where it is played."""

from __future__ import annotations

from collections.abc import Sequence, Set

COMES = "; {names} {has} come and {plays} along"
GOES = "; {names} {has} gone, and {plays} along again when plugged in"


class Company:
    """Of one output. What is there at first has been told by whoever began it."""

    def __init__(self) -> None:
        self._heard: frozenset[str] | None = None
        self.words = ""
        """What was new last, to be said behind where the music plays; empty where nothing was."""

    def look(self, heard: Sequence[str] | None) -> None:
        """See who is heard now; None where nobody knows."""
        if heard is None:
            return
        now = frozenset(heard)
        before, self._heard = self._heard, now
        if before is None or before == now:
            return
        self.words = _told(COMES, now - before) + _told(GOES, before - now)


def _told(template: str, names: Set[str]) -> str:
    one = len(names) == 1
    told = template.format(
        names=" and ".join(sorted(names)), has="has" if one else "have", plays="plays" if one else "play"
    )
    return told if names else ""
