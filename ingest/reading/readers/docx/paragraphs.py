"""Text of one paragraph of a Word document as it is printed, and what hangs on it: notes, text boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from pincite.ingestion.reading.decode import one_line
from pincite.ingestion.reading.readers.docx.equations import equation_text
from pincite.ingestion.reading.readers.docx.note_marks import NoteMarks
from pincite.ingestion.reading.readers.docx.styles import Styles, child_value, is_on
from pincite.ingestion.reading.readers.docx.symbols import symbol
from pincite.ingestion.reading.readers.docx.tree_walk import complete_fields, shown_children, shown_version
from pincite.ingestion.reading.readers.docx.visibility import Visibility
from pincite.ingestion.reading.readers.hidden.hidden_words import HiddenWords
from pincite.ingestion.reading.readers.inline_text import InlineText
from pincite.ingestion.reading.readers.package.xml_tree import descend

_RAISED_TAGS = {"superscript": "sup", "subscript": "sub"}
_CHARACTERS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "‑"}
_DRAWINGS = ("w:drawing", "w:pict", "w:object")
_PLACED = ("wp:anchor", "v:shape", "v:rect", "v:roundrect")


@dataclass(slots=True)
class ParagraphText:
    """Text that grows, over two paragraphs where the mark between them was deleted."""

    inline: InlineText
    boxes: list[Element] = field(default_factory=list)  # the contents of text boxes
    raised: str = ""  # tag that is open: "sup", "sub" or ""

    def raise_to(self, tag: str) -> None:
        """Go on in raised, lowered or plain text."""
        if tag != self.raised:
            if self.raised:
                self.inline.end(self.raised)
            if tag:
                self.inline.start(tag)
            self.raised = tag

    def text(self) -> str:
        """Return the text so far."""
        self.raise_to("")
        return self.inline.text()


class ParagraphReader:
    """Reader of the paragraphs of one part, in their order: a field may go over several."""

    def __init__(
        self,
        root: Element,
        styles: Styles,
        marks: NoteMarks,
        visibility: Visibility,
        left_out: Counter[str],
        hidden: HiddenWords,
    ) -> None:
        """left_out, hidden: where to count what is no text, by what it is, and the words that are hidden."""
        self.languages: Counter[str] = Counter()  # characters by the language that is stated of them, "" for none
        self._styles = styles
        self._marks = marks
        self._visibility = visibility
        self._left_out = left_out
        self._hidden = hidden
        self._properties: Element | None = None  # of the paragraph
        self._style_id = ""
        self._complete_fields = complete_fields(root)
        self._fields: list[bool] = []  # open fields, outermost first: whether its result has begun

    def add(self, paragraph: Element, to: ParagraphText, style_id: str) -> None:
        """Add the text of a paragraph, or of another element that holds runs."""
        to.raise_to("")
        self._hidden.end_word()
        self._properties, self._style_id = paragraph.find("w:pPr"), style_id
        self._add_children(paragraph, to)

    def _add_children(self, element: Element, to: ParagraphText) -> None:
        for child in shown_children(element):
            match child.tag:
                case "w:r":
                    self._add_run(child, to)
                case "m:oMath" | "m:oMathPara":
                    to.raise_to("")
                    self._write(equation_text(child), to)
                case "w:sdt":
                    if is_on(child.find("w:sdtPr"), "w:showingPlcHdr"):
                        self._left_out["prompts of fields that are not filled in"] += 1
                    elif (content := child.find("w:sdtContent")) is not None:
                        self._add_children(content, to)
                case "w:pPr" | "w:rPr":
                    pass
                case _:
                    self._add_children(child, to)

    def _add_run(self, run: Element, to: ParagraphText) -> None:
        properties = run.find("w:rPr")
        style_id = child_value(properties, "w:rStyle") or ""
        is_hidden = self._is_hidden(properties, style_id)
        raised = child_value(properties, "w:vertAlign") or self._styles.raised(style_id) or ""
        language = child_value(properties, "w:lang") or ""
        has_own_mark = False  # of a note: what follows the reference is the mark, not text
        for child in shown_children(run):
            if child.tag == "w:fldChar":
                self._turn_field(child, to)
            elif is_hidden:
                self._hide(child)
            elif child.tag in ("w:footnoteReference", "w:endnoteReference"):
                has_own_mark = self._add_note_mark(child, to, run)
            elif child.tag == "w:t" and not self._visibility.is_seen(
                properties, style_id, self._properties, self._style_id
            ):
                self._hide(child)
            elif child.tag == "w:t" and not has_own_mark:
                to.raise_to(_RAISED_TAGS.get(raised, ""))
                self._write(child.text or "", to, language)
            else:
                self._add_other(child, to)

    def _is_hidden(self, properties: Element | None, style_id: str) -> bool:
        """Return whether a run is hidden. What is hidden on the screen alone (`w:webHidden`) is printed."""
        if is_on(properties, "w:specVanish"):
            return True
        stated = is_on(properties, "w:vanish")
        return self._styles.is_hidden(style_id, self._style_id) if stated is None else stated

    def _hide(self, child: Element) -> None:
        """Count the words that a child of a run would show."""
        self._hidden.add(" " if child.tag in _CHARACTERS else child.text if child.tag == "w:t" else None)
        if child.tag in _DRAWINGS:
            self.hide_all(child)

    def hide_all(self, element: Element) -> None:
        """Count the words that an element would show, in its paragraphs and in boxes that hang on them."""
        if element.tag == "w:p":
            self._hidden.end_word()
        elif element.tag == "w:t":
            self._hidden.add(element.text)
        for child in shown_children(element):
            self.hide_all(child)

    def _add_other(self, child: Element, to: ParagraphText) -> None:
        if child.tag in _CHARACTERS:
            self._write(_CHARACTERS[child.tag], to)
        elif child.tag in _DRAWINGS:
            to.boxes += self._boxes(child)
        elif child.tag == "w:sym":
            character = symbol(child.get("font", ""), child.get("char", ""))
            self._write(character or "", to)
            self._left_out["characters of symbol fonts"] += character is None
        elif child.tag == "w:ruby":
            base, above = child.find("w:rubyBase"), child.find("w:rt")
            for piece, before, after in ((base, "", ""), (above, "(", ")")):
                if piece is not None:
                    self._write(before, to)
                    self._add_children(piece, to)
                    self._write(after, to)

    def _add_note_mark(self, reference: Element, to: ParagraphText, run: Element) -> bool:
        """Write the mark of a note. Returns whether it is one of the writer's own, which its run holds."""
        is_own = reference.get("customMarkFollows", "0").lower() in ("1", "true", "on")
        own = "".join(t.text or "" for t in run.findall("w:t")) if is_own else ""
        to.raise_to("")
        mark = self._marks.refer(reference.tag.removeprefix("w:").removesuffix("Reference"), reference.get("id"), own)
        self._write(mark, to)
        return bool(one_line(own) and mark)

    def _write(self, text: str, to: ParagraphText, language: str = "") -> None:
        if text and all(self._fields):
            self.languages[language] += len(text)
            self._hidden.end_word()
            to.inline.write(text)

    def _turn_field(self, mark: Element, to: ParagraphText) -> None:
        if mark not in self._complete_fields:
            return
        match mark.get("fldCharType"):
            case "begin":
                box = descend(mark, "w:ffData", "w:checkBox")
                if box is not None:
                    is_checked = is_on(box, "w:checked")
                    self._write("☒ " if (is_on(box, "w:default") if is_checked is None else is_checked) else "☐ ", to)
                self._fields.append(False)
            case "separate" if self._fields:
                self._fields[-1] = True
            case "end" if self._fields:
                self._fields.pop()

    def _boxes(self, drawing: Element) -> Iterator[Element]:
        """Yield the contents of the text boxes in a drawing, and count what is drawn besides."""
        for child in drawing:
            if child.tag == "w:txbxContent":
                yield child
            elif child.tag in _PLACED and self._visibility.is_off_page(child):
                self.hide_all(child)
            elif child.tag == "mc:AlternateContent":
                version = shown_version(child)
                if version is not None:
                    yield from self._boxes(version)
            else:
                self._left_out["pictures"] += child.tag in ("a:blip", "v:imagedata")
                self._left_out["charts and diagrams"] += child.tag in ("c:chart", "dgm:relIds")
                yield from self._boxes(child)
