"""Text of one block as a reader of the rendered page sees it: raised figures stay raised, line breaks part words."""

from __future__ import annotations

import re

_HIDDEN_TAGS = ("script", "style", "template", "head", "noscript")
_RAISED = {
    "sup": str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ"),
    "sub": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}
_FIGURES = re.compile(r"[0-9+−=()-]*[0-9][0-9+−=()-]*|[+−-]|(?<=.)[ni]")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|e|ème|o|a|TM|SM|®|©|™)\.?", re.IGNORECASE)
_FRACTION = re.compile(r"([⁰¹²³⁴-⁹]+)\s*[/⁄]\s*([₀-₉]+)$")
_MAX_FRACTION_CHARACTERS = 40  # with the figure before it
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")


class InlineText:
    """Text of one block, written piece by piece. Tags come by their names in lower case."""

    def __init__(self, keeps_lines: bool = False) -> None:
        """keeps_lines: whether line ends and runs of spaces are part of the text, as in code."""
        self.keeps_lines = keeps_lines
        self._pieces: list[str] = []
        self._raised_from: list[tuple[str, int]] = []  # open sup and sub, and their first piece
        self._hidden_depth = 0

    def write(self, text: str) -> None:
        """Add text, unless it is hidden."""
        if text and not self._hidden_depth:
            self._pieces.append(text)

    def start(self, tag: str) -> None:
        """Open an element."""
        if tag == "br":
            self.write("\n")
        elif tag in _HIDDEN_TAGS:
            self._hidden_depth += 1
        elif tag in _RAISED:
            self._raised_from.append((tag, len(self._pieces)))

    def end(self, tag: str) -> None:
        """Close an element. One that was not opened is nothing."""
        if tag in _HIDDEN_TAGS and self._hidden_depth:
            self._hidden_depth -= 1
        elif self._raised_from and self._raised_from[-1][0] == tag:
            _, at = self._raised_from.pop()
            raised = _raise(tag, "".join(self._pieces[at:]), "".join(self._pieces[max(0, at - 1) : at]))
            del self._pieces[at:]
            self.write(raised)
            if tag == "sub":
                self._mend_fraction()

    def _mend_fraction(self) -> None:
        """Write a fraction at the end plainly. Only the end is looked at, so that many take no longer each."""
        end = ""
        while self._pieces and len(end) < _MAX_FRACTION_CHARACTERS:
            end = self._pieces.pop() + end
        before, end = end[:-_MAX_FRACTION_CHARACTERS], _with_plain_fraction(end[-_MAX_FRACTION_CHARACTERS:])
        self._pieces += filter(None, (before, end))

    def ends_with_word(self) -> bool:
        """Return whether what would be written next would run into a word."""
        return bool(self._pieces) and not self._pieces[-1][-1].isspace() and self._pieces[-1][-1] not in "([{"

    def text(self) -> str:
        """Return the text: on one line with single spaces, unless lines are kept."""
        text = "".join(self._pieces)
        return text if self.keeps_lines else " ".join(text.split())


def _raise(tag: str, text: str, before: str) -> str:
    """Write raised or lowered text so that it does not run into what stands before it."""
    stripped = text.strip()
    if _FIGURES.fullmatch(stripped):
        return stripped.translate(_RAISED[tag])
    if tag == "sub" or not stripped or not before[-1:].isalnum() or _ORDINAL.fullmatch(stripped) or stripped[0] == "[":
        return text
    if all(c in "0123456789,;–- " for c in stripped):  # several marks of notes
        return f"[{stripped}]"
    return f"^{stripped}" if stripped.isalnum() else f"^({stripped})"


def _with_plain_fraction(text: str) -> str:
    """Write a fraction of a raised and a lowered figure at the end of a text as "1/2", apart from a whole number."""
    match = _FRACTION.search(text)
    if not match:
        return text
    before = text[: match.start()]
    gap = " " if before[-1:].isdigit() else ""
    return f"{before}{gap}{match[1].translate(_PLAIN)}/{match[2].translate(_PLAIN)}"
