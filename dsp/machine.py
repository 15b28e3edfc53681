"""Machine code: the callback compiled once, kept on disk, and loaded again without Numba.

Numba turns the callback into LLVM IR; this module makes everything but the entry points internal,
lets LLVM optimise the whole for the processor at hand, checks that nothing forbidden is left, and
keeps the object with the first state of the sound beside it. Later starts load the shared library
(or, where the system has no linker, the object through LLVM's own) in a few milliseconds.

The kept files are named by a digest of the sources, the compiler and the processor, so they are
made again exactly when one of these changes.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

Progress = Callable[[str], None]
State = npt.NDArray[Any]

ENTRY_POINTS = (
    "calando_callback", "calando_load_acquire", "calando_store_release", "calando_compare_exchange",
)

ALLOWED_OUTSIDE = frozenset({"memcpy", "memmove", "memset"})
"""All that the machine code may call outside itself: copying and clearing of memory, which LLVM
writes for loops. Neither allocates, locks or blocks."""

HEADER_BYTES = 1 << 20
"""Most that the description of the state may take in its file; it names some hundred fields."""

COMPILING = "Preparing the sound for this processor (once, about a minute) ..."


class ForbiddenCallError(RuntimeError):
    """The compiled callback would call something that may allocate, lock or wait."""


@dataclass(frozen=True, slots=True)
class MachineCode:
    """Addresses of the entry points, and the first state of the sound.

    keeper    what must stay alive for the addresses to stay valid
    kept      whether a later start will find the machine code on disk
    """

    entry_points: dict[str, int]
    first_state: State
    keeper: object
    kept: bool


@dataclass(frozen=True, slots=True)
class LinkedInProcess:
    """Machine code that no library on disk holds: what keeps it in memory, and the object it was made of."""

    engine: object
    object_code: bytes


def cache_folder() -> Path:
    """Where machine code is kept: `CALANDO_CACHE`, or the user's cache folder."""
    named = os.environ.get("CALANDO_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("calando", appauthor=False))


def processor_name() -> str:
    """What tells this processor's instruction set from another's, without asking LLVM."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = re.findall(r"^(?:model name|flags|Features|CPU part)\s*:.*$", text, re.MULTILINE)
    return platform.machine() + "\n" + "\n".join(sorted(set(wanted)))


def digest() -> str:
    """Name of the machine code that belongs to these sources, this compiler and this processor.

    Two checksums, which guard against change and not against malice: what hashes for that would load
    OpenSSL, 3 MB, into every sitting.
    """
    parts = [_version_file(package) for package in ("numba", "llvmlite")] + [processor_name().encode()]
    for source in sorted(Path(__file__).parent.glob("*.py")):
        parts += [source.name.encode() + b"\0", source.read_bytes()]
    crc, adler = 0, 1
    for part in parts:
        crc, adler = zlib.crc32(part, crc), zlib.adler32(part, adler)
    return f"{crc:08x}{adler:08x}"


def _version_file(package: str) -> bytes:
    """The package's version, read as text: its metadata take ten times as long to find."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"the package {package} is missing; install Calando again.")
    return Path(found.origin).with_name("_version.py").read_bytes()


def load_machine_code(sample_rate: int, progress: Progress | None = None) -> MachineCode:
    """Find the machine code for this sample rate (Hz), compiling it where it is not kept yet.

    `progress` is told one line before a compilation. A cache folder that cannot be written costs a
    compilation at every start and nothing else.
    """
    folder = cache_folder() / digest()
    state_path = folder / f"state-{sample_rate}.npy"
    if state_path.is_file():
        entry_points, keeper = _load_library(folder)
        if entry_points:
            state: State = np.load(state_path, max_header_size=HEADER_BYTES)
            return MachineCode(entry_points, state, keeper, kept=True)
    if progress is not None:
        progress(COMPILING)
    object_code = _read(folder / "sound.o") or compile_object()
    from dsp.sound import first_state

    state = first_state(sample_rate)
    kept = _keep(folder, object_code, state_path, state)
    entry_points, keeper = _load_library(folder) if kept else ({}, None)
    if not entry_points:
        entry_points, keeper = link_in_process(object_code)
    return MachineCode(entry_points, state, keeper, kept)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside and rename, so that another process sees all of it or nothing."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


def _keep(folder: Path, object_code: bytes, state_path: Path, state: State) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_whole(folder / "sound.o", object_code)
        with tempfile.TemporaryFile() as image:
            np.save(image, state)
            image.seek(0)
            _write_whole(state_path, image.read())
    except OSError:
        return False
    _forget_older(folder)
    return True


def _forget_older(folder: Path) -> None:
    """Keep the machine code of the three versions used last; each is some megabytes."""
    try:
        others = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in [path for path in others if path != folder and (path / "sound.o").is_file()][2:]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return


def linker() -> list[str] | None:
    """The command with which this system makes a shared library of an object, or None where it has none."""
    names, flag = {"Linux": (("ld", "cc"), "-shared"), "Darwin": (("cc",), "-dynamiclib")}.get(
        platform.system(), ((), "")
    )
    found = next(filter(None, map(shutil.which, names)), None)
    return None if found is None else [found, flag]


def _link_library(folder: Path) -> None:
    """Make a shared library of the object where the system has a linker; without one, do nothing."""
    begin = linker()
    if begin is None:
        return
    linked = folder / f"linked-{os.getpid()}"
    command = [*begin, "-o", str(linked), str(folder / "sound.o")]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode == 0:
        linked.replace(folder / "sound.so")


def _load_library(folder: Path) -> tuple[dict[str, int], object]:
    """Addresses from the kept library, or from the kept object through LLVM's linker."""
    if not (folder / "sound.so").is_file() and (folder / "sound.o").is_file():
        _link_library(folder)
    try:
        library = ctypes.CDLL(str(folder / "sound.so"))
        pointers = {name: ctypes.cast(library[name], ctypes.c_void_p).value for name in ENTRY_POINTS}
    except (OSError, AttributeError):
        object_code = _read(folder / "sound.o")
        return link_in_process(object_code) if object_code else ({}, None)
    return {name: pointer or 0 for name, pointer in pointers.items()}, library


def link_in_process(object_code: bytes) -> tuple[dict[str, int], object]:
    """Load the object with LLVM's linker, for systems and folders that cannot load a library."""
    llvm: Any = import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target: Any = llvm.Target.from_default_triple()
    engine: Any = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target.create_target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(object_code))
    engine.finalize_object()
    addresses = {name: engine.get_function_address(name) for name in ENTRY_POINTS}
    return addresses, LinkedInProcess(engine, object_code)


def compile_object() -> bytes:
    """Compile the callback and all it reaches into one object for this processor.

    Raises ForbiddenCallError where anything but ALLOWED_OUTSIDE would be called from it.
    """
    module, machine = optimised_module()
    outside = outside_calls(module)
    if outside:
        raise ForbiddenCallError(f"the callback would call {', '.join(sorted(outside))}.")
    return bytes(machine.emit_object(module))


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


def outside_calls(module: Any) -> set[str]:
    """Names that the module calls but neither defines nor may call."""
    names = {function.name for function in module.functions if function.is_declaration}
    return {name for name in names if not name.startswith("llvm.")} - ALLOWED_OUTSIDE
