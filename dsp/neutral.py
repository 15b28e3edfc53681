"""Neutral: Numba's kernels as LLVM IR that nobody loads, each written once.

Numba makes machine code of every kernel as soon as it is compiled, and copies into it all that the kernel
calls, so what lies deep is copied, optimised and translated hundreds of times. Here the libraries stay as
they were lowered, and `linked` brings each of them into one module.
"""

# pyright: basic

from __future__ import annotations

from importlib import import_module
from typing import Any


def collect_only() -> None:
    """From now on, in this process, Numba's kernels can be linked and not called."""
    codegen: Any = import_module("numba.core.codegen")
    registry: Any = import_module("numba.core.registry")
    types: Any = import_module("numba.core.types")
    registry.cpu_target.target_context.refresh()  # what Numba itself needs at run time it makes before

    class Lowered(codegen.JITCodeLibrary):
        """As lowered: what it calls stays declared, and it has no address."""

        def finalize(self) -> None:
            self._raise_if_finalized()
            self._final_module.verify()
            self._finalized = True

        def get_pointer_to_function(self, _name: str) -> int:
            return 0

    codegen.JITCPUCodegen._library_class = Lowered
    codegen.JITCPUCodegen.set_env = lambda _codegen, _name, _env: None
    # Numba describes a kernel's arguments anew before each of its passes, and our records have hundreds of
    # fields. Their name, which is made once, says the same.
    types.Record.__repr__ = types.Record.__str__


def linked(libraries: list[Any]) -> Any:
    """These libraries and all that they call, in one module."""
    llvm: Any = import_module("llvmlite.binding")
    whole: Any = llvm.parse_assembly("")
    seen: set[int] = set()
    waiting = list(reversed(libraries))
    while waiting:
        library = waiting.pop()
        if id(library) not in seen:
            seen.add(id(library))
            whole.link_in(library._final_module, preserve=True)
            waiting += reversed(library._linking_libraries)
    return whole
