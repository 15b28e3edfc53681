"""Sittings as the journal would give them back, made by real sessions on the offline clock."""

from __future__ import annotations

from dataclasses import asdict, replace

from dsp.native import Synth
from engine.desk import Act, Ask, Touch
from engine.guide.guide import Guide
from engine.guide.hands import ACTIONS
from engine.guide.music_state import Intent
from engine.guide.target import Usual
from engine.journal.figures import figures
from engine.journal.record import Ending, Figures, Head, Record
from engine.journal.rows import record_of
from engine.journal.transcript import Transcript
from engine.music.composer import Composer
from engine.player import OfflineOutput, Sink
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from sensors.spec import open_sensor

RATE_HZ = 48_000


class _BrokenError(Exception):
    """Stands for whatever ends a process."""


class _Breaking(OfflineOutput):
    """Breaks the sitting off at an engine time."""

    def __init__(self, breaks_s: float | None, sink: Sink | None) -> None:
        super().__init__(RATE_HZ, "Rendering.", sink)
        self._breaks_s = breaks_s

    def advance(self, until_frame: int) -> None:
        super().advance(until_frame)
        if self._breaks_s is not None and until_frame > self._breaks_s * RATE_HZ:
            raise _BrokenError


def _asked(intent: Intent) -> Ask:
    """The ask of which the guide is told this intent."""
    acts = intent.parameter in ACTIONS
    wish = Act(intent.parameter) if acts else Touch(intent.parameter, intent.value)
    return Ask(wish, intent.hand, due_s=intent.t_s)


class _Taker:
    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript

    def moment(self, moment: Moment) -> None:
        self._transcript.take(moment)


def recorded(
    sensor: str,
    *,
    duration_s: float,
    profile: str = "relax",
    seed: int = 1,
    client: str | None = None,
    usual: Usual | None = None,
    intents: list[Intent] | None = None,
    breaks_s: float | None = None,
    sink: Sink | None = None,
) -> Record:
    """Play a sitting to its end, or to `breaks_s`, and read it back; `sink` is given its sound."""
    chosen, heart = load(profile), open_sensor(sensor)
    transcript = Transcript(RATE_HZ)
    session = Session(
        chosen,
        heart,
        Guide(chosen, duration_s=duration_s, usual=usual),
        Composer(chosen, seed, client),
        Synth(RATE_HZ, seed),
        _Breaking(breaks_s, sink),
        at_once(_Taker(transcript)),
    )
    session.desk.put_all(_asked(intent) for intent in intents or ())
    ending: Ending = "complete"
    try:
        session.run()
    except _BrokenError:
        ending = "interrupted"
    head = Head(
        id="k7q2m9",
        began_at="2026-11-22T17:40:00+01:00",
        ended_at="2026-11-22T18:00:00+01:00",
        ending=ending,
        client=client,
        consent=None,
        goals=None,
        profile=profile,
        profile_table=asdict(chosen),
        feel=None,
        sensor=sensor,
        sensor_label=heart.label,
        simulated=heart.simulated,
        arm="governed",
        seed=seed,
        target_bpm=None,
        duration_s=duration_s,
        rate_hz=RATE_HZ,
        output="Rendering.",
        file=None,
        versions={"calando": "0.1.0"},
        usual=usual or Usual(),
        frames=transcript.frames,
        figures=Figures(),
    )
    record = record_of(head, {name: list(enumerate(rows)) for name, rows in transcript.rows.items()})
    return replace(record, head=replace(head, figures=figures(record.states)))
