"""The synth as Python sees it: push commands, poll telemetry, render, stop, or lend it to a stream.

Importing and using this module does not import Numba once the machine code has been kept.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dsp.command import Command
from dsp.guest_ring import GuestRing
from dsp.machine import LinkedInProcess, Progress, load_machine_code
from dsp.shared_memory import SharedMemory
from dsp.sinc import Resampler
from dsp.stop_page import StopPage
from dsp.stream import SOUND_OFFSET, Lent, StreamWords
from dsp.telemetry import Telemetry, read
from dsp.touch import FROM_CONTROL, Touch

HISTOGRAM_STEPS_PER_OCTAVE = 16
OFFLINE = 1 << 31
LOWEST_CAP_LUFS, HIGHEST_CAP_LUFS = -60.0, -10.0
"""As in dsp.callback, dsp.ring and dsp.governor, which only the compiler imports; a test holds them equal."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What a synth could not do so far.

    missed_notes    commanded and not played: dropped, or no voice came free
    late_notes      begun more than 20 ms after their moment
    reports         lost because the telemetry was full: nobody has polled for long
    guest_gaps      quanta in which the guest should have sounded and nothing of it was there
    """

    missed_notes: int = 0
    late_notes: int = 0
    reports: int = 0
    guest_gaps: int = 0

    @property
    def words(self) -> str:
        """What was lost, in words; empty where nothing was."""
        counts = {
            "Notes left out": self.missed_notes, "Late notes": self.late_notes, "Reports lost": self.reports,
            "Gaps in the guest's sound": self.guest_gaps,
        }
        return " ".join(f"{what}: {count}." for what, count in counts.items() if count)


NO_LOSSES = Losses()

OWN = 1
"""Number of the stream that is the synth's own, for rendering without a sound card."""

OUT_S = 0.5
"""Time a callback has to leave the sound; it takes well under a millisecond unless its process is stopped."""


@dataclass(frozen=True, slots=True)
class Load:
    """How long the callback takes. `seconds` are upper edges of the histogram's steps."""

    callbacks: int
    late_periods: int
    period_frames: int
    counts: npt.NDArray[np.int64]
    cycles: npt.NDArray[np.float64]
    worst_cycles: int


