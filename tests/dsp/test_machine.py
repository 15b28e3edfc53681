"""Machine code: nothing forbidden in it, made once, kept, and no failure where it cannot be kept."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from dsp import compiler, kept, machine
from dsp.levels import LEVELS, levels
from dsp.linker import linker
from dsp.native import OFFLINE, Synth

BEST = levels()[0]
OBJECT, LIBRARY = f"sound-{BEST.name}.o", f"sound-{BEST.name}.so"

RENDER = """
import os, sys, zlib
import numpy as np
if "SOUND_LL" in os.environ:
    from dsp import compiler
    compiler.neutral_ir = lambda counted: open(os.environ["SOUND_LL"]).read()
from dsp.native import Synth
from dsp import command
from dsp.score import Note, Ramp
lines = []
synth = Synth(progress=lines.append)
synth.push([command.ramp(Ramp("pad", "level_db", 0.0, 0.0)), command.note(Note(0.0, 2.0, "pad", 60.0))])
out = np.zeros((24000, 2), np.float32)
synth.render(out)
loaded = ["numba" in sys.modules, "llvmlite" in sys.modules]
print(zlib.crc32(out.tobytes()), len(lines), *loaded, not synth.unkept)
"""


def render_in_new_process(cache: Path, **also: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", RENDER], capture_output=True, text=True, timeout=900,
        env=os.environ | {"CALANDO_CACHE": str(cache)} | also, cwd=Path(__file__).parents[2], check=True,
    )
    return done.stdout.split()


@pytest.fixture(scope="module")
def module() -> object:
    return compiler.optimised_module(machine.neutral_ir(), BEST, BEST.triple)[0]


@pytest.fixture(scope="module")
def module_text(module: object) -> str:
    return str(module)


def test_the_callback_calls_nothing_that_may_allocate_lock_or_reach_python(
    module_text: str,
) -> None:
    called = set(re.findall(r"(?:call|invoke)[^@\n]*@\"?([\w.$]+)", module_text))
    defined = set(re.findall(r"define[^@\n]*@\"?([\w.$]+)", module_text))
    outside = {name for name in called - defined if not name.startswith("llvm.")}
    assert outside <= compiler.ALLOWED_OUTSIDE
    for forbidden in ("NRT_", "Py_", "PyErr", "PyObject", "malloc", "pthread", "numba_", "fence syscall"):
        assert forbidden not in module_text


def test_no_indirect_call_can_reach_anything_else(module_text: str) -> None:
    assert not re.search(r"\bcall\b[^@\n]*\s%\w+\(", module_text)


def emitted(text: str, name: str) -> bytes:
    import llvmlite.binding as llvm

    level = next(level for level in LEVELS if level.name == name)
    machine = compiler.target_machine(level, level.triple)
    return bytes(machine.emit_object(llvm.parse_assembly(text)))


def test_the_check_itself_fails_on_an_allocating_function() -> None:
    bad = "declare ptr @malloc(i64)\ndefine ptr @f() {\n %a = call ptr @malloc(i64 8)\n ret ptr %a\n}\n"
    assert compiler.outside_calls(emitted(bad, "x86-64")) == {"malloc"}


def test_the_check_sees_calls_that_stand_in_no_ir() -> None:
    floors = "declare float @llvm.floor.f32(float)\ndefine float @f(float %x) {\n"
    floors += " %a = call float @llvm.floor.f32(float %x)\n ret float %a\n}\n"
    assert compiler.outside_calls(emitted(floors, "x86-64")) == {"floorf"}
    assert compiler.outside_calls(emitted(floors, "x86-64-v3")) == set()


def test_the_upper_halves_of_frames_and_flags_are_nobody_s() -> None:
    """As on Windows, where PortAudio's `unsigned long` has 32 bits and the rest of a register is stale."""
    synth, plain = Synth(), Synth()
    pointer, register = ctypes.c_void_p, ctypes.c_uint64
    address = ctypes.cast(synth._callback, pointer).value
    call = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer, register, pointer, register, pointer)(address)
    out, wanted = np.full((2, 256, 2), 7.0, np.float32)
    left_over = 0xDEADBEEF << 32
    call(None, out.ctypes.data, 200 | left_over, None, OFFLINE | left_over, ctypes.addressof(synth._words))
    plain.render(wanted[:200])
    assert np.array_equal(out[:200], wanted[:200])
    assert (out[200:] == 7.0).all()
    assert synth.load().callbacks == 0


@pytest.fixture
def sound_ll(tmp_path: Path) -> str:
    """The front's work, already done: it takes most of a minute, and writes nothing."""
    path = tmp_path / "sound.ll"
    path.write_text(machine.neutral_ir())
    return str(path)


