"""Song sheet: the chords of a sitting over the lines that were typed as it went, as ChordPro or to print.

A line is a marker that begins with / or ♪, set down when it was sung or thought: it stands over the music
from the line before it to its own moment, and each chord before the word that is as far along as the chord
is. ChordPro as https://www.chordpro.org/chordpro/chordpro-introduction/ describes it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from engine.desk import lyric
from engine.journal.midi import chords, performance
from engine.journal.record import Record

LONGEST_BEATS = 32.0
"""A line stands over no more than so much music, eight bars of four: what was before it is played alone."""

FIFTHS = ("F", "C", "G", "D", "A", "E", "B", "Gb", "Db", "Ab", "Eb", "Bb")
"""Tones a fifth from one another; seven in a row are a major scale, those from F on the one without signs."""

IN_SHARPS = {"Gb": "F#", "Db": "C#", "Ab": "G#", "Eb": "D#", "Bb": "A#"}

_ROOT = re.compile(r"[A-G]b?")

CHORDS_A_LINE = 8
"""Of what is played alone."""

STYLE = """
body { font: 13pt/1.3 Georgia, "DejaVu Serif", serif; max-width: 44em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.4em; margin: 0; } header p { color: #555; margin: .2em 0 1.5em; }
p.line { margin: 0 0 .9em; break-inside: avoid; }
span { display: inline-block; vertical-align: bottom; white-space: pre; }
b { display: block; font: 700 .8em/1.2 system-ui, "DejaVu Sans", sans-serif; min-height: 1.2em; color: #234; }
p.alone b { display: inline; margin-right: 1.2em; }
@page { margin: 18mm; }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Words with the chords before each of them; where nothing was sung one empty word holds all chords."""

    words: tuple[tuple[tuple[str, ...], str], ...]

    @property
    def alone(self) -> bool:
        """Whether it is played and not sung."""
        return all(word == "" for _, word in self.words)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A song: what it is called, where it comes from, beats in a bar, tempo, and its lines."""

    title: str
    subtitle: str
    beats_a_bar: int
    tempo_bpm: float
    lines: tuple[Line, ...]


def sheet(record: Record) -> Sheet:
    """The song of a sitting. Raises MidiError where nothing was played."""
    played = performance(record)
    sung = [(played.transport.beat(each.t_s), lyric(each.words)) for each in record.markers]
    told = [(beat, words) for beat, words in sung if words]
    head = record.head
    return Sheet(
        str(head.profile_table.get("title", head.profile)),
        f"Calando, {head.began_at[:10]}",
        int(head.profile_table.get("form", {}).get("beats_per_bar", 4)),
        played.tempo[0][1],
        tuple(_lines(spelled(chords(played.notes)), told, played.end_beat)),
    )


def spelled(changes: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Chords that are named in flats, in sharps where the key signature that has most of their roots, the
    one with fewest signs of several, has sharps: C#m beside A and E, and no Dbm."""
    roots = Counter(_ROOT.findall(name)[0] for _, name in changes)

    def fits(sharps: int) -> tuple[int, int]:
        scale = {FIFTHS[(sharps + step) % 12] for step in range(7)}
        return sum(count for root, count in roots.items() if root in scale), -abs(sharps)

    if max(range(-6, 7), key=fits) <= 0:
        return list(changes)
    return [(beat, _ROOT.sub(lambda root: IN_SHARPS.get(root[0], root[0]), name)) for beat, name in changes]


def _lines(
    changes: Sequence[tuple[float, str]], told: Sequence[tuple[float, str]], end_beat: float
) -> Iterable[Line]:
    at = 0.0
    for beat, words in told:
        begins = max(at, beat - LONGEST_BEATS)
        yield from _alone(changes, at, begins)
        yield _over(words.split(), changes, begins, max(beat, begins))
        at = max(beat, begins)
    yield from _alone(changes, at, end_beat)


def _alone(changes: Sequence[tuple[float, str]], begin: float, end: float) -> Iterable[Line]:
    names = [name for beat, name in changes if begin <= beat < end]
    for n in range(0, len(names), CHORDS_A_LINE):
        yield Line(((tuple(names[n : n + CHORDS_A_LINE]), ""),))


def _over(words: Sequence[str], changes: Sequence[tuple[float, str]], begin: float, end: float) -> Line:
    standing = [name for beat, name in changes if beat <= begin][-1:]
    before: list[list[str]] = [list(standing), *([] for _ in words[1:])]
    for beat, name in changes:
        if begin < beat < end:
            before[int((beat - begin) / (end - begin) * len(words))].append(name)
    return Line(tuple((tuple(each), word) for each, word in zip(before, words, strict=True)))


def as_chordpro(record: Record) -> str:
    """The song as ChordPro. Raises MidiError."""
    song = sheet(record)
    text = [
        f"{{title: {_plain(song.title)}}}", f"{{subtitle: {_plain(song.subtitle)}}}",
        f"{{time: {song.beats_a_bar}/4}}", f"{{tempo: {song.tempo_bpm:.0f}}}", "",
    ]  # fmt: skip
    for line in song.lines:
        gap = " " if line.alone else ""
        words = [gap.join(f"[{chord}]" for chord in before) + _plain(word) for before, word in line.words]
        text.append(" ".join(words))
    return "\n".join(text) + "\n"


def as_page(record: Record) -> str:
    """The song as one HTML page to print, chords over words. Raises MidiError."""
    song = sheet(record)
    lines: list[str] = []
    for line in song.lines:
        if line.alone:
            names = "".join(f"<b>{escape(name)}</b>" for name in line.words[0][0])
            lines.append(f'<p class="line alone">{names}</p>')
        else:
            over = [(escape(" ".join(before)), escape(word)) for before, word in line.words]
            words = "".join(f"<span><b>{names}</b>{word} </span>" for names, word in over)
            lines.append(f'<p class="line">{words}</p>')
    return (
        f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>{escape(song.title)}</title>'
        f"<style>{STYLE}</style>\n<header><h1>{escape(song.title)}</h1>"
        f"<p>{escape(song.subtitle)}; {song.beats_a_bar}/4, {song.tempo_bpm:.0f} a minute</p></header>\n"
        + "\n".join(lines) + "\n</html>\n"
    )  # fmt: skip


def _plain(words: str) -> str:
    """Words without what ChordPro would read as chords or directives."""
    return words.translate(str.maketrans("[]{}", "()()"))
