"""Words of books and OpenDocument texts: each that is shown is there once, in order; none that is hidden is.

Documents are made of numbered words, so that one that is lost, repeated or moved is seen.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from book_files import book_file
from open_document_files import bullets, open_document, paragraph, row

from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.epub.reader import read_epub
from pincite.ingestion.reading.readers.odt.reader import read_odt

FILES = 150
ODT_STYLES = (
    '<style:style style:name="V" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="S" style:family="text"><style:text-properties style:text-position="super"/></style:style>'
    '<style:style style:name="Preformatted_20_Text" style:family="paragraph"/>'
    '<style:style style:name="Quotations" style:family="paragraph"/>'
)
ODT_INLINE = (
    "{}", "{} <text:span>{}</text:span>", "{}<text:line-break/>{}", "{}<text:tab/>{}", '{}<text:s text:c="2"/>{}',
    '{} <text:span text:style-name="V">hidden</text:span>', '<text:a xlink:href="x">{}</text:a>',
    '{} <text:span text:style-name="S">th</text:span>', "{}<text:soft-page-break/> <text:bookmark/>{}",
    '{}<text:change text:change-id="c"/> {}', "{}<office:annotation><text:p>hidden</text:p></office:annotation>",
    "{} <text:span><text:span>{}</text:span></text:span> {}",
)  # fmt: skip
XHTML_INLINE = (
    "{}", "{} <em>{}</em>", "{}<br/>{}", "<span>{}</span>", "{} <span hidden=''>hidden</span>", "<a href='x'>{}</a>",
    "{}<sup>th</sup>", "{}<a id='x'/> {}", "{} <!-- hidden --> {}", "{} <img alt='hidden' src='x'/>{}",
    "<b>{} <i>{}</i></b> {}", "{}<script>hidden</script> {}",
    '{}<span epub:type="pagebreak">hidden</span> {}',
)  # fmt: skip


class Words:
    """Words that count up."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.count = 0

    def next(self) -> str:
        """Return a word that was not used before."""
        self.count += 1
        return f"w{self.count}"

    def sentence(self, inline: tuple[str, ...]) -> str:
        """Return words with markup among them."""
        pieces = self.rng.choices(inline, k=self.rng.randint(1, 4))
        return " ".join(re.sub(r"\{\}", lambda _: self.next(), piece) for piece in pieces)


def odt_block(words: Words, depth: int = 0) -> str:
    """Make a block of an OpenDocument text."""

    def text() -> str:
        return words.sentence(ODT_INLINE)

    match words.rng.randrange(11 if depth < 3 else 4):
        case 0:
            return paragraph(text(), "Quotations")
        case 1:
            return paragraph(words.next(), "Preformatted_20_Text") + paragraph(words.next(), "Preformatted_20_Text")
        case 2 | 3:
            return paragraph(text())
        case 4:
            return "" if depth else f'<text:h text:outline-level="{words.rng.randint(1, 5)}">{text()}</text:h>'
        case 5:
            count = 0 if depth else words.rng.randint(1, 3)
            return f"<table:table>{''.join(row(*(text() for _ in range(3))) for _ in range(count))}</table:table>"
        case 6:
            return "" if depth else f"<text:section>{odt_block(words, 1)}{odt_block(words, 1)}</text:section>"
        case 7:
            before = "" if depth else text()
            box = "" if depth else f"<draw:frame><draw:text-box>{paragraph(words.next())}</draw:text-box></draw:frame>"
            return paragraph(before + box)
        case 8:
            return "" if depth else f'<text:section text:display="none">{paragraph("hidden")}</text:section>'
        case _:
            items = [paragraph(text()) + odt_block(words, depth + 1) for _ in range(words.rng.randint(1, 3))]
            return bullets(*items, style="")


def xhtml_block(words: Words, depth: int = 0) -> str:
    """Make a block of a chapter."""

    def text() -> str:
        return words.sentence(XHTML_INLINE)

    match words.rng.randrange(11 if depth < 3 else 4):
        case 0:
            return f"<blockquote><p>{text()}</p></blockquote>"
        case 1:
            return f"<pre>{words.next()}\n  {words.next()}</pre>"
        case 2 | 3:
            return f"<p>{text()}</p>"
        case 4:
            level = words.rng.randint(1, 5)
            return f"<h{level}>{text()}</h{level}>"
        case 5:
            rows = ["".join(f"<td>{text()}</td>" for _ in range(3)) for _ in range(words.rng.randint(1, 3))]
            return f"<table>{''.join(f'<tr>{cells}</tr>' for cells in rows)}</table>"
        case 6:
            return f"<section>{xhtml_block(words, depth + 1)}<div/>{xhtml_block(words, depth + 1)}</section>"
        case 7:
            return f"<dl><dt>{text()}</dt><dd>{text()}</dd></dl>"
        case 8:
            return "<nav epub:type='toc'><a href='c1.xhtml'>hidden</a></nav><p style='display:none'>hidden</p>"
        case _:
            items = [f"<li>{text()}{xhtml_block(words, depth + 1)}</li>" for _ in range(words.rng.randint(1, 3))]
            return f"<ol>{''.join(items)}</ol>"


def odt_draft(words: Words) -> Draft:
    """Read a text of random blocks."""
    blocks = [paragraph(words.next()), *(odt_block(words) for _ in range(words.rng.randint(1, 12)))]
    return read_odt(open_document("".join(blocks), styles=ODT_STYLES), "a.odt")


def epub_draft(words: Words) -> Draft:
    """Read a book of random chapters."""
    first = f"<p>{words.next()}</p>"
    chapters = ["".join(xhtml_block(words) for _ in range(words.rng.randint(1, 6))) for _ in range(3)]
    return read_epub(book_file(first, *chapters), "a.epub")


@pytest.mark.parametrize("make", [odt_draft, epub_draft])
def test_each_word_that_is_shown_is_there_once(make: Callable[[Words], Draft]) -> None:
    """Words of random documents stand in blocks, in the order in which they were written."""
    for seed in range(FILES):
        words = Words(random.Random(seed))
        draft = make(words)
        document = compose(draft, "d", "D")
        body = " ".join(document.text[block.start : block.end] for block in document.blocks)
        found = [int(number) for number in re.findall(r"w(\d+)", f"{draft.title or ''} {body}")]
        assert found == sorted(found) == list(range(1, words.count + 1)), seed
        assert "hidden" not in document.text
