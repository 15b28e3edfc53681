"""The front of the compiler: from kernels in Python to neutral LLVM IR, in a process of its own.

usage: NUMBA_OPT=0 python -m dsp.front FILE (dsp.compiler calls it, and says what else Numba is told)

Numba optimises nothing here, for LLVM does so afterwards with the whole in view; what it would do depends on
the processor at hand, and takes a quarter of the time. So the IR is the same wherever it is made. After each
kernel a line on standard output says how many are done.
"""

# pyright: basic

from __future__ import annotations

import ctypes
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from dsp.levels import X86
from dsp.machine import ENTRY_POINTS
from dsp.neutral import collect_only, linked


def neutral_ir() -> str:
    """The callback and all it reaches, lightly optimised, for no architecture yet. Raises as Numba does."""
    llvm: Any = import_module("llvmlite.binding")
    from dsp import processor

    processor.target.architecture = processor.NEUTRAL
    # Numba loads what it has compiled, so every name must have an address; nobody calls it.
    nowhere = ctypes.cast(ctypes.pythonapi.Py_GetVersion, ctypes.c_void_p).value
    for name in processor.declared():
        llvm.add_symbol(name, nowhere)
    collect_only()
    from dsp.callback import entry_points

    entries = entry_points()
    whole = linked([compiled._library for compiled in entries.values()])
    for name, compiled in entries.items():
        whole.get_function(compiled.native_name).name = name
    for kind in (whole.functions, whole.global_variables):
        for value in kind:
            if not value.is_declaration and value.name not in ENTRY_POINTS:
                value.linkage = llvm.Linkage.internal
    return str(lightly_optimised(whole))


def lightly_optimised(module: Any) -> Any:
    """Bring products and sums together and find that no callee can fail, everywhere by the same yardstick."""
    llvm: Any = import_module("llvmlite.binding")
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target: Any = llvm.Target.from_triple(f"{X86}-unknown-linux-gnu")
    yardstick: Any = target.create_target_machine(cpu="x86-64", features="", opt=1, reloc="pic")
    options: Any = llvm.create_pipeline_tuning_options(speed_level=1)
    module.triple, module.data_layout = yardstick.triple, str(yardstick.target_data)
    builder: Any = llvm.create_pass_builder(yardstick, options)
    builder.getModulePassManager().run(module, builder)
    return module


def tell_each_kernel() -> None:
    """Say on standard output how many kernels are compiled."""
    event: Any = import_module("numba.core.event")

    class Count(event.Listener):
        done = 0

        def on_start(self, _event: Any) -> None:
            pass

        def on_end(self, _event: Any) -> None:
            self.done += 1
            print(self.done, flush=True)

    event.register("numba:compile", Count())


if __name__ == "__main__":
    tell_each_kernel()
    Path(sys.argv[1]).write_text(neutral_ir())
