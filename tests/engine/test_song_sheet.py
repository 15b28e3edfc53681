"""A song from a sitting: its chords over the lines that were typed, in their places and in their order."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from engine.guide.music_state import Hand
from engine.journal.midi import MidiError, chords, performance
from engine.journal.record import Marker, Record
from engine.journal.song_sheet import LONGEST_BEATS, as_chordpro, as_page, spelled
from tests.engine.recorded import recorded

LINES = {40.0: "/ the water is wide", 52.0: "♪ I cannot [get] over & so on", 110.0: "/and"}


@pytest.fixture(scope="module")
def sitting() -> Record:
    markers = [Marker(t_s, Hand.LISTENER, words) for t_s, words in LINES.items()]
    markers.append(Marker(60.0, Hand.THERAPIST, "a deep sigh"))
    return replace(recorded("sim:seed=3", duration_s=150.0), markers=tuple(markers))


@pytest.mark.parametrize(
    ("flats", "written"),
    [
        ("Aadd9 Dbm E Gbm Bm", "Aadd9 C#m E F#m Bm"),
        ("D Gbm7/Db G A", "D F#m7/C# G A"),
        ("Eb Ab/C Bb Cm", "Eb Ab/C Bb Cm"),
        ("C Am F G", "C Am F G"),
        ("Db Gb Ab Ebm Fm", "Db Gb Ab Ebm Fm"),
    ],
)
def test_chords_are_spelled_as_their_key_has_them(flats: str, written: str) -> None:
    changes = [(float(n), name) for n, name in enumerate(flats.split())]
    assert [name for _, name in spelled(changes)] == written.split()


def test_chordpro_has_every_line_with_the_chords_before_the_words_they_are_at(sitting: Record) -> None:
    text = as_chordpro(sitting)
    head, _, body = text.partition("\n\n")
    assert head.startswith("{title: Relax}\n{subtitle: Calando, ")
    assert "{time: 4/4}" in head
    sung = [line for line in body.splitlines() if re.sub(r"\[[^]]*\]", "", line).strip()]
    plain = [" ".join(re.sub(r"\[[^]]*\]", "", line).split()) for line in sung]
    assert plain == ["the water is wide", "I cannot (get) over & so on", "and"]
    played = performance(sitting)
    changes = spelled(chords(played.notes))
    begin = played.transport.beat(40.0)
    end = played.transport.beat(52.0)
    within = [(beat, name) for beat, name in changes if begin < beat < end]
    standing = [name for beat, name in changes if beat <= begin][-1]
    words = sung[1].split(" ")
    assert words[0].startswith(f"[{standing}]")
    for beat, name in within:
        assert f"[{name}]" in words[int((beat - begin) / (end - begin) * len(words))]
    # Every chord of the sitting is told in its order; one that goes on into a line is told again there.
    told = re.findall(r"\[([^]]*)\]", body)
    once = [name for n, name in enumerate(told) if n == 0 or told[n - 1] != name]
    assert once == [name for _, name in changes]
    assert played.transport.beat(110.0) - end > LONGEST_BEATS, "the last line has music before it"
    assert body.splitlines().index(sung[2]) > body.splitlines().index(sung[1]) + 1


class Read(HTMLParser):
    """The page's text, chords and words apart."""

    def __init__(self) -> None:
        super().__init__()
        self.chords: list[str] = []
        self.words: list[str] = []
        self._bold = False

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self._bold = tag == "b"

    def handle_endtag(self, _tag: str) -> None:
        self._bold = False

    def handle_data(self, data: str) -> None:
        (self.chords if self._bold else self.words).extend(data.split())


def test_the_page_has_the_same(sitting: Record) -> None:
    read = Read()
    read.feed(as_page(sitting))
    assert read.chords == re.findall(r"\[([^]]*)\]", as_chordpro(sitting))
    assert "the water is wide I cannot [get] over & so on and" in " ".join(read.words)
    assert "sigh" not in read.words


def test_where_nothing_was_played_there_is_no_song(sitting: Record) -> None:
    with pytest.raises(MidiError):
        as_chordpro(replace(sitting, commands=()))
