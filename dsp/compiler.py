"""Compiler: the callback and all it reaches as one object of machine code that calls nothing it must not.

Numba turns the callback into LLVM IR; here everything but the entry points becomes internal, LLVM
optimises the whole for the processor at hand, and what the object would still need from outside is
looked up in its own table of symbols. The IR alone would not tell: what it holds as an instruction can
become a call of the C library on a processor that lacks the instruction.
"""

from __future__ import annotations

import re
import struct
from importlib import import_module
from typing import Any

from dsp.machine import ENTRY_POINTS

ALLOWED_OUTSIDE = frozenset({"memcpy", "memmove", "memset"})
"""All that the machine code may call outside itself: copying and clearing of memory, which LLVM
writes for loops. Neither allocates, locks or blocks."""

OFFSET_TABLE = "_GLOBAL_OFFSET_TABLE_"
"""No function: where the linker of an ELF system keeps addresses."""

ELF_MAGIC = b"\x7fELF"
SYMBOL_TABLE = 2
"""Section type SHT_SYMTAB (System V ABI, "Sections")."""


class ForbiddenCallError(RuntimeError):
    """The compiled callback would call something that may allocate, lock or wait."""


def compile_object() -> bytes:
    """Compile the callback and all it reaches into one object for this processor.

    Raises ForbiddenCallError where anything but ALLOWED_OUTSIDE would be called from it.
    """
    module, machine = optimised_module()
    object_code = bytes(machine.emit_object(module))
    outside = outside_calls(object_code if object_code.startswith(ELF_MAGIC) else elf_object(module))
    if outside:
        raise ForbiddenCallError(f"the callback would call {', '.join(sorted(outside))}.")
    return object_code


def optimised_module() -> tuple[Any, Any]:
    """The whole sound as one optimised LLVM module, and the target machine it is meant for."""
    llvm: Any = import_module("llvmlite.binding")
    from dsp.callback import entry_points

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target: Any = llvm.Target.from_default_triple()
    machine: Any = target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, reloc="pic"
    )
    whole: Any = None
    for name, compiled in entry_points().items():
        text = compiled._library.get_llvm_str()
        text = re.sub(rf'@"?{re.escape(compiled.native_name)}"?(?=[\s(,])', f"@{name}", text)
        part: Any = llvm.parse_assembly(text)
        if whole is None:
            whole = part
        else:
            whole.link_in(part)
    for function in whole.functions:
        if not function.is_declaration and function.name not in ENTRY_POINTS:
            function.linkage = llvm.Linkage.internal
    for variable in whole.global_variables:
        if not variable.is_declaration:
            variable.linkage = llvm.Linkage.internal
    # Lightly once, to find out that no callee can fail; in full once what handled failures is gone.
    for level in (1, 3):
        options: Any = llvm.create_pipeline_tuning_options(speed_level=level)
        builder: Any = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(whole, builder)
    whole.verify()
    return whole, machine


def elf_object(module: Any, cpu: str | None = None) -> bytes:
    """The module's machine code as an ELF object, for this processor or for another of its architecture.

    Other systems' objects keep their symbols otherwise; what a processor calls for does not depend on that.
    """
    llvm: Any = import_module("llvmlite.binding")
    triple = f"{llvm.get_process_triple().partition('-')[0]}-unknown-linux-gnu"
    features = llvm.get_host_cpu_features().flatten() if cpu is None else ""
    machine: Any = llvm.Target.from_triple(triple).create_target_machine(
        cpu=cpu or llvm.get_host_cpu_name(), features=features, opt=3, reloc="pic"
    )
    return bytes(machine.emit_object(module))


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
