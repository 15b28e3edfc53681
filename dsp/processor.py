"""What only the processor can do: atomic loads and stores, its cycle counter, flushing denormals.

Each is one or two machine instructions; none calls the operating system.
"""

# pyright: basic

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba import extending
from numba.core import types

intrinsic: Any = extending.intrinsic
"""Untyped, since kernels call an intrinsic without the typing context that defines it."""

_I32 = ir.IntType(32)
_I64 = ir.IntType(64)
_BYTES = ir.PointerType(ir.IntType(8))
_X86 = platform.machine().lower() in ("x86_64", "amd64", "i686")
_ARM64 = platform.machine().lower() in ("arm64", "aarch64")

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


@intrinsic
def cycle_count(typing_context):
    """A counter that runs at a constant rate: the time-stamp counter on x86, cntvct on ARM, else 0."""

    def generate(context, builder, sig, args):
        if _X86:
            return _call(builder, "llvm.readcyclecounter", _I64, [], [])
        if _ARM64:
            return _call(builder, "llvm.readsteadycounter", _I64, [], [])
        return ir.Constant(_I64, 0)

    return types.int64(), generate


@intrinsic
def flush_denormals(typing_context):
    """Make tiny numbers zero from here on; returns the control word to give back afterwards.

    A denormal costs a hundred times an ordinary number, and decaying tails are full of them.
    """

    def generate(context, builder, sig, args):
        if _X86:
            word = builder.alloca(_I32)
            pointer = builder.bitcast(word, _BYTES)
            _call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), [_BYTES], [pointer])
            before = builder.load(word, typ=_I32)
            builder.store(builder.or_(before, ir.Constant(_I32, _MXCSR_FLUSH_AND_DENORMALS_ARE_ZERO)), word)
            _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), [_BYTES], [pointer])
            return builder.zext(before, _I64)
        if _ARM64:
            before = _call(builder, "llvm.aarch64.get.fpcr", _I64, [], [])
            after = builder.or_(before, ir.Constant(_I64, _FPCR_FLUSH_TO_ZERO))
            _call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), [_I64], [after])
            return before
        return ir.Constant(_I64, 0)

    return types.int64(), generate


@intrinsic
def restore_denormals(typing_context, control_word):
    """Give the floating-point control word back as `flush_denormals` found it."""

    def generate(context, builder, sig, args):
        if _X86:
            word = builder.alloca(_I32)
            builder.store(builder.trunc(args[0], _I32), word)
            pointer = builder.bitcast(word, _BYTES)
            _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), [_BYTES], [pointer])
        elif _ARM64:
            _call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), [_I64], [args[0]])
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
