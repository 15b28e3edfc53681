"""Levels: which machine code a processor is given, and that its samples do not depend on the level."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from dsp import command, compiler, fusion, machine, native
from dsp.levels import ARM, FUSED, LEVELS, PLAIN, X86, Level, levels
from dsp.score import INSTRUMENTS, Note, Ramp

SECONDS = 4
V2 = frozenset({"cx16", "popcnt", "sahf", "sse4.1", "sse4.2", "ssse3"})
V3 = V2 | {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"}


@pytest.mark.parametrize(
    ("architecture", "features", "names"),
    [
        (X86, frozenset(), ["x86-64"]),
        (X86, V2, ["x86-64-v2", "x86-64"]),
        (X86, V3 - {"fma"}, ["x86-64-v2", "x86-64"]),
        (X86, V3 | {"sse4a", "vaes"}, ["x86-64-v3", "x86-64-v2", "x86-64"]),
        (X86, V3 | {"avx512f"}, ["x86-64-v3", "x86-64-v2", "x86-64"]),
        (ARM, frozenset({"asimd"}), ["aarch64"]),
        ("riscv64", frozenset(), ["riscv64"]),
    ],
)
def test_a_processor_is_given_the_highest_level_that_it_can_run(
    architecture: str, features: frozenset[str], names: list[str]
) -> None:
    assert [level.name for level in levels(architecture, features)] == names


def test_llvm_agrees_about_what_this_processor_can_do() -> None:
    import llvmlite.binding as llvm

    there = frozenset(name for name, there in llvm.get_host_cpu_features().items() if there)
    assert [level.name for level in levels(having=there)] == [level.name for level in levels()]


def test_the_sound_is_named_by_its_arithmetic_and_not_by_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = set[str]()
    for level in levels():
        monkeypatch.setattr(machine, "levels", lambda level=level: (level,))
        monkeypatch.setattr(machine, "processor_name", lambda level=level: level.name)
        names.add(machine.sound_name())
        assert machine.runnable(machine.sound_name()) == level.arithmetic
        assert machine.runnable("0123456789abcdef-fused") is None
    assert len(names) == len({level.arithmetic for level in levels()})


def test_an_arithmetic_that_this_processor_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lowest = tuple(level for level in LEVELS if level.name == "x86-64-v2")
    monkeypatch.setattr(machine, "levels", lambda: lowest)
    with pytest.raises(ValueError, match="cannot make the sound of the arithmetic 'fused'"):
        machine.load_machine_code(48_000, arithmetic=FUSED)


TEXT = """
define <8 x float> @f(<8 x float> %a, <8 x float> %b, <8 x float> %c) {
  %p = fmul contract <8 x float> %a, splat (float 2.0)
  %q = fmul contract <8 x float> %b, %c
  %twice = fmul contract <8 x float> %q, %q
  %x = fadd contract <8 x float> %c, %p
  %y = fsub contract <8 x float> %x, %twice
  %z = fdiv contract <8 x float> %y, %q
  ret <8 x float> %z
}
"""


def test_products_and_sums_are_fused_where_the_product_is_needed_nowhere_else() -> None:
    text = fusion.fused(TEXT)
    assert "contract" not in text
    calls = [line.strip() for line in text.splitlines() if "= call" in line]
    lanes = "<8 x float>"
    assert calls == [
        f"%x = call {lanes} @llvm.fma.v8f32({lanes} %a, {lanes} splat (float 2.0), {lanes} %c)",
        f'%y = call {lanes} @llvm.fma.v8f32({lanes} %"y.less", {lanes} %q, {lanes} %x)',
    ]
    assert fusion.plain(TEXT) == TEXT.replace(" contract", "")


def test_what_is_fused_is_what_was_written() -> None:
    """The fused function against its formula in exact arithmetic, rounded where an fma rounds."""
    import llvmlite.binding as llvm

    level = levels()[0]
    if level.arithmetic != FUSED:
        pytest.skip("this processor has no fused multiplication and addition")
    wrapped = fusion.fused(TEXT) + (
        "define void @g(ptr %a, ptr %b, ptr %c, ptr %o) {\n"
        + "".join(f"  %{n}v = load <8 x float>, ptr %{n}, align 4\n" for n in "abc")
        + "  %r = call <8 x float> @f(<8 x float> %av, <8 x float> %bv, <8 x float> %cv)\n"
        "  store <8 x float> %r, ptr %o, align 4\n  ret void\n}\n"
    )
    module = llvm.parse_assembly(wrapped)
    engine = llvm.create_mcjit_compiler(module, compiler.target_machine(level, llvm.get_process_triple()))
    engine.finalize_object()
    a, b, c = np.random.default_rng(1).uniform(0.5, 2.0, (3, 8)).astype(np.float32)
    out = np.empty(8, np.float32)
    pointer = ctypes.c_void_p
    function = ctypes.CFUNCTYPE(None, *[pointer] * 4)(engine.get_function_address("g"))
    function(*(array.ctypes.data for array in (a, b, c, out)))
    # A product of two float32 is exact in float64; the sums here are rounded twice at the rarest.
    q = b * c
    x = (a.astype(np.float64) * 2.0 + c).astype(np.float32)
    y = (x - q.astype(np.float64) * q).astype(np.float32)
    assert np.array_equal(out, y / q)


def played(synth: native.Synth) -> npt.NDArray[np.float32]:
    """Every instrument, twice, through every effect."""
    synth.push([command.ramp(Ramp(name, "level_db", -12.0, 0.0)) for name in INSTRUMENTS])
    sends = ("reverb", "chorus", "echo")
    synth.push([command.ramp(Ramp(name, send, 0.5, 0.0)) for name in INSTRUMENTS for send in sends])
    notes = [
        Note(k / 12 + again, 1.0, name, 48.0 + 5 * (k % 5) + 7 * again)
        for again in (0, 1) for k, name in enumerate(INSTRUMENTS)
    ]  # fmt: skip
    synth.push([command.note(note) for note in notes])
    out = np.zeros((SECONDS * 48_000, 2), np.float32)
    synth.render(out)
    return out


@cache
def object_code(level: Level) -> bytes:
    """What that level's processors are given."""
    return compiler.object_code(machine.neutral_ir(), level, level.triple)


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_no_processor_needs_the_c_library_for_what_it_lacks(level: Level) -> None:
    allowed = compiler.ALLOWED_OUTSIDE | {compiler.OFFSET_TABLE}
    assert compiler.undefined_symbols(object_code(level)) <= allowed


