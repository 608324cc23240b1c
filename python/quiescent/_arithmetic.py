"""Arithmetic in texts: numbers, pi, `+ - * / **` and parentheses, and nothing else."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

__all__ = ["evaluate"]

#: Longest expression, in characters.
LONGEST = 1000
#: Whole numbers up to here are exact in double precision; longer ones become decimal.
EXACT = 2**53
OPERATIONS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def evaluate(text: str) -> int | float:
    """Return the value of an expression, as Python has it.

    Raises
    ------
    ValueError
        If the text is anything else than arithmetic, or its value is not a finite number.
    """
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    text = text.strip()
    try:
        expression = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        raise ValueError("it is not an arithmetic expression") from None
    except (RecursionError, MemoryError):
        raise ValueError("it is nested too deeply") from None
    try:
        return _value(expression, text)
    except ZeroDivisionError:
        raise ValueError("division by zero") from None
    except OverflowError:
        raise ValueError("the result is not a finite number") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _value(node: ast.AST, text: str) -> int | float:
    value: object = None
    match node:
        case ast.Constant(value=int() | float() as found) if not isinstance(found, bool):
            value = found
        case ast.Name(id="pi"):
            value = math.pi
        case ast.UnaryOp(op=sign, operand=of) if type(sign) in OPERATIONS:
            value = OPERATIONS[type(sign)](_value(of, text))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            value = _power(_value(left, text), _value(right, text))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATIONS:
            value = OPERATIONS[type(sign)](_value(left, text), _value(right, text))
        case _:
            raise ValueError(
                f"`{ast.get_source_segment(text, node)}` cannot stand here; numbers, pi, + - * / "
                "** and parentheses are read, no functions and no other names"
            )
    if isinstance(value, int) and abs(value) < EXACT:
        return value
    # A negative number to a broken power is complex.
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("the result is not a finite number")
    return float(value)


def _power(base: float, exponent: float) -> object:
    # In double precision at first: a power of whole numbers may have any number of digits.
    value = float(base) ** exponent
    whole = isinstance(base, int) and isinstance(exponent, int) and exponent >= 0
    return base**exponent if whole and abs(value) < EXACT else value
