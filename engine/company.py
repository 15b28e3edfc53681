"""Company: the MIDI keyboards that come and go while the music plays, in words for where it is played."""

from __future__ import annotations

from collections.abc import Sequence, Set

COMES = ("; {} now plays along", "; {} now play along")
GOES = ("; {} is gone until it is plugged in again", "; {} are gone until they are plugged in again")
"""Of one, and of several."""


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
        if before is not None and before != now:
            self.words = _told(COMES, now - before) + _told(GOES, before - now)


def _told(templates: tuple[str, str], names: Set[str]) -> str:
    return templates[len(names) > 1].format(" and ".join(sorted(map(_short, names)))) if names else ""


def _short(name: str) -> str:
    """Of `Keystation 49:Keystation 49 MIDI 1`, client and port, what says it once."""
    client, _, port = name.partition(":")
    return port if port.casefold().startswith(client.casefold()) else name
