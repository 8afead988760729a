"""Signs of formulas that are written on one line: scripts and brackets."""

from __future__ import annotations

RAISED = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")


def script(sign: str, text: str) -> str:
    """Write what stands above ("^") or below ("_") the line; whole numbers in raised or lowered figures."""
    if not text:
        return ""
    if all(c in "0123456789+-−" for c in text):
        return text.translate(RAISED if sign == "^" else LOWERED)
    return sign + grouped(text)


def grouped(text: str) -> str:
    """Put what is more than one number or name in brackets."""
    is_one = text.isalpha() or text.isdigit() or (text[:1] == "(" and text.find(")") == len(text) - 1)
    return text if is_one or not text else f"({text})"