class Synth:
    """one synth: the state of everything that sounds, and the machine code that moves it.

    Not thread-safe: one thread pushes, polls and renders. The audio callback is the other side.
    Only `stop_now` and `touch` are for every thread; the page `stop_page` is for other processes, too.
    """

    def __init__(
        self,
        sample_rate: int = 48000,
        seed: int = 0,
        progress: Progress | None = None,
        stop_page: StopPage | None = None,
        arithmetic: str | None = None,
    ) -> None:
        """Load the machine code (compiling it at the first start) for a sample rate in Hz.

        stop_page   the page whose word this sound obeys; a new one where none is given
        arithmetic  of dsp.levels; the machine's best where none is given, ValueError where it cannot run it
        """
        if not 8000 <= sample_rate <= 192000:
            raise ValueError(f"a sample rate of {sample_rate} Hz is outside 8000 to 192000.")
        code = load_machine_code(sample_rate, progress, arithmetic=arithmetic)
        self._keeper = code.keeper
        self.unkept = code.unkept
        """Why the next start has to compile again, in a sentence; empty where it has not."""
        self._object: SharedMemory | None = None
        self.sample_rate = sample_rate
        self.stop_page = StopPage() if stop_page is None else stop_page
        self._memory, self._sound = _shared_copy(code.first_state)
        self._sound["seed"] = seed
        self._turn_address = self._memory.address
        self._turn = self._lent = OWN
        self._words = StreamWords(
            self._memory.address + SOUND_OFFSET, self._turn_address, self.stop_page.address, OWN, 2,
            Resampler(step=1.0),
        )
        pointer, counter, word = ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint32
        callback = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, word, pointer, word, pointer)
        self._callback = callback(code.entry_points["calando_callback"])
        self._exchange = ctypes.CFUNCTYPE(ctypes.c_bool, pointer, counter, counter)(
            code.entry_points["calando_compare_exchange"]
        )
        self._acquire = ctypes.CFUNCTYPE(counter, pointer)(code.entry_points["calando_load_acquire"])
        self._release = ctypes.CFUNCTYPE(None, pointer, counter)(code.entry_points["calando_store_release"])
        self._commands: Any = self._sound["commands"]
        self._telemetry: Any = self._sound["telemetry"]
        self.guest = GuestRing(self._sound["guest"], self._acquire, self._release)
        """Where sound that is not its own comes in."""
        self._sequence = 0
        self._rings: Any = self._sound["played"]["rings"]
        self._touching = threading.Lock()
        self._release(self._turn_address, OWN)

    @property
    def frame(self) -> int:
        """Frames computed so far: a whole number of quanta."""
        return int(self._sound["frame"])

    @property
    def cap_lufs(self) -> float:
        """Short-term loudness never above this, LUFS; a new one is heeded within seconds.

        One that is lower slides down, the music follows a higher one slowly. ValueError outside -60 to -10.
        """
        return float(self._sound["master"]["governor"]["lowered_cap_lufs"])

    @cap_lufs.setter
    def cap_lufs(self, cap_lufs: float) -> None:
        if not LOWEST_CAP_LUFS <= cap_lufs <= HIGHEST_CAP_LUFS:
            raise ValueError(f"the loudness cap is {cap_lufs} LUFS; it must lie between -60 and -10")
        governor = self._sound["master"]["governor"]
        governor["lowered_cap_lufs"] = cap_lufs  # one aligned store, which the callback reads every quantum
        if self.frame == 0:
            governor["cap_lufs"] = cap_lufs

    @property
    def beat(self) -> float:
        """Where the transport stands, in beats."""
        return float(self._sound["transport"]["beat"])

    @property
    def tempo_bpm(self) -> float:
        return float(self._sound["transport"]["bpm"])

    @property
    def next_sequence(self) -> int:
        """Number that the next command pushed will carry."""
        return self._sequence

    def push(self, commands: Sequence[Command]) -> int:
        """Write commands into the ring; returns how many it took, fewer than given where it is full."""
        slots: Any = self._commands["slots"]
        head = int(self._commands["head"][0])
        space = len(slots) - (head - self._acquire(_address(self._commands["tail"])))
        taken = min(space, len(commands))
        for k in range(taken):
            slots[(head + k) % len(slots)] = commands[k].to_row(self._sequence + k)
        self._sequence += taken
        self._release(_address(self._commands["head"]), head + taken)
        return taken

    def touch(self, touches: Sequence[Touch], producer: int = FROM_CONTROL) -> int:
        """Hand in what somebody plays along; returns how many were taken, fewer than given where there is no
        room. Each is felt in the next quantum that is computed, or in that which holds its frame.

        Of another producer than the control side only where nobody else writes as that one, as in a replay.
        """
        ring: Any = self._rings[producer]
        slots: Any = ring["slots"]
        with self._touching:
            head = int(ring["head"][0])
            space = len(slots) - (head - self._acquire(_address(ring["tail"])))
            taken = min(space, len(touches))
            for k in range(taken):
                slots[(head + k) % len(slots)] = touches[k].to_row()
            if taken < len(touches) and producer == FROM_CONTROL:
                self._release(_address(ring["lost"]), int(ring["lost"][0]) + 1)
            self._release(_address(ring["head"]), head + taken)
        return taken

    def poll(self) -> list[Telemetry]:
        """Everything the sound has reported since the last poll, in order."""
        slots: Any = self._telemetry["slots"]
        tail = int(self._telemetry["tail"][0])
        head = self._acquire(_address(self._telemetry["head"]))
        reports = [read(slots[k % len(slots)]) for k in range(tail, head)]
        self._release(_address(self._telemetry["tail"]), head)
        return reports

    def render(self, out: npt.NDArray[np.float32]) -> None:
        """Compute the next frames into `out`, float32 of shape (frames, 2), C-contiguous.

        Raises RuntimeError while the sound is lent to a stream.
        """
        if out.dtype != np.float32 or out.ndim != 2 or out.shape[1] != 2 or not out.flags.c_contiguous:
            raise ValueError("render needs a C-contiguous float32 array of shape (frames, 2).")
        own = ctypes.addressof(self._words)
        if self._callback(None, out.ctypes.data, len(out), None, OFFLINE, own):
            raise RuntimeError("the sound is lent to a stream; take it back before you render it here.")

    def stop_now(self, by: int = 1) -> None:
        """Silence, from the next quantum on, whatever is commanded; `Stopped` tells the frame.

        From any thread or signal handler. Another process writes the file `stop_page.path` instead.
        """
        self.stop_page.stop(by)

    def resume(self) -> None:
        """After a stop: the music fades in again; `Resumed` tells the frame."""
        self.stop_page.clear()

    def lend(self) -> Lent:
        """What a new stream needs to play this sound, in this process or another; `hand_to` lets it."""
        self._lent += 1
        code = self._code_path()
        return Lent(self._memory.path, self.stop_page.path, code, self._lent, self.sample_rate)

    def hand_to(self, lent: Lent) -> None:
        """From now on that stream renders the sound, and no other.

        Raises TimeoutError where the stream that had it does not leave it; then nothing has changed.
        """
        self._pass_to(lent.number)

    def take_back(self, *, from_the_dead: bool = False) -> None:
        """No stream renders the sound any more; `render` may. A stream that calls back again plays silence.

        from_the_dead   its process is known to have ended, perhaps while it was rendering
        Raises TimeoutError where the stream that had it does not leave it; then nothing has changed.
        """
        if from_the_dead:
            self._release(self._turn_address, OWN)
            self._turn = OWN
        else:
            self._pass_to(OWN)

    def _code_path(self) -> str:
        """Path of the machine code's library; where there is none, of its object in shared memory."""
        if isinstance(self._keeper, ctypes.CDLL):
            return self._keeper._name
        if self._object is None:
            assert isinstance(self._keeper, LinkedInProcess)
            self._object = SharedMemory(len(self._keeper.object_code))
            self._object.view[:] = self._keeper.object_code
        return self._object.path

    def _pass_to(self, number: int) -> None:
        end_s = time.monotonic() + OUT_S
        while not self._exchange(self._turn_address, self._turn, number):
            if time.monotonic() > end_s:
                raise TimeoutError("the stream that renders the sound does not leave it.")
            time.sleep(0.0005)
        self._turn = number

    def losses(self) -> Losses:
        """What could not be played or told so far."""
        sound = self._sound
        lost = int(self._telemetry["lost"][0])
        return Losses(int(sound["missed_notes"]), int(sound["late_notes"]), lost, self.guest.gaps)

    def load(self) -> Load:
        """Times of the callback so far."""
        measured: Any = self._sound["load"]
        counts: npt.NDArray[np.int64] = measured["histogram"].copy()
        edges = np.exp2((np.arange(len(counts)) + 1) / HISTOGRAM_STEPS_PER_OCTAVE)
        return Load(
            int(measured["callbacks"]), int(measured["late_periods"]), int(measured["period"]),
            counts, edges, int(measured["worst_cycles"]),
        )


def _address(array: npt.NDArray[np.int64]) -> int:
    return array.ctypes.data


def _shared_copy(first_state: npt.NDArray[Any]) -> tuple[SharedMemory, Any]:
    """Copy of the first state in memory that another process can map, and the record in it."""
    memory = SharedMemory(SOUND_OFFSET + first_state.dtype.itemsize)
    copy = np.frombuffer(memory.view, first_state.dtype, 1, SOUND_OFFSET)
    copy[:] = first_state
    return memory, copy[0]
