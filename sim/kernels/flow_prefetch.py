"""Asking memory for what the next events will read, while the present one is still under way.

The records of the people in a region's network are twenty megabytes, beyond the caches that answer at once:
an event waited longer for its person's record than for anything else. A prefetch changes no value.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic

_READ, _KEEP, _DATA = 0, 3, 1  # arguments of LLVM's `llvm.prefetch`: for reading, in all caches, data


@intrinsic
def prefetch(typing_context: Any, array: Any, row: Any) -> Any:
    """Ask for the line of cache in which a row of an array begins; returns nothing, changes nothing.

    Args:
        typing_context: Given by the compiler.
        array: Any array.
        row: Index on its first axis; it has to exist.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer_type = ir.IntType(8).as_pointer()
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = cgutils.unpack_tuple(builder, made.strides)[0]
        index = context.cast(builder, arguments[1], signature.args[1], types.intp)
        first = builder.bitcast(made.data, pointer_type)
        place = builder.gep(first, [builder.mul(index, stride)])
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer_type, word, word, word])
        asked = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(asked, [place, word(_READ), word(_KEEP), word(_DATA)])
        return context.get_dummy_value()

    return types.none(array, row), generate


__all__ = ["prefetch"]
