"""Compiler: the callback and all it reaches as one object of machine code that calls nothing it must not.

Numba turns the callback into neutral LLVM IR (dsp.front). Here its arithmetic is settled (dsp.fusion), LLVM
optimises the whole for a level of processors (dsp.levels), this machine's or another's, and what the object
would still need from outside is looked up in its own table of symbols. The IR alone would not tell: what it
holds as an instruction can become a call of the C library on a processor that lacks the instruction.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dsp.fusion import fused, plain
from dsp.levels import FUSED, Level
from dsp.machine import ENTRY_POINTS

ROOT = Path(__file__).parents[__name__.count(".")]
"""Where the outermost package lies."""

ALLOWED_OUTSIDE = frozenset({"memcpy", "memmove", "memset"})
"""All that the machine code may call outside itself: copying and clearing of memory, which LLVM
writes for loops. Neither allocates, locks or blocks."""

OFFSET_TABLE = "_GLOBAL_OFFSET_TABLE_"
"""No function: where the linker of an ELF system keeps addresses."""

AS_LOWERED = {"NUMBA_OPT": "0", "NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING": "1"}
"""What tells Numba to optimise nothing, and to spare colours for errors that it makes and drops as it seeks
among overloads."""

ELF_MAGIC = b"\x7fELF"
SYMBOL_TABLE = 2
"""Section type SHT_SYMTAB (System V ABI, "Sections")."""


class ForbiddenCallError(RuntimeError):
    """The compiled callback would call something that may allocate, lock or wait."""


class CompilerError(RuntimeError):
    """Numba could not compile the kernels; the message holds what it said."""


def compile_object(neutral: str, level: Level) -> bytes:
    """The object of neutral IR for this system and a level of processors. Raises ForbiddenCallError."""
    llvm: Any = import_module("llvmlite.binding")
    return object_code(neutral, level, llvm.get_process_triple())


def object_code(neutral: str, level: Level, triple: str) -> bytes:
    """The object of neutral IR for a level of processors and a system, which its triple names.

    Raises ForbiddenCallError.
    """
    module, machine = optimised_module(neutral, level, triple)
    code = bytes(machine.emit_object(module))
    # Other systems' objects keep their symbols otherwise; what a processor calls for is the same there.
    on_linux = target_machine(level, level.triple)
    elf = code if code.startswith(ELF_MAGIC) else bytes(on_linux.emit_object(module))
    outside = outside_calls(elf)
    if outside:
        raise ForbiddenCallError(f"the callback would call {', '.join(sorted(outside))}.")
    return code


def neutral_ir(counted: Callable[[int], None] | None = None) -> str:
    """The whole sound as neutral LLVM IR, made in a process of its own. Raises CompilerError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sound.ll"
        command = [sys.executable, "-P", "-m", "dsp.front", str(path)]
        search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        with (Path(folder) / "said").open("w+") as said:
            front = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True,
                env=os.environ | AS_LOWERED | {"PYTHONPATH": search},
            )  # fmt: skip
            with front:
                for line in front.stdout or ():
                    if counted is not None and line.strip().isdecimal():
                        counted(int(line))
            if front.returncode == 0:
                return path.read_text()
            said.seek(0)
            words = said.read().strip().rpartition("\n")[2]
    raise CompilerError(f"the kernels cannot be compiled: {words or f'exit code {front.returncode}'}")


def optimised_module(neutral: str, level: Level, triple: str) -> tuple[Any, Any]:
    """The whole sound as one optimised LLVM module, and the target machine it is meant for."""
    llvm: Any = import_module("llvmlite.binding")
    from dsp.processor import functions_for

    machine = target_machine(level, triple)
    settled = fused(neutral) if level.arithmetic == FUSED else plain(neutral)
    whole: Any = llvm.parse_assembly(settled)
    own: Any = llvm.parse_assembly(functions_for(level.architecture))
    for part in (whole, own):
        part.triple, part.data_layout = triple, str(machine.target_data)
    whole.link_in(own)
    for function in whole.functions:
        if not function.is_declaration and function.name not in ENTRY_POINTS:
            function.linkage = llvm.Linkage.internal
    options: Any = llvm.create_pipeline_tuning_options(speed_level=3)
    builder: Any = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(whole, builder)
    whole.verify()
    return whole, machine


def target_machine(level: Level, triple: str) -> Any:
    """LLVM's picture of a level of processors under a system."""
    llvm: Any = import_module("llvmlite.binding")
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    if level.cpu is None:
        cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    else:
        cpu, features = level.cpu, ""
    target: Any = llvm.Target.from_triple(triple)
    return target.create_target_machine(cpu=cpu, features=features, opt=3, reloc="pic")


def outside_calls(elf: bytes) -> set[str]:
    """Names that an ELF object needs from outside and may not call."""
    return undefined_symbols(elf) - ALLOWED_OUTSIDE - {OFFSET_TABLE}


def undefined_symbols(elf: bytes) -> set[str]:
    """What a 64-bit little-endian ELF object expects others to define (System V ABI, "Symbol Table")."""
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    sections = [struct.unpack_from("<IIQQQQI", elf, table + size * k) for k in range(count)]
    found: set[str] = set()
    for _, kind, _, _, at, length, names in sections:
        if kind == SYMBOL_TABLE:
            for name, _, _, section, _, _ in struct.iter_unpack("<IBBHQQ", elf[at : at + length]):
                if name and section == 0:
                    begin = sections[names][4] + name
                    found.add(elf[begin : elf.index(0, begin)].decode())
    return found
