"""Rendition: the samples of a sitting, computed again from its commands and the frames they took effect at.

The synth is a function of sample rate, seed and commands by frame; the host's period is none of
its inputs. So what was played on a sound card comes out of here bit for bit.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsp.command import Command, alive
from dsp.machine import Progress, runnable
from dsp.native import Synth
from dsp.telemetry import Applied, Played
from engine.guest.channel import GuestChannel, Placed
from engine.guest.clip import Clip, of_text
from engine.journal.record import GuestSound, Head, Record, SentCommand, Stop
from engine.render import SoundFile

CHUNK_S = 1.0
"""Length of the portions that are rendered."""


TOUCHES_A_PORTION = 512
"""Half of what the synth has room for, and more than it takes in one quantum (dsp.played)."""


class Rendition:
    """A sitting to be rendered once more.

    sent      its commands, in order of sequence
    frames    how much of it, in frames at `rate_hz`
    stops     where its sound was stopped at once, or let go on
    guest     what sounded beside it
    played    what somebody played along
    sound     the name of its sound (dsp.machine), in whose arithmetic it is rendered where that can be
    `inexact`  once rendered: how many commands took effect at another frame than they did then, which
               is none where `doubts` found nothing
    """

    def __init__(
        self,
        sent: Sequence[SentCommand],
        frames: int,
        rate_hz: int,
        seed: int,
        progress: Progress | None = None,
        stops: Sequence[Stop] = (),
        guest: Sequence[GuestSound] = (),
        sound: str | None = None,
        played: Sequence[Played] = (),
    ) -> None:
        self.rate_hz = rate_hz
        self.frames = frames
        self.inexact = 0
        arithmetic = None if sound is None else runnable(sound)
        self._synth = Synth(rate_hz, seed, progress, arithmetic=arithmetic)
        self._sent = [each for each in sent if _effect(each) < frames]
        self._guest = _guest_again(guest, rate_hz)
        self.missing_s = _missing_s(guest, rate_hz)
        """Seconds of what sounded beside the music that were not kept and are silent now."""
        self._played = deque(each for each in played if each.touch.frame < frames)
        self._stops = [stop for stop in stops if stop.frame < frames]

    @classmethod
    def of(cls, record: Record, progress: Progress | None = None) -> Rendition:
        """That of a record, up to the last frame whose commands are all known."""
        head = record.head
        sound = head.versions.get("sound")
        return cls(
            record.commands, head.frames, head.rate_hz, head.seed, progress, record.stops, record.guest,
            sound, record.played,
        )  # fmt: skip

    def portions(self, seconds: float = CHUNK_S) -> Generator[NDArray[np.float32]]:
        """The sound from the first frame to the last, at most so many seconds, (frames, 2), at a time."""
        synth, sent = self._synth, self._sent
        due = [_command(each) for each in sent]
        stops = deque(self._stops)
        position = pushed = 0
        while position < self.frames:
            end = min(position + round(seconds * self.rate_hz), self.frames)
            # The word is read at the beginning of a quantum, so it is changed when all before is rendered.
            while stops and stops[0].frame <= position:
                self._synth.stop_page.say(stops.popleft().asked_by)
            if stops:
                end = min(end, stops[0].frame)
            ahead = pushed
            while ahead < len(due) and due[ahead].frame < end:
                ahead += 1
            pushed += synth.push(due[pushed:ahead])
            if pushed < ahead:
                # The synth obeys 64 commands a quantum, so a full ring spans more frames than none.
                end = due[pushed].frame
            end = self._touch(end)
            self._guest.feed(self._synth, position)
            sound = np.empty((end - position, 2), np.float32)
            synth.render(sound)
            position = end
            self._compare()
            yield sound

    def _touch(self, end: int) -> int:
        """Hand in what was played up to the frame `end`, or to an earlier one, so that there is room."""
        played = self._played
        for _ in range(TOUCHES_A_PORTION):
            if not played or played[0].touch.frame >= end:
                return end
            each = played.popleft()
            self._synth.touch([each.touch], each.producer)
        return min(end, played[0].touch.frame) if played else end

    def _compare(self) -> None:
        for news in self._synth.poll():
            if isinstance(news, Applied) and news.frame != _effect(self._sent[news.sequence]):
                self.inexact += 1


def write(
    record: Record, output: Path, *, force: bool = False, progress: Progress | None = None,
    moved: Callable[[float], None] | None = None,
) -> Rendition:  # fmt: skip
    """Render a sitting into `output` as it was played, and tell `moved` how far that is, 0 to 1.

    Raises PlaceError, WriteError.
    """
    replay = Rendition.of(record, progress)
    written = 0
    with SoundFile(output, replay.rate_hz, force=force) as file:
        for portion in replay.portions():
            file.write(portion)
            written += len(portion)
            if moved is not None:
                moved(written / replay.frames)
    return replay


def doubts(head: Head) -> str | None:
    """Why the replay may sound different from what was played, in one sentence; None where it cannot."""
    sound = head.versions.get("sound")
    if sound is not None and runnable(sound) is not None:
        return None
    from engine.journal.writer import versions

    here = versions()
    differing = [f"{name} {head.versions.get(name, 'unknown')}" for name in ("calando", "processor")]
    differing = [words for words in differing if words not in (f"{name} {here[name]}" for name in here)]
    was = f" ({', '.join(differing)})" if differing else ""
    return f"The sitting was played by another version of the sound{was}; it may not sound quite the same."


def _guest_again(kept: Sequence[GuestSound], rate_hz: int) -> GuestChannel:
    """The guest channel with all that was put there, to be heard where it was heard."""
    begins = [each.frame for each in kept if each.kind == "on"]
    ends = [each.frame for each in kept if each.kind == "off"]
    channel = GuestChannel(rate_hz, only=list(zip_longest(begins, ends, fillvalue=sys.maxsize)))
    clips = dict[str, Clip]()
    for each in kept:
        if each.sound is not None and each.digest is not None:
            clips[each.digest] = of_text(each.sound)
        if each.kind == "cut":
            channel.cut(each.frame)
        elif each.digest in clips:
            channel.place(Placed(each.frame, clips[each.digest], goes_on=each.kind == "piece"))
    return channel


def _missing_s(kept: Sequence[GuestSound], rate_hz: int) -> float:
    there = {each.digest for each in kept if each.sound is not None}
    return sum(each.frames for each in kept if each.digest is not None and each.digest not in there) / rate_hz


def _effect(sent: SentCommand) -> int:
    """The frame a command took effect at; where the synth's answer was lost, the one it was sent for."""
    return sent.command.frame if sent.frame is None else sent.frame


def _command(sent: SentCommand) -> Command:
    """What to push; a command that was dropped was only a sign of life."""
    return (alive() if sent.dropped else sent.command).at_frame(_effect(sent))