@pytest.fixture(scope="module")
def rendered() -> Callable[[Level], npt.NDArray[np.float32]]:
    """What a level's machine code plays on this machine."""
    state = machine.load_machine_code(48_000).first_state

    def render(level: Level) -> npt.NDArray[np.float32]:
        entry_points, keeper = machine.link_in_process(object_code(level))
        with pytest.MonkeyPatch.context() as patch:
            made = machine.MachineCode(entry_points, state, keeper)
            patch.setattr(native, "load_machine_code", lambda *_, **__: made)
            return played(native.Synth(48_000, 3))

    return render


def test_every_level_of_an_arithmetic_plays_the_same_bits(
    rendered: Callable[[Level], npt.NDArray[np.float32]],
) -> None:
    first: dict[str, npt.NDArray[np.float32]] = {}
    for level in levels()[:3]:  # the two highest of the first arithmetic, and one of the other
        sound = rendered(level)
        assert np.abs(sound).max() > 0.01
        same = first.setdefault(level.arithmetic, sound)
        assert np.array_equal(sound.view(np.uint32), same.view(np.uint32)), level.name
    if len(first) == 2:
        # Two roundings for one: 100 dB under the music.
        apart = np.abs(first[FUSED] - first[PLAIN]).max()
        assert 0.0 < apart < 1e-3
