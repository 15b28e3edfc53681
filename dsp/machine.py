"""Machine code: the callback compiled once, kept on disk, and loaded again without Numba.

It is looked for in the package (a wheel may carry it, dsp.carried), then in the cache folder, and compiled
where neither has it. The cache keeps the neutral IR (from which any level of processors is served in
seconds), the compiler's object for this machine's level, and the first state of the sound. Later starts
load the shared library (or, where the system has no linker, the object through LLVM's own) in a few
milliseconds.

The kept files lie in a folder named by a digest of the sources and the compiler, so they are made again
exactly when one of these changes. With the arithmetic (dsp.levels) it names the sound: where that name is
the same, so are the samples.
"""

from __future__ import annotations

import ctypes
import io
import os
import platform
import re
import shutil
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from dsp.carried import carried_digest, carried_libraries, carried_state, carries, library_name
from dsp.kept import alone, keep, private_folder, read_kept
from dsp.levels import Level, levels
from dsp.linker import linked, linker

Progress = Callable[[str], None]
Counted = Callable[[int], None]
State = npt.NDArray[Any]

HEADER_BYTES = 1 << 20
"""Most that the description of the state may take in its file; it names some hundred fields."""

IR = "sound.ll.z"
KERNELS = 474
"""How many kernels Numba compiles for it today; whoever shows how far it is needs no better number."""

ENTRY_POINTS = (
    "calando_callback", "calando_jack_process", "calando_jack_late", "calando_midi_in",
    "calando_load_acquire", "calando_store_release", "calando_compare_exchange",
)

OTHER_VERSIONS = 7
"""How many are kept beside the newest, for who has several checkouts; our own choice."""

COMPILING = "Preparing the sound for this computer (once, a minute or two) ..."
MENDING = "The sound that was kept for this computer is damaged; preparing it again ..."


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


def sound_name(arithmetic: str | None = None) -> str:
    """Name of the sound as this installation makes it: of two that are the same, so are the samples.

    arithmetic   of dsp.levels; that of this machine's highest level where none is given
    """
    return f"{digest()}-{arithmetic or levels()[0].arithmetic}"


def runnable(name: str) -> str | None:
    """The arithmetic with which this machine makes the sound of that name; None where it cannot."""
    return next((one.arithmetic for one in levels() if sound_name(one.arithmetic) == name), None)


@cache
def digest() -> str:
    """What the machine code was made of: these sources, this compiler, and a processor that is like no other.

    A process stays with what it found first, and plays on the same where its sources are replaced meanwhile.
    Two checksums, which guard against change and not against malice: what hashes for that would load
    OpenSSL, 3 MB, into every sitting.
    """
    carried = carried_digest()
    if carried is not None:
        return carried
    parts = [_version_file(package) for package in ("numba", "llvmlite")]
    if levels()[0].cpu is None:
        parts.append(processor_name().encode())
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


def load_machine_code(
    sample_rate: int, progress: Progress | None = None, counted: Counted | None = None,
    arithmetic: str | None = None,
) -> MachineCode:  # fmt: skip
    """Find the machine code for this sample rate (Hz), compiling it where it is not kept yet.

    `progress` is told one line before a compilation, `counted` how many kernels are compiled. `arithmetic` of
    dsp.levels, where another than the machine's best is wanted; ValueError where it cannot run that. What is
    damaged is made again, and a cache folder that cannot be used costs a compilation at every start and
    nothing else. Sittings that begin at once in several threads load it one after the other.
    """
    fit = [level for level in levels() if arithmetic in (None, level.arithmetic)]
    if not fit:
        raise ValueError(f"this processor cannot make the sound of the arithmetic '{arithmetic}'.")
    with _ONE_AT_A_TIME:
        return _carried(sample_rate, fit) or _loaded(sample_rate, fit[0], progress, counted)


_ONE_AT_A_TIME = threading.Lock()
"""Compiling twice at once would be waste, and CPython 3.11 cannot read two headers of NumPy's at once: its
parser counts its depth for all threads together."""


def is_there(sample_rate: int) -> bool:
    """Whether the next start at this sample rate (Hz) will have to compile nothing."""
    if carries(sample_rate, levels()):
        return True
    folder = cache_folder() / digest()
    kept = (folder / _object(levels()[0]), folder / _state(sample_rate))
    return not private_folder(folder) and all(read_kept(path) is not None for path in kept)


def _carried(sample_rate: int, fit: Sequence[Level]) -> MachineCode | None:
    """What the package brings; None where it brings nothing for this machine."""
    image = carried_state(sample_rate)
    state = None if image is None else _state_of(image)
    if state is None:
        return None
    for path in carried_libraries(fit):
        entry_points, keeper = _opened(path)
        if entry_points:
            return MachineCode(entry_points, state, keeper)
    return None


def _object(level: Level) -> str:
    return f"sound-{level.name}.o"


def _state(sample_rate: int) -> str:
    return f"state-{sample_rate}.npy"


def _loaded(
    sample_rate: int, level: Level, progress: Progress | None, counted: Counted | None
) -> MachineCode:
    folder = cache_folder() / digest()
    unkept = private_folder(folder)
    if unkept:
        if progress is not None:
            progress(COMPILING)
        return _made(folder, sample_rate, level, counted, unkept)
    found = _kept(folder, sample_rate, level)
    if found is not None:
        return found
    if progress is not None:
        needed = (folder / _object(level), folder / _state(sample_rate))
        damaged = any(os.path.lexists(path) and read_kept(path) is None for path in needed)
        progress(MENDING if damaged else COMPILING)
    with alone(folder):  # another process may have made it meanwhile
        return _kept(folder, sample_rate, level) or _made(folder, sample_rate, level, counted)


