"""Machine code: the callback compiled once, kept on disk, and loaded again without Numba.

The compiler's object is kept with the first state of the sound beside it. Later starts load the shared
library (or, where the system has no linker, the object through LLVM's own) in a few milliseconds.

The kept files are named by a digest of the sources, the compiler and the processor, so they are
made again exactly when one of these changes.
"""

from __future__ import annotations

import ctypes
import io
import os
import platform
import re
import shutil
import subprocess
import tempfile
import threading
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

from dsp.kept import keep, private_folder, read_kept

Progress = Callable[[str], None]
State = npt.NDArray[Any]

HEADER_BYTES = 1 << 20
"""Most that the description of the state may take in its file; it names some hundred fields."""

OBJECT, LIBRARY = "sound.o", "sound.so"

ENTRY_POINTS = (
    "calando_callback", "calando_load_acquire", "calando_store_release", "calando_compare_exchange",
)

COMPILING = "Preparing the sound for this processor (once, about a minute) ..."
MENDING = "The sound that was kept for this processor is damaged; preparing it again ..."


@dataclass(frozen=True, slots=True)
class MachineCode:
    """Addresses of the entry points, and the first state of the sound.

    keeper    what must stay alive for the addresses to stay valid
    unkept    why a later start will not find the machine code on disk, in a sentence; empty where it will
    """

    entry_points: dict[str, int]
    first_state: State
    keeper: object
    unkept: str = ""


@dataclass(frozen=True, slots=True)
class LinkedInProcess:
    """Machine code that no library on disk holds: what keeps it in memory, and the object it was made of."""

    jit: object
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
    here = Path(__file__).parent
    for source in sorted([*here.glob("*.py"), *(here / "palette").glob("*.py")]):
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

    `progress` is told one line before a compilation. What is damaged is made again, and a cache folder
    that cannot be used costs a compilation at every start and nothing else. Sittings that begin at once in
    several threads load it one after the other.
    """
    with _ONE_AT_A_TIME:
        return _loaded(sample_rate, progress)


_ONE_AT_A_TIME = threading.Lock()
"""Compiling twice at once would be waste, and CPython 3.11 cannot read two headers of NumPy's at once: its
parser counts its depth for all threads together."""


def _loaded(sample_rate: int, progress: Progress | None) -> MachineCode:
    folder = cache_folder() / digest()
    state_path = folder / f"state-{sample_rate}.npy"
    unkept = private_folder(folder)
    state = None if unkept else _kept_state(state_path)
    if state is not None:
        entry_points, keeper = _load_library(folder)
        if entry_points:
            return MachineCode(entry_points, state, keeper)
    object_code = None if unkept else read_kept(folder / OBJECT)
    if progress is not None:
        missing = [(object_code, folder / OBJECT), (state, state_path)]
        damaged = not unkept and any(kept is None and os.path.lexists(path) for kept, path in missing)
        progress(MENDING if damaged else COMPILING)
    if object_code is None:
        from dsp.compiler import compile_object

        object_code = compile_object()
    if state is None:
        from dsp.sound import first_state

        state = first_state(sample_rate)
    unkept = unkept or _keep(folder, object_code, state_path, state)
    entry_points, keeper = ({}, None) if unkept else _load_library(folder)
    if not entry_points:
        entry_points, keeper = link_in_process(object_code)
    return MachineCode(entry_points, state, keeper, unkept)


def _kept_state(path: Path) -> State | None:
    content = read_kept(path)
    if content is None:
        return None
    try:
        return np.load(io.BytesIO(content), max_header_size=HEADER_BYTES)
    except (ValueError, EOFError):  # written by another version of numpy
        return None


def _keep(folder: Path, object_code: bytes, state_path: Path, state: State) -> str:
    """Write what later starts need; returns why it could not be written, or nothing."""
    image = io.BytesIO()
    np.save(image, state)
    try:
        keep(folder / OBJECT, object_code)
        keep(state_path, image.getvalue())
    except OSError as trouble:
        return f"{folder} cannot be written ({trouble.strerror})."
    _forget_older(folder)
    return ""


def _forget_older(folder: Path) -> None:
    """Keep the machine code of the three versions used last; each is some megabytes."""
    try:
        others = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in [path for path in others if path != folder and (path / OBJECT).is_file()][2:]:
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


def _link_library(folder: Path, object_code: bytes) -> bool:
    """Make a shared library of the object; False where the system has no linker or it fails."""
    begin = linker()
    if begin is None:
        return False
    try:
        with tempfile.TemporaryDirectory(dir=folder) as apart:
            source, linked = Path(apart) / OBJECT, Path(apart) / LIBRARY
            source.write_bytes(object_code)
            command = [*begin, "-o", str(linked), str(source)]
            if subprocess.run(command, capture_output=True, check=False).returncode != 0:
                return False
            keep(folder / LIBRARY, linked.read_bytes())
    except OSError:
        return False
    return True


def _load_library(folder: Path) -> tuple[dict[str, int], object]:
    """Addresses from the kept library, or from the kept object, linked now; none where both are damaged."""
    if read_kept(folder / LIBRARY) is None:
        object_code = read_kept(folder / OBJECT)
        if object_code is None:
            return {}, None
        if not _link_library(folder, object_code):
            return link_in_process(object_code)
    try:
        library = ctypes.CDLL(str(folder / LIBRARY))
        pointers = {name: ctypes.cast(library[name], ctypes.c_void_p).value for name in ENTRY_POINTS}
    except (OSError, AttributeError):  # a folder from which the system loads no programs
        object_code = read_kept(folder / OBJECT)
        return link_in_process(object_code) if object_code else ({}, None)
    return {name: pointer or 0 for name, pointer in pointers.items()}, library


def link_in_process(object_code: bytes) -> tuple[dict[str, int], object]:
    """Load the object with LLVM's linker, for systems and folders that cannot load a library."""
    llvm: Any = import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target: Any = llvm.Target.from_default_triple()
    jit: Any = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target.create_target_machine())
    jit.add_object_file(llvm.ObjectFileRef.from_data(object_code))
    jit.finalize_object()
    addresses = {name: jit.get_function_address(name) for name in ENTRY_POINTS}
    return addresses, LinkedInProcess(jit, object_code)
