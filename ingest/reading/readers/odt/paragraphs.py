"""Text of one paragraph of an OpenDocument text as it is printed, and what hangs on it: notes, drawings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.readers.hidden.hidden_words import HiddenWords
from pincite.ingestion.reading.readers.inline_text import InlineText
from pincite.ingestion.reading.readers.odt.formulas import formula_text
from pincite.ingestion.reading.readers.odt.styles import Styles
from pincite.ingestion.reading.readers.odt.visibility import Look, Visibility

MAX_SPACES = 255  # in a row
_SPACE = re.compile(r"[ \t\r\n]+")
_UNSEEN = ("text:number", "text:script", "office:event-listeners", "office:annotation-end", "office:forms")


@dataclass(slots=True)
class ParagraphText:
    """Text that grows."""

    inline: InlineText
    drawings: list[Element] = field(default_factory=list)
    is_hidden: bool = False


class ParagraphReader:
    """Reader of paragraphs, in their order. A note has the mark that is printed, in brackets."""

    def __init__(
        self,
        styles: Styles,
        visibility: Visibility,
        formula_of: Callable[[Element], Element | None],
        left_out: Counter[str],
        hidden: HiddenWords,
    ) -> None:
        """formula_of: gives the tree of the formula that an object is.

        left_out, hidden: where to count what is no text, by what it is, and the words that are hidden.
        """
        self.languages: Counter[str] = Counter()  # characters by the language that is stated of them, "" for none
        self.comments: list[str] = []
        self._styles = styles
        self._visibility = visibility
        self._hidden = hidden
        self._formula_of = formula_of
        self._left_out = left_out
        self._note_count = 0
        self._pending: list[tuple[str, Element]] = []

    def read(self, paragraph: Element, keeps_lines: bool) -> ParagraphText:
        """Read a paragraph. keeps_lines: whether it is a line of code."""
        to = ParagraphText(InlineText(keeps_lines=keeps_lines))
        style = paragraph.get("style-name", "")
        language = self._styles.language_of("paragraph", style) or ""
        raised = self._styles.raised("paragraph", style)
        if raised:
            to.inline.start(raised)
        self._hidden.end_word()
        self._add_children(paragraph, to, self._visibility.of_paragraph(style), language)
        if raised:
            to.inline.end(raised)
        return to

    def take_notes(self) -> Iterator[tuple[str, Element]]:
        """Yield mark and content of each note that was referred to since the last call, and of notes within these."""
        while self._pending:
            yield self._pending.pop(0)

    def _add_children(self, element: Element, to: ParagraphText, look: Look, language: str) -> None:
        self._write(element.text, to, look, language)
        for child in element:
            self._add(child, to, look, language)
            self._write(child.tail, to, look, language)

    def _add(self, child: Element, to: ParagraphText, look: Look, language: str) -> None:
        match child.tag:
            case "text:span" | "text:a":
                self._add_span(child, to, look, language)
            case "text:s" | "text:tab" | "text:line-break" if look.is_hidden:
                self._hidden.end_word()
            case "text:s" | "text:tab" | "text:line-break":
                self._hidden.end_word()
                to.inline.write(_white_space(child))
            case "text:note" if not look.is_hidden:
                self._add_note(child, to)
            case "office:annotation":
                self.comments.append(" ".join(one_line("".join(p.itertext())) for p in child.iter("text:p")))
            case "text:hidden-paragraph":
                to.is_hidden = to.is_hidden or child.get("is-hidden") == "true"
            case "text:hidden-text" if child.get("is-hidden") == "true":
                self._hidden.add("".join(child.itertext()) or child.get("string-value"))
            case "text:placeholder":
                self._left_out["prompts of fields that are not filled in"] += 1
            case "text:ruby-text":
                self._write("(", to, look, language)
                self._add_children(child, to, look, language)
                self._write(")", to, look, language)
            case "text:note":
                self.hide_all(child)
            case tag if tag in _UNSEEN:
                pass
            case tag if tag.startswith("draw:"):
                self._add_drawing(child, to, look, language)
            case _:
                self._add_children(child, to, look, language)

    def _add_span(self, span: Element, to: ParagraphText, look: Look, language: str) -> None:
        style = span.get("style-name", "")
        raised = self._styles.raised("text", style)
        if raised:
            to.inline.start(raised)
        self._add_children(
            span,
            to,
            self._visibility.of_span(style, look),
            self._styles.language_of("text", style) or language,
        )
        if raised:
            to.inline.end(raised)

    def hide_all(self, element: Element) -> None:
        """Count the words that an element would show, in its paragraphs and in what hangs on them."""
        if element.tag in ("text:p", "text:h", "text:s", "text:tab", "text:line-break"):
            self._hidden.end_word()
        self._hidden.add(element.text)
        for child in element:
            self.hide_all(child)
            self._hidden.add(child.tail)

    def _add_note(self, note: Element, to: ParagraphText) -> None:
        self._note_count += 1
        citation, body = note.find("text:note-citation"), note.find("text:note-body")
        shown = "" if citation is None else one_line(citation.get("label") or "".join(citation.itertext()))
        mark = f"[{shown or self._note_count}]"
        if body is not None:
            to.inline.write(mark)
            self._pending.append((mark, body))

    def _add_drawing(self, drawing: Element, to: ParagraphText, look: Look, language: str) -> None:
        embedded = drawing.find("draw:object")
        formula = None if embedded is None else self._formula_of(embedded)
        if formula is not None:
            self._write(formula_text(formula), to, look, language)
        elif look.is_hidden:
            self.hide_all(drawing)
        else:
            to.drawings.append(drawing)

    def _write(self, text: str | None, to: ParagraphText, look: Look, language: str) -> None:
        if not text:
            return
        if not look.is_seen:
            self._hidden.add(text)
            return
        self._hidden.end_word()
        self.languages[language] += len(text)
        to.inline.write(_SPACE.sub(" ", text))


def _white_space(element: Element) -> str:
    if element.tag == "text:s":
        count = element.get("c", "1")
        return " " * (min(int(count), MAX_SPACES) if re.fullmatch("[0-9]{1,9}", count) else 1)
    return "\t" if element.tag == "text:tab" else "\n"
