"""Themes: what the lead sings, a motif that a section keeps and varies one thing at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from engine.music.form import Part, Phrase
from engine.music.motif import Memory, Motif, invent, varied

_MELODY_SHARE = 0.6
"""Of a phrase's onsets, the melody may take this share; arpeggios and strokes have the rest."""

_LEAST_OWED, _MOST_OWED = 0.8, 6.0
"""Share of a motif's notes that have to be owed to the melody for it to be sung, and notes that it may save
(own choice)."""

_VARIES_FROM = 12.0
"""Onsets in a phrase from which a motif is varied each time; in sparser music it is more often said again, so
that it is known (own choice)."""

_PACES = (0.5, 1.0, 1.5, 2.0, 3.0)

_RECALLED = 0.75
"""How often a section takes up a motif that was heard some minutes ago (own choice)."""


class Themes:
    """The motifs of one sitting.

    anchor  the listener's own
    rests   share of a phrase that may be rest, least and most
    """

    def __init__(self, anchor: Motif, rests: tuple[float, float], random: Random) -> None:
        self._anchor, self._rests, self._random = anchor, rests, random
        self._memory = Memory()
        self._themes: list[Motif | None] = [None, None]
        self._taken_up: Motif | None = None
        self._owed = 0.0

    def new_section(self) -> None:
        """Motifs new or recalled from here on."""
        self._themes = [None, None]

    def take_up(self, motif: Motif) -> None:
        """It is the anchor from here on, and the theme of the next phrase that has one, whatever is owed."""
        self._anchor = self._taken_up = motif
        self.new_section()

    def of(self, phrase: Phrase, beats: float, owed: float, now_s: float) -> Motif | None:
        """What a phrase of so many beats sings, whole or not at all: while too little is owed, it rests."""
        if phrase.own:
            # The anchor keeps its rhythm, plain or doubled, so that it is known again, and its places: it is
            # no section's theme.
            return self._paced(self._anchor, beats, (1.0, 2.0))
        self._owed = min(self._owed + _MELODY_SHARE * owed, _MOST_OWED)
        if phrase.part in (Part.OPENING, Part.ENTER, Part.REST) or phrase.silent:
            return None
        theme, is_new = phrase.part is Part.CONTRAST, self._taken_up is not None
        motif = self._themes[theme] = self._themes[theme] or self._theme(beats, owed, now_s)
        if phrase.part in (Part.LEAVE, Part.HOME):
            motif = motif.begun(3)
        if self._owed < _LEAST_OWED * len(motif.steps) and not is_new:
            return None
        self._memory.heard(motif, now_s)
        varies = self._random.random() < min(owed / _VARIES_FROM, 1.0)
        if is_new:
            self._owed = max(self._owed, float(len(motif.steps)))
        elif phrase.part is Part.VARY:
            motif = varied(motif, self._random) if varies else motif
        elif phrase.part in (Part.STATE, Part.CONTRAST) and self._has_room(motif, beats):
            motif = motif.followed(varied(motif, self._random) if varies else motif, self._random)
        self._owed -= len(motif.steps)
        return motif

    def _theme(self, beats: float, owed: float, now_s: float) -> Motif:
        """What a section sings from its first phrase to its last: a motif that is known, or a new one."""
        taken_up, self._taken_up = self._taken_up, None
        if taken_up is not None:
            return self._paced(taken_up, beats, (1.0, 2.0))
        known = self._memory.recalled(now_s, self._random, _RECALLED)
        if known is not None:
            return known
        notes = min(max(round(_MELODY_SHARE * owed), 3), 6)
        twice = _MELODY_SHARE * owed >= 2 * notes
        return self._paced(invent(self._random, notes), beats / 2 if twice else beats, _PACES)

    def _has_room(self, motif: Motif, beats: float) -> bool:
        """Whether a phrase may sing it twice."""
        return 2 * motif.beats <= beats and self._owed >= (1.0 + _LEAST_OWED) * len(motif.steps)

    def _paced(self, motif: Motif, beats: float, paces: Sequence[float]) -> Motif:
        """The motif stretched by one of `paces` to fill so many beats but for their rest."""
        room = max(beats * (1.0 - sum(self._rests) / 2), 1.0)
        pace = min(paces, key=lambda each: abs(motif.beats * each - room))
        lengths = [max(0.5, round(length * pace * 2) / 2) for length in motif.lengths]
        while sum(lengths) > beats and max(lengths) > 0.5:
            lengths[lengths.index(max(lengths))] -= 0.5
        lengths[-1] = max(1.0, min(lengths[-1] + room - sum(lengths), beats - sum(lengths[:-1])))
        return replace(motif, lengths=tuple(lengths))
