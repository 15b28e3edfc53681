"""Beside: what became of the guest channel in a sitting, moment by moment, as it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsp.telemetry import GuestOff, GuestOn
from engine.guest.channel import Cut, Placed
from engine.guest.clip import as_text
from engine.journal.record import GuestSound

if TYPE_CHECKING:
    from engine.session import Moment

MOST_GUEST_BYTES = 64 * 2**20
"""Of a guest's sound, as text; beyond it only the digests are kept. An hour of speech, or some ten minutes of
another synth; it lies in memory until the sitting is over (engine.journal.memory). Our own choice."""


class Beside:
    """Remembers what it has seen: a sound is kept once, and not beyond MOST_GUEST_BYTES."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._kept = set[str]()
        self._bytes = 0

    def take(self, moment: Moment) -> list[GuestSound]:
        """What the next moment adds."""
        heard = [
            GuestSound("on" if isinstance(news, GuestOn) else "off", news.frame)
            for news in moment.news if isinstance(news, GuestOn | GuestOff)
        ]  # fmt: skip
        return heard + [self._placed(news) for news in moment.guest]

    def _placed(self, news: Placed | Cut) -> GuestSound:
        if isinstance(news, Cut):
            return GuestSound("cut", news.frame)
        clip, sound = news.clip, None
        if clip.digest not in self._kept and self._bytes < MOST_GUEST_BYTES:
            sound = as_text(clip, self._rate_hz)
            self._kept.add(clip.digest)
            self._bytes += len(sound)
        return GuestSound("piece" if news.goes_on else "clip", news.frame, clip.frames, clip.digest, sound)
