"""Foreign: C functions that are called by their addresses, and memory that they have handed over.

An address is a number that comes at run time, so nothing of another library is part of the machine code, and
what it was compiled for runs where that library is missing.
"""

# pyright: basic

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending
from numba.core import types

intrinsic: Any = extending.intrinsic
"""Untyped, since kernels call an intrinsic without the typing context that defines it."""

_I32, _I64 = ir.IntType(32), ir.IntType(64)


def _foreign(result: Any, takes: tuple[Any, ...]) -> Any:
    """An intrinsic (address, ...): calls the C function at an address."""
    kinds = {types.int32: _I32, types.int64: _I64}

    def typed(*arguments):
        def generate(context, builder, sig, args):
            form = ir.FunctionType(kinds[result], [kinds[each] for each in takes])
            function = builder.inttoptr(args[0], ir.PointerType(form))
            return builder.call(function, args[1:])

        return result(types.int64, *takes), generate

    if len(takes) == 1:
        return intrinsic(lambda typing_context, address, a: typed())
    if len(takes) == 2:
        return intrinsic(lambda typing_context, address, a, b: typed())
    return intrinsic(lambda typing_context, address, a, b, c: typed())


buffer_of = _foreign(types.int64, (types.int64, types.int32))
events_in = _foreign(types.int32, (types.int64,))
take_event = _foreign(types.int32, (types.int64, types.int64, types.int32))
clear_events = _foreign(types.int32, (types.int64,))
room_for = _foreign(types.int64, (types.int64, types.int32, types.int64))


@intrinsic
def byte_at(typing_context, address):
    """The byte at an address, 0 to 255."""

    def generate(context, builder, sig, args):
        byte = ir.IntType(8)
        return builder.zext(builder.load(builder.inttoptr(args[0], ir.PointerType(byte)), typ=byte), _I64)

    return types.int64(types.int64), generate


@intrinsic
def put_byte(typing_context, address, value):
    """Write the byte at an address."""

    def generate(context, builder, sig, args):
        byte = ir.IntType(8)
        place = builder.inttoptr(args[0], ir.PointerType(byte))
        builder.store(builder.trunc(args[1], byte), place)
        return context.get_dummy_value()

    return types.none(types.int64, types.int64), generate


@intrinsic
def floats_at(typing_context, address):
    """Pointer to the float32 numbers at an address."""

    def generate(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(types.float32)(types.int64), generate