def _kept(folder: Path, sample_rate: int, level: Level) -> MachineCode | None:
    """What an earlier start has left; None where any of it is missing or damaged."""
    state = _kept_state(folder / _state(sample_rate))
    entry_points, keeper = ({}, None) if state is None else _load_library(folder, level)
    return MachineCode(entry_points, state, keeper) if state is not None and entry_points else None


def _made(
    folder: Path, sample_rate: int, level: Level, counted: Counted | None, unkept: str = ""
) -> MachineCode:
    """Whatever is not kept is compiled, and kept; `unkept` where this folder cannot be used."""
    object_code = None if unkept else read_kept(folder / _object(level))
    ir = None if unkept else read_kept(folder / IR)
    state = None if unkept else _kept_state(folder / _state(sample_rate))
    if object_code is None:
        object_code, ir = _compiled(level, ir, counted)
    if state is None:
        from dsp.sound import first_state

        state = first_state(sample_rate)
    made = {_object(level): object_code, IR: ir, _state(sample_rate): state_image(state)}
    unkept = unkept or _keep(folder, made)
    entry_points, keeper = ({}, None) if unkept else _load_library(folder, level)
    if not entry_points:
        entry_points, keeper = link_in_process(object_code)
    return MachineCode(entry_points, state, keeper, unkept)


def neutral_ir(counted: Counted | None = None) -> str:
    """The sound's neutral IR, from the cache or made, and kept, now."""
    folder = cache_folder() / digest()
    unkept = private_folder(folder)
    with alone(folder):
        ir = None if unkept else read_kept(folder / IR)
        if ir is None:
            from dsp.compiler import neutral_ir

            ir = zlib.compress(neutral_ir(counted).encode())
            if not unkept:
                _keep(folder, {IR: ir})
    return zlib.decompress(ir).decode()


def _compiled(level: Level, ir: bytes | None, counted: Counted | None) -> tuple[bytes, bytes]:
    """The object for a level of processors, and the neutral IR, compressed."""
    from dsp.compiler import compile_object, neutral_ir

    text = neutral_ir(counted) if ir is None else zlib.decompress(ir).decode()
    return compile_object(text, level), zlib.compress(text.encode()) if ir is None else ir


def _kept_state(path: Path) -> State | None:
    content = read_kept(path)
    return None if content is None else _state_of(content)


def state_image(state: State) -> bytes:
    """What is kept of a first state."""
    image = io.BytesIO()
    np.save(image, state)
    return image.getvalue()


def _state_of(image: bytes) -> State | None:
    """The state of an image, which cannot be written to."""
    try:
        begin = image.index(b"\n", 12) + 1  # the head's only end of line (numpy.lib.format)
        kind, shape = _described(image[:begin])
        return np.frombuffer(image, kind, offset=begin).reshape(shape)
    except (ValueError, EOFError):  # written by another version of numpy
        return None


@lru_cache(maxsize=2)
def _described(head: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Type and shape of the state as the head of an image describes them.

    Some hundred fields, the same each time, take longer to read than all else with which a sitting begins.
    """
    file = io.BytesIO(head)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = read(file, max_header_size=HEADER_BYTES)
    return kind, shape


def _keep(folder: Path, files: Mapping[str, bytes | None]) -> str:
    """Write what later starts need; returns why it could not be written, or nothing."""
    try:
        for name, content in files.items():
            if content is not None:
                keep(folder / name, content)
    except OSError as trouble:
        return f"{folder} cannot be written ({trouble.strerror})."
    _forget_older(folder)
    return ""


def _forget_older(folder: Path) -> None:
    """Keep the machine code of the versions made last; each is some megabytes."""
    try:
        others = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in [path for path in others if path != folder and any(path.glob("*.o"))][OTHER_VERSIONS:]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        return


def _link_library(path: Path, object_code: bytes) -> bool:
    """Make a shared library of the object; False where the system has no linker or it fails."""
    begin = linker()
    library = None if begin is None else linked(object_code, begin, path.parent)
    if library is None:
        return False
    try:
        keep(path, library)
    except OSError:
        return False
    return True


def _load_library(folder: Path, level: Level) -> tuple[dict[str, int], object]:
    """Addresses from the kept library, or from the kept object, linked now; none where both are damaged."""
    path = folder / library_name(level)
    if read_kept(path) is None:
        object_code = read_kept(folder / _object(level))
        if object_code is None:
            return {}, None
        if not _link_library(path, object_code):
            return link_in_process(object_code)
    entry_points, keeper = _opened(path)
    if entry_points:
        return entry_points, keeper
    object_code = read_kept(folder / _object(level))
    return link_in_process(object_code) if object_code else ({}, None)


def _opened(path: Path) -> tuple[dict[str, int], object]:
    """Addresses from a library; none where it lies in a folder from which the system loads no programs."""
    try:
        library = ctypes.CDLL(str(path))
        pointers = {name: ctypes.cast(library[name], ctypes.c_void_p).value for name in ENTRY_POINTS}
    except (OSError, AttributeError):
        return {}, None
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
