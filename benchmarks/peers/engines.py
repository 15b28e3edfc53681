"""The engines that render the reference patch: what each needs, how it is made ready, how it is called."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parent / "build"
COMPILE = ["g++", "-O3", "-march=native", "-ffast-math", "-std=c++17", f"-I{HERE}", f"-I{BUILD}"]
SOUND_FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
FLUIDSYNTH_GAIN = {8: 0.3, 32: 0.12, 128: 0.04}  # brings the samples near the level of the other engines

Command = list[str]


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine.

    name      as printed
    needs     programs on the path, Python modules ("python:NAME") or files that must be there
    prepare   makes what rendering `count` voices for each of `durations` needs (programs, scores)
    command   the command that renders `count` voices for `seconds` into the WAV file `out`
    """

    name: str
    needs: tuple[str, ...]
    prepare: Callable[[int, tuple[int, ...]], None]
    command: Callable[[int, int, Path], Command]

    def missing(self) -> list[str]:
        """What this machine lacks for the engine."""
        return [need for need in self.needs if not _present(need)]


def _present(need: str) -> bool:
    if need.startswith("python:"):
        return importlib.util.find_spec(need.removeprefix("python:")) is not None
    if need.startswith("header:"):
        included = f"#include <{need.removeprefix('header:')}>\n"
        return shutil.which("g++") is None or subprocess.run(
            ["g++", "-E", "-x", "c++", "-"], input=included, text=True, capture_output=True, check=False
        ).returncode == 0  # fmt: skip
    return Path(need).exists() if need.startswith("/") else shutil.which(need) is not None


