"""How long a sound library may take, and how often a device that is away is looked for: all as data.

The limits are our own choices. They only have to tell a library that hangs from a machine that is busy:
whatever exceeds them costs a process that can be started again, never the music.
"""

from __future__ import annotations

ANSWER_S = {"find": 8.0, "sources": 8.0, "open": 5.0, "start": 3.0, "turn": 3.0}
"""Within which the process that plays must answer. Hosts with many devices take a second to list them;
the first answer includes the start of the process, which takes a tenth of one."""

HURRY = (0.25, 0.5, 1.0)
"""Share of ANSWER_S that the looks of a search wait, in turn: a server that dies hangs, so that the first is
given up early, and one that is only slow is answered at the third."""

LEAVE_S = 2.0
"""To play out what is buffered and close, before the process is ended."""

LOOK_S = 0.02
"""Between two looks at whether a stream still runs."""

SOURCES_EVERY_S = 0.1
"""Between two looks at the MIDI sources: a cable that is pulled leaves no key down for longer."""

PROOF_S = 0.15
"""A stream that has been started and still runs after so long is taken to play: some devices open, start
and die in the first period."""

STALL_S = 0.5
"""A device that has asked for no sound this long is lost. Longer than any host's buffer."""

BEGIN_S = (0.75, 1.5, 3.0)
"""Within so long a stream that is started must have asked for its first sound, at the first start since the
device was lost, at the second, and from then on: engine time stands meanwhile, and a busy machine is slow."""

PAUSES = ((0.0, 0.25), (600.0, 1.0))
"""(seconds away, pause before the next look): a device plays again within a second of its return, after
hours too; by then a look a second costs less than one per cent of a processor."""

LOOKS_A_PROCESS = 200
"""A process that looks for a device is replaced after so many looks, in case a driver leaks."""


def pause_s(away_s: float) -> float:
    """The pause before the next look for a device that has been away so long."""
    return next(pause for since, pause in reversed(PAUSES) if away_s >= since)
