"""Equations of a Word document as one line of text: "A=πr²", "(a+b)/c", "∑_(n=1)^∞ x_n"."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pincite.ingestion.reading.readers.package.formula_signs import RAISED, grouped, script
from pincite.ingestion.reading.readers.package.xml_tree import descend

_PROPERTIES = "Pr"  # the end of the names of elements that hold no text


def equation_text(element: Element) -> str:
    """Return an equation, or a part of one, as text."""
    match element.tag.removeprefix("m:"):
        case "t" | "w:t":
            return element.text or ""
        case "f":
            return _fraction(element)
        case "sSup" | "sSub" | "sSubSup" | "sPre":
            return grouped(_piece(element, "e")) + _scripts(element)
        case "nary":
            sign = _character(element, "nary", "chr", "∫")
            return f"{sign}{_scripts(element)} {_piece(element, 'e')}"
        case "d":
            begin, end = _character(element, "d", "begChr", "("), _character(element, "d", "endChr", ")")
            separator = _character(element, "d", "sepChr", "|")
            return begin + separator.join(equation_text(e).strip() for e in element.findall("m:e")) + end
        case "rad":
            return f"{_piece(element, 'deg').translate(RAISED)}√({_piece(element, 'e')})"
        case "func":
            return f" {_piece(element, 'fName')} {_piece(element, 'e')}"
        case "limLow":
            return _piece(element, "e") + script("_", _piece(element, "lim"))
        case "limUpp":
            return _piece(element, "e") + script("^", _piece(element, "lim"))
        case "acc":
            return _piece(element, "e") + _character(element, "acc", "chr", "\u0302")
        case "m":
            return "[" + "; ".join(", ".join(map(equation_text, row)) for row in element.findall("m:mr")) + "]"
        case "eqArr":
            return "; ".join(map(equation_text, element.findall("m:e")))
        case name if name.endswith(_PROPERTIES) or name in ("w:del", "w:moveFrom"):
            return ""
        case "oMathPara":
            return "; ".join(filter(None, map(equation_text, element)))
        case _:
            return "".join(map(equation_text, element))


def _fraction(element: Element) -> str:
    numerator, denominator = _piece(element, "num"), _piece(element, "den")
    if _character(element, "f", "type", "bar") == "noBar":
        return f"({numerator}¦{denominator})"
    return f"{grouped(numerator)}/{grouped(denominator)}"


def _piece(element: Element, name: str) -> str:
    child = element.find(f"m:{name}")
    return "" if child is None else equation_text(child).strip()


def _scripts(element: Element) -> str:
    return script("_", _piece(element, "sub")) + script("^", _piece(element, "sup"))


def _character(element: Element, owner: str, name: str, default: str) -> str:
    """Return the character that an element's properties state; one that is stated as empty is none."""
    stated = descend(element, f"m:{owner}Pr", f"m:{name}")
    return default if stated is None else stated.get("val", "")
