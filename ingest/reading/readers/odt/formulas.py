"""Formulas of an OpenDocument text (MathML) as one line of text: "A=πr²", "(a+b)/c"."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.formula_signs import RAISED, grouped, script

_TOKENS = ("mi", "mn", "mo", "mtext", "ms")
_UNSEEN = ("annotation", "annotation-xml", "mphantom")


def formula_text(element: Element) -> str:
    """Return a formula, or a part of one, as text."""
    pieces = [child for child in element if isinstance(child.tag, str)]
    match element.tag.removeprefix("math:"):
        case name if name in _TOKENS:
            return " ".join("".join(element.itertext()).split())
        case name if name in _UNSEEN:
            return ""
        case "mfrac" if len(pieces) == 2:
            return f"{grouped(formula_text(pieces[0]))}/{grouped(formula_text(pieces[1]))}"
        case "msup" | "mover" if len(pieces) == 2:
            return _base(pieces[0]) + script("^", formula_text(pieces[1]))
        case "msub" | "munder" if len(pieces) == 2:
            return _base(pieces[0]) + script("_", formula_text(pieces[1]))
        case "msubsup" | "munderover" if len(pieces) == 3:
            below, above = map(formula_text, pieces[1:])
            return _base(pieces[0]) + script("_", below) + script("^", above)
        case "msqrt":
            return f"√({''.join(map(formula_text, pieces))})"
        case "mroot" if len(pieces) == 2:
            return f"{formula_text(pieces[1]).translate(RAISED)}√({formula_text(pieces[0])})"
        case "mtable":
            return "[" + "; ".join(formula_text(row) for row in pieces) + "]"
        case "mtr":
            return ", ".join(map(formula_text, pieces))
        case "mspace":
            return " "
        case _:
            return "".join(map(formula_text, pieces))


def _base(element: Element) -> str:
    """Return what scripts stand at; more than one sign, number or name in brackets."""
    text = formula_text(element)
    return text if len(text) == 1 else grouped(text)
