"""Together: what a session does for who plays along: it draws them to the harmony, and brings loops round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dsp import command
from dsp.command import Command
from dsp.native import Synth
from dsp.telemetry import Played, Telemetry
from engine.along import NOBODY, Along
from engine.desk import Answer, Ask, Learn, Loop
from engine.guide.music_state import Decision, Hand
from engine.looped import NO_LOOP, Looped
from engine.music.composer import NEAR_BEATS, Composer
from engine.music.tune import LEAST_NOTES


class Together:
    """Does nothing where nobody plays along (`along` is None)."""

    def __init__(self, along: Along | None, composer: Composer, synth: Synth) -> None:
        self._along, self._composer, self._synth = along, composer, synth
        self._looped = Looped()
        self._wanted: frozenset[int] | None = None
        self._done: list[tuple[Hand, str, str]] = []

    def hear(self, news: Iterable[Telemetry]) -> None:
        """What the synth has reported since the last tick."""
        if self._along is not None:
            self._looped.hear(report for report in news if isinstance(report, Played))

    def commands(self, beat: float, *, quiet: bool) -> list[Command]:
        """What is new at `beat`: the harmony where it has changed, and a beat of the loops unless `quiet`."""
        along = self._along
        if along is None:
            return []
        before, wanted = self._wanted, self._composer.wanted(beat)
        self._wanted = wanted
        commands = [] if wanted == before else [along.drawn(wanted)]
        if before is None:
            self._synth.touch(along.chosen())
            commands += along.opening()
        coming = self._looped.due(beat, beat + NEAR_BEATS, self._composer.wanted, along.strength)
        return commands if quiet else [*commands, *map(command.note, coming)]

    def answers(self, asks: Sequence[Ask], beat: float, bar_beats: int, frame: int) -> dict[str, Answer]:
        """What comes of asks for loops and controllers, by the asks' ids; a loop is heard from `frame`
        on, which is at `beat`."""
        answers: dict[str, Answer] = {}
        for ask in asks:
            if isinstance(ask.wish, Loop):
                done, words = self._loop(ask.wish.what, beat, bar_beats)
                answers[ask.id] = Answer(ask.id, done, words, frame)
                self._done += [(ask.hand, ask.wish.what, words)] if done else []
            elif isinstance(ask.wish, Learn):
                words = f"Move the knob, or press the pedal, that shall be {ask.wish.name}."
                heard = self._along is not None
                answers[ask.id] = Answer(ask.id, heard, words if heard else NOBODY, frame)
        return answers

    def done(self, now_s: float) -> list[Decision]:
        """What hands have done with the loop since the last call."""
        done, self._done = self._done, []
        return [
            Decision(now_s, hand, "loop", what, words[:1].lower() + words[1:].rstrip("."))
            for hand, what, words in done
        ]  # fmt: skip

    def _loop(self, what: str, beat: float, bar_beats: int) -> tuple[bool, str]:
        """Do one of engine.desk.LOOPS: whether it was done, and a sentence."""
        if self._along is None:
            return False, NOBODY
        if what == "keep":
            return self._looped.keep()
        if what == "motif":
            return self._motif()
        if what == "off":
            return self._looped.end(beat)
        return self._looped.take(int(what), beat, bar_beats)

    def _motif(self) -> tuple[bool, str]:
        layer = self._looped.newest
        if layer is None:
            return False, NO_LOOP.format("make a motif of")
        if not self._composer.take_up([(note.beat, note.pitch) for note in layer.notes], layer.beats):
            return False, (
                f"A motif has {LEAST_NOTES} notes one after another; the newest loop has fewer. Play a line "
                "of single notes, and let that come round."
            )
        return True, "The newest loop is the sitting's motif: the melody takes it up as soon as it sings."