def test_it_is_compiled_once_and_loaded_without_numba(tmp_path: Path, sound_ll: str) -> None:
    cache = tmp_path / "cache"
    cold = render_in_new_process(cache, SOUND_LL=sound_ll)
    warm = render_in_new_process(cache)
    assert cold[1:] == ["1", "True", "True", "True"]
    assert warm[0] == cold[0]
    library = next(cache.iterdir()) / LIBRARY
    assert library.exists() == (linker() is not None)
    assert warm[1:] == ["0", "False", str(not library.exists()), "True"]
    library.unlink(missing_ok=True)
    assert render_in_new_process(cache, PATH="") == [cold[0], "0", "False", "True", "True"]
    assert not library.exists()
    # A linker that comes later is used from then on.
    assert render_in_new_process(cache) == warm


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path: Path, sound_ll: str) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    assert render_in_new_process(blocked, SOUND_LL=sound_ll)[1:] == ["1", "True", "True", "False"]


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    """A bit in every 97th byte is wrong, from the ninth on."""
    bad = bytearray(content)
    bad[8::97] = bytes(byte ^ 0x10 for byte in bad[8::97])
    return bytes(bad)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A cache in which everything is kept, and the checksum of the sound."""
    Synth()
    cache = tmp_path_factory.mktemp("kept")
    shutil.copytree(machine.cache_folder() / machine.digest(), cache / machine.digest())
    return cache, render_in_new_process(cache)[0]


HARMS = ("empty", "half", "flipped", "gone", "folder", "pipe", "link", "loose")


def harm(file: Path, how: str) -> None:
    """As a full disk, a bad one, or somebody else leaves it."""
    content = file.read_bytes()
    match how:
        case "empty" | "half" | "flipped":
            file.write_bytes({"empty": b"", "half": half(content), "flipped": flipped(content)}[how])
        case "loose":
            file.chmod(0o622)
        case _:
            file.unlink()
    if how == "folder":
        file.mkdir()
    elif how == "pipe":
        os.mkfifo(file)
    elif how == "link":
        elsewhere = file.with_name("elsewhere")
        elsewhere.write_bytes(content)
        file.symlink_to(elsewhere)


@pytest.mark.parametrize("how", HARMS)
@pytest.mark.parametrize("name", ["a", "a.sum"])
def test_what_was_damaged_is_not_read_and_can_be_kept_again(tmp_path: Path, name: str, how: str) -> None:
    content = bytes(range(256)) * 20
    kept.keep(tmp_path / "a", content)
    harm(tmp_path / name, how)
    assert kept.read_kept(tmp_path / "a") is None
    kept.keep(tmp_path / "a", content)
    assert kept.read_kept(tmp_path / "a") == content


# Reading refuses every harm alike, as seen above; what a start makes of it is seen by two of them.
@pytest.mark.parametrize("how", ["flipped", "folder"])
@pytest.mark.parametrize("name", ["state-48000.npy", LIBRARY, OBJECT, f"{LIBRARY}.sum"])
def test_a_start_makes_what_was_damaged_again_for_good(
    made: tuple[Path, str], tmp_path: Path, name: str, how: str
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(made[0], cache)
    file = next(cache.iterdir()) / name
    if not file.exists():
        pytest.skip("this system has no linker")
    harm(file, how)
    once, twice = render_in_new_process(cache), render_in_new_process(cache)
    assert once[0] == twice[0] == made[1]
    assert once[4] == twice[4] == "True"
    assert twice[1] == "0", "it was not made again for good"
    assert twice[2] == "False"


HOLD = """
import sys, time
from pathlib import Path
from dsp.kept import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60.0)
"""


def test_what_one_process_makes_no_other_makes_meanwhile_unless_it_was_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "held\n"
        entered = threading.Event()

        def enter() -> None:
            with kept.alone(tmp_path):
                entered.set()

        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.3)
        holder.kill()
        holder.wait()
    assert entered.wait(30.0)
    waiting.join()


def test_a_folder_that_others_may_write_to_is_emptied(tmp_path: Path) -> None:
    kept.keep(tmp_path / "sound.so", b"anything")
    (tmp_path / "folder").mkdir()
    tmp_path.chmod(0o777)
    assert kept.private_folder(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_what_belongs_to_somebody_else_is_not_read_and_the_reason_is_given(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    kept.keep(tmp_path / "a", b"whole")
    assert kept.read_kept(tmp_path / "a") == b"whole"
    for path in (tmp_path / "a", tmp_path / "a.sum"):
        os.chown(path, 12345, 12345)
        assert kept.read_kept(tmp_path / "a") is None
        os.chown(path, 0, 0)
    os.chown(tmp_path, 12345, 12345)
    assert kept.private_folder(tmp_path) == f"{tmp_path} belongs to somebody else."


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
@pytest.mark.parametrize("name", ["a", "a.sum"])
def test_what_others_may_write_to_is_not_read(tmp_path: Path, name: str, mode: int) -> None:
    kept.keep(tmp_path / "a", b"whole")
    (tmp_path / name).chmod(mode)
    assert kept.read_kept(tmp_path / "a") is None
    (tmp_path / name).chmod(0o600)
    assert kept.read_kept(tmp_path / "a") == b"whole"


def test_a_file_is_kept_though_one_of_a_killed_process_lies_in_its_way(tmp_path: Path) -> None:
    (tmp_path / f"a.{os.getpid()}").write_bytes(b"ha")
    kept.keep(tmp_path / "a", b"whole")
    kept.keep(tmp_path / "a", b"new")
    assert kept.read_kept(tmp_path / "a") == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.sum"]


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    kept.keep(tmp_path / "a", b"whole")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept.keep(tmp_path / "a", b"new")
    assert kept.read_kept(tmp_path / "a") == b"whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.sum"]


def test_constants_that_python_repeats_are_those_of_the_machine_code() -> None:
    from dsp import callback, governor, native, ring, telemetry

    for name in ("HISTOGRAM_STEPS_PER_OCTAVE", "OFFLINE"):
        assert getattr(native, name) == getattr(callback, name)
    kinds = [name for name, value in vars(telemetry).items() if name.isupper() and isinstance(value, int)]
    assert len(kinds) == 10
    for name in kinds:
        assert getattr(telemetry, name) == getattr(ring, name)
    for name in ("LOWEST_CAP_LUFS", "HIGHEST_CAP_LUFS"):
        assert getattr(native, name) == getattr(governor, name)
