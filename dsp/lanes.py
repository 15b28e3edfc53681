"""Eight float32 lanes as one Numba value: the vector that every kernel computes with.

A recursion (a filter, a phase) cannot be vectorised over time, so Calando computes eight voices at
once. These types make that certain instead of likely: an `f32x8` is an LLVM `<8 x float>`, which
becomes one AVX register, two NEON or two SSE registers, without help from the auto-vectoriser.

Inside compiled code, `f32x8` values take `+ - * /`, negation and comparisons with one another and
with numbers; `i32x8` take `+ - * & | ^ << >>`; comparisons give a `bool8` for `select`. Outside
compiled code these functions do nothing: they exist only in machine code.
"""

# Numba's extension interface carries no types.
# pyright: basic
# mypy: ignore-errors

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import extending
from numba.core import types
from numba.core.imputils import lower_builtin
from numba.core.typing import templates
from numba.core.typing.templates import AbstractTemplate, signature
from numba.extending import models, register_model

intrinsic: Any = extending.intrinsic
"""Untyped, since kernels call an intrinsic without the typing context that defines it."""

infer_global: Any = templates.infer_global

WIDTH = 8
"""Lanes in a vector: the float32 width of AVX2."""

FLOAT_FLAGS = ("contract",)
"""A product and a sum may be rounded once; dsp.fusion decides where. All else stays as written: reciprocals
or zeros without a sign would save nothing and leave more than one result."""

_F32 = ir.FloatType()
LLVM_I32 = ir.IntType(32)
LLVM_I64 = ir.IntType(64)
LLVM_F32X8 = ir.VectorType(_F32, WIDTH)
LLVM_I32X8 = ir.VectorType(LLVM_I32, WIDTH)
_B8 = ir.VectorType(ir.IntType(1), WIDTH)


class Lanes(types.Type):
    """Eight values of one machine type, side by side."""

    def __init__(self, name: str, llvm_type: ir.VectorType, scalar: types.Type) -> None:
        super().__init__(name=name)
        self.llvm_type = llvm_type
        self.scalar = scalar


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, lanes_type) -> None:
        super().__init__(manager, lanes_type, lanes_type.llvm_type)


f32x8 = Lanes("f32x8", LLVM_F32X8, types.float32)
i32x8 = Lanes("i32x8", LLVM_I32X8, types.int32)
bool8 = Lanes("bool8", _B8, types.boolean)


def _splat(builder, llvm_type, scalar):
    undefined = ir.Constant(llvm_type, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(LLVM_I32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(LLVM_I32X8, [0] * WIDTH))


def _as_lanes(builder, lanes_type, argument_type, value):
    return value if isinstance(argument_type, Lanes) else _splat(builder, lanes_type.llvm_type, value)


def _binary_operator(operation, lanes_type, result_type, emit) -> None:
    """Teach Numba `operation` (and `+=` for `+`) for two vectors, and for a vector with a number."""

    class Template(AbstractTemplate):
        def generic(self, args, kws):
            if kws or len(args) != 2 or lanes_type not in args:
                return None
            wanted = [a if a is lanes_type else lanes_type.scalar for a in args]
            if not all(a is lanes_type or isinstance(a, types.Number) for a in args):
                return None
            return signature(result_type, *wanted)

    in_place = getattr(operator, f"i{operation.__name__}", None)
    operations = [operation] if in_place is None else [operation, in_place]
    for taught in operations:
        infer_global(taught)(Template)

    def lower(context, builder, sig, args):
        a, b = (_as_lanes(builder, lanes_type, t, v) for t, v in zip(sig.args, args, strict=True))
        return emit(builder, a, b)

    for left, right in (
        (lanes_type, lanes_type),
        (lanes_type, lanes_type.scalar),
        (lanes_type.scalar, lanes_type),
    ):
        for taught in operations:
            lower_builtin(taught, left, right)(lower)


for _operation, _instruction in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
):
    _binary_operator(
        _operation, f32x8, f32x8,
        lambda builder, a, b, name=_instruction: getattr(builder, name)(a, b, flags=FLOAT_FLAGS),
    )
