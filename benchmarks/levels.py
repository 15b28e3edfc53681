"""Levels: samples and user CPU of the machine code for every level of processors that this machine can run.

One profile's sitting is written down once, as commands and the frames they are due at. Then each level's
code plays them, round after round in turn. Levels of one arithmetic must give the same bits; between the two
arithmetics the greatest difference of a sample is told. With `qemu-aarch64-static` and
`aarch64-linux-gnu-gcc` the first seconds are played on aarch64 too, and compared.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from report import show_table, write_json
from rich.console import Console

from dsp import compiler, machine, native
from dsp.command import Command
from dsp.levels import ARM, LEVELS, Level, levels
from dsp.ring import COMMAND_RING
from dsp.sound import SOUND

RATE_HZ = 48_000
HOST = Path(__file__).parent / "peers" / "object_host.c"
Step = Sequence[Command] | int
"""Commands pushed, or frames rendered."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", default="relax")
    parser.add_argument("--seconds", type=int, default=120, help="length of the sitting (120)")
    parser.add_argument("--rounds", type=int, default=5, help="in turn; the median counts (5)")
    parser.add_argument("--arm-seconds", type=int, default=20, help="seconds that qemu plays (20); or 0")
    asked = parser.parse_args()
    with Console().status("a sitting is written down") as status:
        steps = written_down(asked.profile, asked.seconds)
        state = machine.load_machine_code(RATE_HZ).first_state
        codes = {level: machine.link_in_process(compiler.compile_object(machine.neutral_ir(), level))
                 for level in levels()}  # fmt: skip
        cpu: dict[Level, list[float]] = {level: [] for level in codes}
        sounds: dict[Level, Any] = {}
        for k in range(asked.rounds):
            for level, (entry_points, keeper) in codes.items():
                status.update(f"round {k + 1} of {asked.rounds}: {level.name}")
                native.load_machine_code = lambda *_, made=(entry_points, keeper), **__: machine.MachineCode(
                    made[0], state, made[1]
                )
                sounds[level], seconds = played(steps)
                cpu[level].append(seconds)
        status.update("aarch64 under qemu")
        arm = on_arm(steps, state, asked.arm_seconds)
    best = next(iter(codes))
    rows = []
    figures: dict[str, Any] = {}
    for level, sound in sounds.items():
        median = statistics.median(cpu[level])
        difference = float(np.abs(sound - sounds[best]).max())
        same = np.array_equal(sound.view(np.uint32), sounds[best].view(np.uint32))
        figures[level.name] = {"user_s": cpu[level], "same_bits": same, "greatest_difference": difference}
        said = "the same bits" if same else f"{difference:.1e} at most"
        rows.append([level.name, level.arithmetic, f"{len(sound) / RATE_HZ / median:.0f}", said])
    if arm is not None:
        wanted = sounds[best][: len(arm)]
        same = np.array_equal(arm.view(np.uint32), wanted.view(np.uint32))
        difference = float(np.abs(arm - wanted).max())
        figures["aarch64"] = {"same_bits": same, "greatest_difference": difference, "frames": len(arm)}
        said = "the same bits" if same else f"{difference:.1e} at most"
        rows.append([f"aarch64, first {len(arm) / RATE_HZ:.0f} s", "fused", "", said])
    columns = ["level", "arithmetic", "times faster than it sounds (user CPU)", f"against {best.name}"]
    lacking = arm is None and asked.arm_seconds
    notes = ["aarch64 is left out: qemu or its compiler is missing."] if lacking else []
    show_table(f"Levels, {asked.profile}, {asked.seconds} s", columns, rows, notes)
    print(f"Written to {write_json('levels', figures)}")
    return 0


def written_down(profile: str, seconds: int) -> list[Step]:
    """What a simulated sitting pushes, and how much is rendered in between."""
    from engine.cli.main import run

    steps: list[Step] = []
    push, render = native.Synth.push, native.Synth.render

    def pushed(self: native.Synth, commands: Sequence[Command]) -> int:
        taken = push(self, commands)
        steps.append(list(commands[:taken]))
        return taken

    def rendered(self: native.Synth, out: Any) -> None:
        steps.append(len(out))
        render(self, out)

    native.Synth.push, native.Synth.render = pushed, rendered
    try:
        run(["play", "--sensor", "sim", "--profile", profile, "--fast", "--duration", f"{seconds}s",
             "--output", "null", "--seed", "1", "--no-record"])  # fmt: skip
    finally:
        native.Synth.push, native.Synth.render = push, render
    return steps


def played(steps: Sequence[Step]) -> tuple[Any, float]:
    """The samples, (frames, 2), and the user CPU they took, in seconds."""
    synth = native.Synth(RATE_HZ, 1)
    out = np.zeros((sum(step for step in steps if isinstance(step, int)), 2), np.float32)
    at = 0
    begin = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    for step in steps:
        if isinstance(step, int):
            synth.render(out[at : at + step])
            at += step
            synth.poll()
        else:
            synth.push(step)
    return out, resource.getrusage(resource.RUSAGE_SELF).ru_utime - begin


def on_arm(steps: Sequence[Step], state: Any, seconds: int) -> Any:
    """The first seconds as an ARM processor plays them, or None where none can be had."""
    qemu, gcc = shutil.which("qemu-aarch64-static"), shutil.which("aarch64-linux-gnu-gcc")
    if not (seconds and qemu and gcc):
        return None
    level = next(level for level in LEVELS if level.architecture == ARM)
    with TemporaryDirectory() as name:
        folder = Path(name)
        code, program = folder / "sound.o", folder / "player"
        code.write_bytes(compiler.object_code(machine.neutral_ir(), level, level.triple))
        subprocess.run([gcc, "-static", "-O1", "-o", program, HOST, code], check=True)
        script(folder / "script", steps, state, seconds * RATE_HZ)
        subprocess.run([qemu, program, folder / "script", folder / "sound"], check=True)
        return np.fromfile(folder / "sound", np.float32).reshape(-1, 2)


def script(path: Path, steps: Sequence[Step], state: Any, most: int) -> None:
    """Write the state and the steps as object_host.c reads them."""
    ring, at = SOUND.fields["commands"]
    slots = COMMAND_RING.fields["slots"][0]
    state = state.copy()
    state["seed"] = 1
    frames = sequence = 0
    with path.open("wb") as file:
        offsets = (at + ring.fields[name][1] for name in ("head", "slots"))
        file.write(struct.pack("<5q", SOUND.itemsize, *offsets, slots.base.itemsize, slots.shape[0]))
        file.write(state.tobytes())
        for step in steps:
            if frames >= most:
                break
            if isinstance(step, int):
                file.write(struct.pack("<2q", 1, step))
                frames += step
                continue
            rows = np.zeros(len(step), slots.base)
            for k, command in enumerate(step):
                rows[k] = command.to_row(sequence + k)
            sequence += len(step)
            file.write(struct.pack("<2q", 0, len(step)) + rows.tobytes())


if __name__ == "__main__":
    sys.exit(main())
