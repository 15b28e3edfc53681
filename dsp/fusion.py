"""Fusion: where a product and a sum are rounded once, decided in the IR for every processor alike.

Left to itself LLVM contracts a product and a sum late, where it writes instructions, and each kind of
processor otherwise. Here every sum of eight lanes that may be contracted (dsp.lanes marks it), and one of
whose terms is a product needed nowhere else, becomes LLVM's `fma`, and no licence to contract is left. What
remains is IEEE 754's own operations, each with one result.

It works on the text of the module, after a light optimisation has brought products and sums together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

_LANES = "<8 x float>"
_FMA = "@llvm.fma.v8f32"
_DECLARED = f"declare {_LANES} {_FMA}({_LANES}, {_LANES}, {_LANES})\n"
_MARKED = re.compile(rf"^  (%\S+) = (fmul|fadd|fsub) contract {_LANES} (.*)$")
_VALUE = re.compile(r'%(?:"[^"]+"|[\w.$-]+)')
_LICENCE = re.compile(r"\b(fadd|fsub|fmul|fdiv|fneg) contract\b")


def plain(text: str) -> str:
    """The module with every operation rounded by itself."""
    return _LICENCE.sub(r"\1", text)


def fused(text: str) -> str:
    """The module with products and sums fused where they may be, and nowhere else."""
    lines: list[str] = []
    function: list[str] | None = None
    for line in text.split("\n"):
        if line.startswith("define"):
            function = []
        if function is None:
            lines.append(line)
            continue
        function.append(line)
        if line == "}":
            lines += _fused_function(function)
            function = None
    whole = plain("\n".join(lines))
    return whole if _DECLARED in whole else f"{whole}\n{_DECLARED}"


def _fused_function(lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    uses = Counter(name for line in lines for name in _VALUE.findall(line))
    marked = [found for line in lines if (found := _MARKED.match(line))]
    # A value stands once where it is made and once where it is used.
    products = {found[1]: _terms(found[3]) for found in marked if found[2] == "fmul" and uses[found[1]] == 2}
    for line in lines:
        found = _MARKED.match(line)
        if found is None or found[2] == "fmul":
            yield line
            continue
        name, kind = found[1], found[2]
        left, right = _terms(found[3])
        product = next((term for term in (left, right) if term in products), None)
        if product is None:
            yield line
            continue
        a, b = products[product]
        other = right if product == left else left
        if kind == "fsub":
            negated = _value(f"{name.strip('%').strip(chr(34))}.less")
            yield f"  {negated} = fneg {_LANES} {other if product == left else a}"
            a, other = (a, negated) if product == left else (negated, other)
        yield f"  {name} = call {_LANES} {_FMA}({_LANES} {a}, {_LANES} {b}, {_LANES} {other})"


def _value(name: str) -> str:
    return f'%"{name}"'


def _terms(text: str) -> tuple[str, str]:
    """The two operands of an operation; a constant vector has commas of its own."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "<([") - (sign in ">)]")
        if sign == "," and depth == 0:
            return text[:at], text[at + 2 :].split(", !")[0]
    raise ValueError(f"{text} does not hold two operands.")