for _operation, _sign in (
    (operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="), (operator.eq, "=="),
):
    _binary_operator(
        _operation, f32x8, bool8, lambda builder, a, b, sign=_sign: builder.fcmp_ordered(sign, a, b)
    )
for _operation, _instruction in (
    (operator.add, "add"), (operator.sub, "sub"), (operator.mul, "mul"), (operator.and_, "and_"),
    (operator.or_, "or_"), (operator.xor, "xor"), (operator.lshift, "shl"), (operator.rshift, "lshr"),
):
    _binary_operator(
        _operation, i32x8, i32x8, lambda builder, a, b, name=_instruction: getattr(builder, name)(a, b)
    )
for _operation, _instruction in ((operator.and_, "and_"), (operator.or_, "or_")):
    _binary_operator(
        _operation, bool8, bool8, lambda builder, a, b, name=_instruction: getattr(builder, name)(a, b)
    )


@infer_global(operator.neg)
class _Negate(AbstractTemplate):
    def generic(self, args, kws):
        return signature(f32x8, f32x8) if args == (f32x8,) else None


@lower_builtin(operator.neg, f32x8)
def _lower_negate(context, builder, sig, args):
    return builder.fneg(args[0])


def _llvm_intrinsic(builder, name, arguments):
    """Call LLVM's `name.v8f32` on vectors: always a machine instruction on the targets we compile for."""
    function_type = ir.FunctionType(LLVM_F32X8, [LLVM_F32X8] * len(arguments))
    function = builder.module.globals.get(f"{name}.v8f32") or ir.Function(
        builder.module, function_type, f"{name}.v8f32"
    )
    return builder.call(function, arguments)


def _vector_function(name, argument_count):
    """An intrinsic of `argument_count` vectors or numbers that is one LLVM intrinsic."""

    def generate(context, builder, sig, args):
        lanes = [_as_lanes(builder, f32x8, t, v) for t, v in zip(sig.args, args, strict=True)]
        return _llvm_intrinsic(builder, name, lanes)

    def typed(arguments):
        if f32x8 not in arguments:
            return None
        return f32x8(*(a if a is f32x8 else types.float32 for a in arguments)), generate

    if argument_count == 1:
        return intrinsic(lambda typing_context, a: typed((a,)))
    return intrinsic(lambda typing_context, a, b: typed((a, b)))


absolute = _vector_function("llvm.fabs", 1)
square_root = _vector_function("llvm.sqrt", 1)
copysign = _vector_function("llvm.copysign", 2)


@intrinsic
def floor(typing_context, vector):
    """Largest whole number not above each lane, f32x8, for lanes within the int32 range.

    LLVM's own becomes eight calls of the C library on processors without SSE4.1.
    """

    def generate(context, builder, sig, args):
        toward_zero = builder.sitofp(builder.fptosi(args[0], LLVM_I32X8), LLVM_F32X8)
        above = builder.fcmp_ordered(">", toward_zero, args[0])
        one, zero = (ir.Constant(LLVM_F32X8, [number] * WIDTH) for number in (1.0, 0.0))
        return builder.fsub(toward_zero, builder.select(above, one, zero))

    return f32x8(f32x8), generate


def _lesser(builder, a, b):
    # A comparison and a selection are one instruction (minps) on x86; llvm.minnum is three, for NaN's sake.
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def greater(builder, a, b):
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _choice(emit):
    def typed(typing_context, a, b):
        def generate(context, builder, sig, args):
            lanes = [_as_lanes(builder, f32x8, t, v) for t, v in zip(sig.args, args, strict=True)]
            return emit(builder, *lanes)

        return f32x8(*(t if t is f32x8 else types.float32 for t in (a, b))), generate

    return intrinsic(typed)


minimum = _choice(_lesser)
maximum = _choice(greater)
"""Lane by lane; where a lane is not a number, the second argument."""


@intrinsic
def splat(typing_context, number):
    """The same number in all eight lanes, as f32x8."""

    def generate(context, builder, sig, args):
        return _splat(builder, LLVM_F32X8, args[0])

    return f32x8(types.float32), generate


@intrinsic
def splat_int(typing_context, number):
    """The same integer in all eight lanes, as i32x8."""

    def generate(context, builder, sig, args):
        return _splat(builder, LLVM_I32X8, args[0])

    return i32x8(types.int32), generate


@intrinsic
def select(typing_context, mask, chosen, otherwise):
    """Lane by lane, `chosen` where the mask holds and `otherwise` where it does not."""
    lanes_type = i32x8 if i32x8 in (chosen, otherwise) else f32x8

    def generate(context, builder, sig, args):
        a = _as_lanes(builder, lanes_type, sig.args[1], args[1])
        b = _as_lanes(builder, lanes_type, sig.args[2], args[2])
        return builder.select(args[0], a, b)

    wanted = [a if a is lanes_type else lanes_type.scalar for a in (chosen, otherwise)]
    return lanes_type(bool8, *wanted), generate


def element_pointer(context, builder, array_type, array, index):
    if isinstance(array_type, types.CPointer):
        data = array
    else:
        data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


@intrinsic
def is_negative(typing_context, vector):
    """Where the sign bit is set; a selection by it needs no comparison."""

    def generate(context, builder, sig, args):
        zero = ir.Constant(LLVM_I32X8, [0] * WIDTH)
        return builder.icmp_signed("<", builder.bitcast(args[0], LLVM_I32X8), zero)

    return bool8(f32x8), generate


@intrinsic
def with_sign_of(typing_context, magnitude, sign):
    """A vector of non-negative numbers, negated where `sign` is negative."""

    def generate(context, builder, sig, args):
        sign_bit = ir.Constant(LLVM_I32X8, [-(1 << 31)] * WIDTH)
        sign_bits = builder.and_(builder.bitcast(args[1], LLVM_I32X8), sign_bit)
        return builder.bitcast(builder.or_(builder.bitcast(args[0], LLVM_I32X8), sign_bits), LLVM_F32X8)

    return f32x8(f32x8, f32x8), generate


@intrinsic
def load(typing_context, array, index):
    """Eight consecutive float32 from `array[index]` on, as f32x8. `array`: 1-D array or pointer."""

    def generate(context, builder, sig, args):
        pointer = element_pointer(context, builder, sig.args[0], args[0], args[1])
        value = builder.load(builder.bitcast(pointer, ir.PointerType(LLVM_F32X8)), typ=LLVM_F32X8)
        value.align = 4
        return value

    return f32x8(array, types.intp), generate


@intrinsic
def store(typing_context, array, index, value):
    """Write eight lanes to `array[index]` and the seven that follow."""

    def generate(context, builder, sig, args):
        pointer = element_pointer(context, builder, sig.args[0], args[0], args[1])
        written = builder.store(args[2], builder.bitcast(pointer, ir.PointerType(LLVM_F32X8)))
        written.align = 4
        return context.get_dummy_value()

    return types.void(array, types.intp, f32x8), generate


@intrinsic
def load_int(typing_context, array, index):
    """Eight consecutive int32 from `array[index]` on, as i32x8."""

    def generate(context, builder, sig, args):
        pointer = element_pointer(context, builder, sig.args[0], args[0], args[1])
        value = builder.load(builder.bitcast(pointer, ir.PointerType(LLVM_I32X8)), typ=LLVM_I32X8)
        value.align = 4
        return value

    return i32x8(array, types.intp), generate


@intrinsic
def store_int(typing_context, array, index, value):
    """Write eight int32 lanes to `array[index]` and the seven that follow."""

    def generate(context, builder, sig, args):
        pointer = element_pointer(context, builder, sig.args[0], args[0], args[1])
        written = builder.store(args[2], builder.bitcast(pointer, ir.PointerType(LLVM_I32X8)))
        written.align = 4
        return context.get_dummy_value()

    return types.void(array, types.intp, i32x8), generate


@intrinsic
def gather(typing_context, array, indices):
    """`array[indices[k]]` for each lane k, as f32x8: eight delay lines read in one step."""

    def generate(context, builder, sig, args):
        value = ir.Constant(LLVM_F32X8, ir.Undefined)
        for k in range(WIDTH):
            lane_number = ir.Constant(LLVM_I32, k)
            index = builder.sext(builder.extract_element(args[1], lane_number), ir.IntType(64))
            pointer = element_pointer(context, builder, sig.args[0], args[0], index)
            value = builder.insert_element(value, builder.load(pointer, typ=_F32), lane_number)
        return value

    return f32x8(array, i32x8), generate


@intrinsic
def lane(typing_context, vector, index):
    """One lane of a vector as a number."""

    def generate(context, builder, sig, args):
        return builder.extract_element(args[0], builder.trunc(args[1], LLVM_I32))

    return vector.scalar(vector, types.int64), generate


@intrinsic
def to_int(typing_context, vector):
    """f32x8 to i32x8, toward zero. Lanes must lie within the int32 range."""

    def generate(context, builder, sig, args):
        return builder.fptosi(args[0], LLVM_I32X8)

    return i32x8(f32x8), generate


@intrinsic
def to_float(typing_context, vector):
    """i32x8 to f32x8, rounded to nearest."""

    def generate(context, builder, sig, args):
        return builder.sitofp(args[0], LLVM_F32X8)

    return f32x8(i32x8), generate


@intrinsic
def bits_as_float(typing_context, vector):
    """The same 32 bits a lane, read as float32."""

    def generate(context, builder, sig, args):
        return builder.bitcast(args[0], LLVM_F32X8)

    return f32x8(i32x8), generate


@intrinsic
def float_as_bits(typing_context, vector):
    """The same 32 bits a lane, read as int32."""

    def generate(context, builder, sig, args):
        return builder.bitcast(args[0], LLVM_I32X8)

    return i32x8(f32x8), generate