def _run(command: Command, stdout: Path | None = None) -> None:
    """Runs a build step; its own words are shown only when it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    if stdout:
        stdout.write_text(done.stdout)


def _outdated(target: Path, *sources: Path) -> bool:
    return not target.exists() or any(target.stat().st_mtime < source.stat().st_mtime for source in sources)


def _script(name: str, *arguments: object) -> Command:
    return [sys.executable, str(HERE / name), *map(str, arguments)]


def _voice_table(count: int) -> Path:
    path = BUILD / f"voices_{count}.txt"
    _run(_script("reference_patch.py", count), path)
    return path


def _compile(source: str, target: str, *options: str, made_from: tuple[Path, ...] = ()) -> None:
    sources = (HERE / source, HERE / "pad_host.hpp", HERE / "faust_host.hpp", *made_from)
    if _outdated(BUILD / target, *sources):
        _run([*COMPILE, *options, str(HERE / source), "-o", str(BUILD / target), "-lsndfile"])


def _faust(source: Path, target: str, class_name: str, *options: str) -> Path:
    header = BUILD / target
    if _outdated(header, source):
        _run(["faust", "-lang", "cpp", "-cn", class_name, *options, str(source), "-o", str(header)])
    return header


def _compiled(program: str) -> Callable[[int, int, Path], Command]:
    return lambda count, seconds, out: [
        str(BUILD / program.format(count=count)), str(BUILD / f"voices_{count}.txt"), str(seconds), str(out)
    ]  # fmt: skip


def _prepare_calando(count: int, _durations: tuple[int, ...]) -> None:
    stem = BUILD / f"calando_pad_{count}"
    kernels = (HERE.parent.parent / "dsp").glob("*.py")
    scripts = (HERE / "calando_pad_build.py", HERE / "reference_patch.py")
    if _outdated(stem.with_suffix(".npy"), *kernels, *scripts):
        _run(_script("calando_pad_build.py", count, stem))


def _prepare_native(count: int, _durations: tuple[int, ...]) -> None:
    _voice_table(count)
    _compile("native_pad.cpp", "native_pad")


def _prepare_faust_voices(vector: bool) -> Callable[[int, tuple[int, ...]], None]:
    suffix, options = ("_vec", ("-vec", "-lv", "1", "-vs", "64")) if vector else ("", ())

    def prepare(count: int, _durations: tuple[int, ...]) -> None:
        _voice_table(count)
        voice = _faust(HERE / "faust_voice.dsp", f"faust_voice{suffix}.h", "PadVoice", *options)
        reverb = _faust(HERE / "faust_reverb.dsp", "faust_reverb.h", "PadReverb")
        files = (f'-DVOICE_FILE="{voice.name}"', f'-DREVERB_FILE="{reverb.name}"')
        _compile("faust_voices.cpp", f"faust_voices{suffix}", *files, made_from=(voice, reverb))

    return prepare


def _prepare_faust_program(count: int, _durations: tuple[int, ...]) -> None:
    _voice_table(count)
    source = BUILD / f"faust_program_{count}.dsp"
    if _outdated(source, HERE / "faust_program.py", HERE / "reference_patch.py"):
        _run(_script("faust_program.py", count), source)
    header = _faust(source, f"faust_program_{count}.h", "PadProgram")
    _compile(
        "faust_program.cpp", f"faust_program_{count}", f'-DPROGRAM_FILE="{header.name}"', made_from=(header,)
    )


def _prepare_supercollider(count: int, durations: tuple[int, ...]) -> None:
    for seconds in durations:
        _run(_script("supercollider_score.py", count, seconds, BUILD / f"pad_{count}_{seconds}.osc"))


def _prepare_csound(count: int, durations: tuple[int, ...]) -> None:
    for seconds in durations:
        _run(_script("csound_score.py", count, seconds), BUILD / f"pad_{count}_{seconds}.csd")


def _prepare_fluidsynth(count: int, durations: tuple[int, ...]) -> None:
    for seconds in durations:
        _run(_script("fluidsynth_score.py", count, seconds, BUILD / f"pad_{count}_{seconds}.mid"))


def _nothing(_count: int, _durations: tuple[int, ...]) -> None:
    """Some engines need nothing made ready."""


def _scsynth(count: int, seconds: int, out: Path) -> Command:
    score = str(BUILD / f"pad_{count}_{seconds}.osc")
    return [
        "scsynth",
        "-N",
        score,
        "_",
        str(out),
        "48000",
        "WAV",
        "float",
        "-o",
        "2",
        "-i",
        "0",
        "-z",
        "64",
        "-R",
        "0",
    ]


def _csound(count: int, seconds: int, out: Path) -> Command:
    return ["csound", "-d", "-m0", "-W", "-f", "-o", str(out), str(BUILD / f"pad_{count}_{seconds}.csd")]


def _fluidsynth(count: int, seconds: int, out: Path) -> Command:
    return [
        "fluidsynth", "-ni", "-q", "-F", str(out), "-T", "wav", "-O", "float", "-r", "48000", "-R", "1",
        "-C", "0",
        "-o", "synth.polyphony=1024", "-o", "synth.cpu-cores=1", "-g", str(FLUIDSYNTH_GAIN.get(count, 0.3)),
        str(SOUND_FONT), str(BUILD / f"pad_{count}_{seconds}.mid"),
    ]  # fmt: skip


CXX = ("g++", "header:sndfile.h")
FAUST = ("faust", *CXX)
CALANDO = Engine(
    "Calando", ("ld", "python:numba"), _prepare_calando,
    lambda count, seconds, out: _script("calando_pad.py", BUILD / f"calando_pad_{count}", seconds, out),
)  # fmt: skip
NATIVE = Engine("C++ by hand", CXX, _prepare_native, _compiled("native_pad"))
ENGINES = (
    CALANDO,
    NATIVE,
    Engine("Faust, one voice x N", FAUST, _prepare_faust_voices(False), _compiled("faust_voices")),
    Engine("Faust -vec, one voice x N", FAUST, _prepare_faust_voices(True), _compiled("faust_voices_vec")),
    Engine("Faust, one program", FAUST, _prepare_faust_program, _compiled("faust_program_{count}")),
    Engine("FluidSynth (samples)", ("fluidsynth", str(SOUND_FONT)), _prepare_fluidsynth, _fluidsynth),
    Engine("scsynth", ("scsynth",), _prepare_supercollider, _scsynth),
    Engine("Csound", ("csound",), _prepare_csound, _csound),
    Engine(
        "pyo", ("python:pyo",), _nothing,
        lambda count, seconds, out: _script("pyo_pad.py", count, seconds, out),
    ),
)  # fmt: skip
