"""Where lanes meet: sums, transforms and transpositions of eight float32 lanes.

Everything in dsp.lanes keeps lanes apart; here they are added up, crossed and turned from voices side
by side into frames side by side. All of it is shuffles, without a detour through memory.
"""

# Numba's extension interface carries no types.
# pyright: basic

from __future__ import annotations

from llvmlite import ir
from numba.core import types

from dsp.lanes import (
    FLOAT_FLAGS,
    LLVM_F32X8,
    LLVM_I32,
    LLVM_I32X8,
    LLVM_I64,
    WIDTH,
    bool8,
    element_pointer,
    f32x8,
    greater,
    intrinsic,
)


def _shuffled(builder, vector, order):
    return builder.shuffle_vector(vector, vector, ir.Constant(LLVM_I32X8, list(order)))


def _fold(builder, vector, combine):
    for distance in (4, 2, 1):
        vector = combine(vector, _shuffled(builder, vector, [k ^ distance for k in range(WIDTH)]))
    return builder.extract_element(vector, ir.Constant(LLVM_I32, 0))


@intrinsic
def sum_of(typing_context, vector):
    """Sum of the eight lanes, in a fixed order (pairs four apart, two apart, one apart)."""

    def generate(context, builder, sig, args):
        return _fold(builder, args[0], lambda a, b: builder.fadd(a, b, flags=FLOAT_FLAGS))

    return types.float32(f32x8), generate


@intrinsic
def largest_of(typing_context, vector):
    """Largest of the eight lanes."""

    def generate(context, builder, sig, args):
        return _fold(builder, args[0], lambda a, b: greater(builder, a, b))

    return types.float32(f32x8), generate


@intrinsic
def any_of(typing_context, mask):
    """True where at least one lane of the mask holds."""

    def generate(context, builder, sig, args):
        bits = builder.bitcast(args[0], ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(WIDTH), 0))

    return types.boolean(bool8), generate


@intrinsic
def hadamard(typing_context, vector):
    """The 8-point Hadamard transform, unscaled: three butterflies of shuffles, signs and additions."""

    def generate(context, builder, sig, args):
        value = args[0]
        for distance in (1, 2, 4):
            partner = _shuffled(builder, value, [k ^ distance for k in range(WIDTH)])
            signs = ir.Constant(LLVM_F32X8, [-1.0 if k & distance else 1.0 for k in range(WIDTH)])
            value = builder.fadd(builder.fmul(value, signs, flags=FLOAT_FLAGS), partner, flags=FLOAT_FLAGS)
        return value

    return f32x8(f32x8), generate


def _load_row(builder, base, offset):
    pointer = builder.bitcast(builder.gep(base, [offset]), ir.PointerType(LLVM_F32X8))
    row = builder.load(pointer, typ=LLVM_F32X8)
    row.align = 4
    return row


def _crossed(builder, a, b, distance):
    """Exchange between two vectors the lanes that differ in one bit of their number: (low, high)."""
    low = [k + WIDTH - distance if k & distance else k for k in range(WIDTH)]
    high = [k + WIDTH if k & distance else k + distance for k in range(WIDTH)]
    return tuple(builder.shuffle_vector(a, b, ir.Constant(LLVM_I32X8, order)) for order in (low, high))


@intrinsic
def column_sums(typing_context, array, index):
    """Sums of eight consecutive vectors: lane k is the sum of the vector at `array[index + 8 k]`.

    Turns voices side by side into frames side by side with 21 instructions for eight frames. Lanes four
    apart meet first: begun with neighbours, LLVM would take it for horizontal additions, which cost
    three operations each.
    """

    def generate(context, builder, sig, args):
        base = element_pointer(context, builder, sig.args[0], args[0], args[1])
        rows = [_load_row(builder, base, ir.Constant(LLVM_I64, WIDTH * k)) for k in range(WIDTH)]
        for distance in (4, 2, 1):
            pairs = [_crossed(builder, rows[k], rows[k + distance], distance) for k in range(distance)]
            rows = [builder.fadd(low, high, flags=FLOAT_FLAGS) for low, high in pairs]
        return rows[0]

    return f32x8(array, types.intp), generate


@intrinsic
def transpose(typing_context, source, source_at, source_step, target, target_at, target_step):
    """Write the eight vectors at `source[source_at + k source_step]` as columns to `target`.

    Lane j of source vector k becomes lane k of target vector j: frames side by side become lines
    side by side, and back.
    """

    def generate(context, builder, sig, args):
        source_base = element_pointer(context, builder, sig.args[0], args[0], args[1])
        target_base = element_pointer(context, builder, sig.args[3], args[3], args[4])
        numbers = [ir.Constant(LLVM_I64, k) for k in range(WIDTH)]
        rows = [_load_row(builder, source_base, builder.mul(k, args[2])) for k in numbers]
        for distance in (1, 2, 4):
            for k in range(WIDTH):
                if not k & distance:
                    pair = _crossed(builder, rows[k], rows[k + distance], distance)
                    rows[k], rows[k + distance] = pair
        for k, row in zip(numbers, rows, strict=True):
            pointer = builder.gep(target_base, [builder.mul(k, args[5])])
            builder.store(row, builder.bitcast(pointer, ir.PointerType(LLVM_F32X8))).align = 4
        return context.get_dummy_value()

    return types.void(source, types.intp, types.intp, target, types.intp, types.intp), generate


@intrinsic
def interleave(typing_context, left, right, out, index):
    """Write eight frames of two channels to `out[2 index ...]`, left and right in turn."""

    def generate(context, builder, sig, args):
        for half in (0, WIDTH // 2):
            order = [k // 2 + half + (WIDTH if k % 2 else 0) for k in range(WIDTH)]
            mixed = builder.shuffle_vector(args[0], args[1], ir.Constant(LLVM_I32X8, order))
            at = builder.add(builder.mul(args[3], ir.Constant(LLVM_I64, 2)), ir.Constant(LLVM_I64, 2 * half))
            pointer = element_pointer(context, builder, sig.args[2], args[2], at)
            builder.store(mixed, builder.bitcast(pointer, ir.PointerType(LLVM_F32X8))).align = 4
        return context.get_dummy_value()

    return types.void(f32x8, f32x8, out, types.intp), generate
