"""Characters of symbol fonts, which have numbers of their own, as the characters that they look like."""

from __future__ import annotations

_SYMBOL = str.maketrans(
    "ABGDEZHQIKLMNXOPRSTUFCYWabgdezhqiklmnxoprstufcyw",
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψω",
)
_SYMBOL_SIGNS = {0xB7: "•", 0xB0: "°", 0xB1: "±", 0xA3: "≤", 0xB3: "≥", 0xB4: "×", 0xB9: "≠", 0xBB: "≈", 0xA5: "∞"}
_SYMBOL_ARROWS = {0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xDE: "⇒", 0xD2: "®", 0xD3: "©", 0xD4: "™"}
_WINGDINGS = {
    **{0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "□", 0x76: "❖", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢", 0x4A: "☺", 0x4C: "☹"},
    **{0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0x28: "☎"},
}


def symbol(font: str, code: str) -> str | None:
    """Return the character of a symbol font; None for one that is not known.

    code: four hexadecimal digits; symbol fonts begin at F000.
    """
    try:
        number = int(code, 16)
    except ValueError:
        return None
    if not 0xF000 <= number <= 0xF0FF:
        return chr(number) if 0x20 <= number < 0xD800 else None
    number -= 0xF000
    match font.lower():
        case "symbol":
            signs = {**_SYMBOL_SIGNS, **_SYMBOL_ARROWS}
            return signs.get(number) or (chr(number).translate(_SYMBOL) if 0x20 <= number < 0x7F else None)
        case "wingdings":
            return _WINGDINGS.get(number)
        case _:
            return None
