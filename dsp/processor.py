"""What only the processor can do: atomic loads and stores, its cycle counter, flushing denormals.

Each is one or two machine instructions; none calls the operating system.
"""

# pyright: basic

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending
from numba.core import types

from dsp.levels import ARM, X86, architecture

intrinsic: Any = extending.intrinsic
"""Untyped, since kernels call an intrinsic without the typing context that defines it."""

_I32 = ir.IntType(32)
_I64 = ir.IntType(64)
_BYTES = ir.PointerType(ir.IntType(8))

NEUTRAL = "neutral"
"""Code for no architecture: what needs one is declared, for `functions_for` to define."""


class Target:
    """For which architecture kernels are written: this machine's, unless dsp.front asks for neutral ones."""

    architecture = architecture()


target = Target()

_MXCSR_FLUSH_AND_DENORMALS_ARE_ZERO = 0x8040
_FPCR_FLUSH_TO_ZERO = 1 << 24


@intrinsic
def load_acquire(typing_context, pointer):
    """Read an int64 so that nothing after this line can be seen to happen before it."""

    def generate(context, builder, sig, args):
        return builder.load_atomic(args[0], ordering="acquire", align=8, typ=_I64)

    return types.int64(types.CPointer(types.int64)), generate


@intrinsic
def store_release(typing_context, pointer, value):
    """Write an int64 so that nothing before this line can be seen to happen after it."""

    def generate(context, builder, sig, args):
        builder.store_atomic(args[1], args[0], ordering="release", align=8)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.int64), types.int64), generate


@intrinsic
def compare_exchange(typing_context, pointer, expected, new):
    """Write `new` where the int64 is `expected`, in one step that nothing passes; True if it was."""

    def generate(context, builder, sig, args):
        outcome = builder.cmpxchg(args[0], args[1], args[2], ordering="acq_rel", failordering="acquire")
        return builder.extract_value(outcome, 1)

    return types.boolean(types.CPointer(types.int64), types.int64, types.int64), generate


@intrinsic
def word_at(typing_context, address):
    """Pointer to the int64 at an address, for the atomics above."""

    def generate(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(types.int64)(types.int64), generate


@intrinsic
def address_of(typing_context, array):
    """Pointer to an int64 array's first element, for the atomics above."""

    def generate(context, builder, sig, args):
        return context.make_array(sig.args[0])(context, builder, args[0]).data

    return types.CPointer(types.int64)(array), generate


def _call(builder, name, result, argument_types, arguments):
    function = builder.module.globals.get(name) or ir.Function(
        builder.module, ir.FunctionType(result, argument_types), name
    )
    return builder.call(function, arguments)


def _count_cycles(builder, architecture):
    if architecture == X86:
        return _call(builder, "llvm.readcyclecounter", _I64, [], [])
    if architecture == ARM:
        return _call(builder, "llvm.readsteadycounter", _I64, [], [])
    return ir.Constant(_I64, 0)


def _flush(builder, architecture):
    if architecture == X86:
        word = builder.alloca(_I32)
        pointer = builder.bitcast(word, _BYTES)
        _call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), [_BYTES], [pointer])
        before = builder.load(word, typ=_I32)
        builder.store(builder.or_(before, ir.Constant(_I32, _MXCSR_FLUSH_AND_DENORMALS_ARE_ZERO)), word)
        _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), [_BYTES], [pointer])
        return builder.zext(before, _I64)
    if architecture == ARM:
        before = _call(builder, "llvm.aarch64.get.fpcr", _I64, [], [])
        after = builder.or_(before, ir.Constant(_I64, _FPCR_FLUSH_TO_ZERO))
        _call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), [_I64], [after])
        return before
    return ir.Constant(_I64, 0)


def _restore(builder, architecture, before):
    if architecture == X86:
        word = builder.alloca(_I32)
        builder.store(builder.trunc(before, _I32), word)
        _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), [_BYTES], [builder.bitcast(word, _BYTES)])
    elif architecture == ARM:
        _call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), [_I64], [before])


_FUNCTIONS = {
    "calando_count_cycles": (_count_cycles, _I64, ()),
    "calando_flush": (_flush, _I64, ()),
    "calando_restore": (_restore, ir.VoidType(), (_I64,)),
}
"""What each architecture has other instructions for: how its body is written, what it returns and takes."""


def _own(builder, name, arguments):
    """Call one of _FUNCTIONS, which is defined where it is first used, or in neutral code declared only."""
    module = builder.module
    function = module.globals.get(name) or _defined(module, name, target.architecture)
    return builder.call(function, arguments)


def _defined(module, name, architecture):
    write, result, takes = _FUNCTIONS[name]
    function = ir.Function(module, ir.FunctionType(result, takes), name)
    if architecture != NEUTRAL:
        function.linkage = "linkonce_odr"
        function.attributes.add("alwaysinline")
        inside = ir.IRBuilder(function.append_basic_block())
        returned = write(inside, architecture, *function.args)
        inside.ret_void() if returned is None else inside.ret(returned)
    return function


def functions_for(architecture: str) -> str:
    """A module of LLVM IR that defines, for an architecture, all that neutral code only declares."""
    module = ir.Module()
    for name in _FUNCTIONS:
        _defined(module, name, architecture)
    return str(module)


def declared() -> tuple[str, ...]:
    """What neutral code leaves to `functions_for`."""
    return tuple(_FUNCTIONS)


@intrinsic
def cycle_count(typing_context):
    """A counter that runs at a constant rate: the time-stamp counter on x86, cntvct on ARM, else 0."""

    def generate(context, builder, sig, args):
        return _own(builder, "calando_count_cycles", [])

    return types.int64(), generate


@intrinsic
def flush_denormals(typing_context):
    """Make tiny numbers zero from here on; returns the control word to give back afterwards.

    A denormal costs a hundred times an ordinary number, and decaying tails are full of them.
    """

    def generate(context, builder, sig, args):
        return _own(builder, "calando_flush", [])

    return types.int64(), generate


@intrinsic
def restore_denormals(typing_context, control_word):
    """Give the floating-point control word back as `flush_denormals` found it."""

    def generate(context, builder, sig, args):
        _own(builder, "calando_restore", [args[0]])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def record_at(typing_context, address, record_type):
    """The record that a `void *`, or an address, points to: how a callback finds its state."""
    record = record_type.dtype

    def generate(context, builder, sig, args):
        to = builder.inttoptr if isinstance(sig.args[0], types.Integer) else builder.bitcast
        return to(args[0], context.get_value_type(record))

    return record(address, record_type), generate


@intrinsic
def part_of(typing_context, record, offset, part_type):
    """The record of type `part_type` that begins `offset` bytes into another one."""
    part = part_type.dtype

    def generate(context, builder, sig, args):
        begin = builder.gep(builder.bitcast(args[0], _BYTES), [args[1]])
        return builder.bitcast(begin, context.get_value_type(part))

    return part(record, types.int64, part_type), generate
