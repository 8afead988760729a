"""Tagged PDF: the structure that a file states, as parts. Word processors and browsers write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from pincite.ingestion.reading.draft import Part, row_of_cells
from pincite.ingestion.reading.readers.pdf.page_text import Chunk
from pincite.ingestion.reading.readers.pdf.words import join_chunks, join_lines

MAX_DEPTH = 120  # of structure elements in each other
MAX_ELEMENTS = 500_000
# Elements that begin a block of their own; others are part of a line.
_BLOCKS = frozenset(
    "P H H1 H2 H3 H4 H5 H6 H7 H8 H9 Title LI LBody L Table TR TH TD THead TBody TFoot BlockQuote Div Sect Art Part "
    "Document DocumentFragment Aside Caption TOC TOCI Index Note FENote Figure Formula Form".split()
)
_Marked = Mapping[tuple[int, int], Sequence[Chunk]]


@dataclass
class Tagged:
    """The parts that a file's tags give, page marks in their texts, and the marked contents that they hold."""

    parts: list[Part] = field(default_factory=list)
    used: set[tuple[int, int]] = field(default_factory=set)  # page and mark
    is_structured: bool = False  # whether a heading, a list or a table is among the tags


def read_tags(reader: PdfReader, chunks: Sequence[Chunk]) -> Tagged | None:
    """Return the parts that the tags of a file give, or None where it has no tags."""
    root = reader.root_object.get("/StructTreeRoot")
    tree = root.get_object() if root is not None else None
    if not isinstance(tree, DictionaryObject) or "/K" not in tree:
        return None
    marked: dict[tuple[int, int], list[Chunk]] = {}
    for chunk in chunks:
        if chunk.mark is not None:
            marked.setdefault((chunk.page, chunk.mark), []).append(chunk)
    walk = _Walk(reader, tree, marked)
    walk.visit(tree["/K"], None, 0)
    walk.flush()
    return walk.tagged


class _Walk:
    """Walk over structure elements. A block's chunks gather until the next block begins."""

    def __init__(self, reader: PdfReader, tree: DictionaryObject, marked: _Marked) -> None:
        self.tagged = Tagged()
        self._marked = marked
        pages = enumerate(reader.pages)
        self._pages = {p.indirect_reference.idnum: number for number, p in pages if p.indirect_reference}
        roles = tree.get("/RoleMap")
        self._roles = roles.get_object() if roles is not None else {}
        self._elements = 0
        self._open: set[int] = set()  # object numbers of the elements that are being visited
        self._chunks: list[Chunk] = []
        self._heading = self._quotes = self._lists = self._paragraphs = 0
        self._code_length = 0  # how many of the chunks gathered are code
        self._marker: str | None = None  # of an item, between its label and its first text
        self._cells: list[str] | None = None
        self._headers = 0  # cells of the open row that are column headings

    def visit(self, kids: Any, page: int | None, depth: int) -> None:
        """Visit an element, a mark or an array of these."""
        self._elements += 1
        if depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            return
        kid = kids.get_object() if isinstance(kids, IndirectObject) else kids
        if isinstance(kid, ArrayObject):
            for one in kid:
                self.visit(one, page, depth + 1)
        elif isinstance(kid, int):
            self._take(page, kid)
        elif isinstance(kid, DictionaryObject):
            number = kids.idnum if isinstance(kids, IndirectObject) else -1
            if number in self._open:  # an element within itself
                return
            if number >= 0:
                self._open.add(number)
            page = self._page_of(kid, page)
            if "/MCID" in kid:
                self._take(page, _integer(kid["/MCID"]))
            elif kid.get("/Type") != "/OBJR" and "/K" in kid:
                self._element(self._role(kid), kid, page, depth)
            self._open.discard(number)

    def flush(self) -> None:
        """Make a part of the chunks gathered."""
        chunks, self._chunks = self._chunks, []
        if not chunks:
            return
        is_code, self._code_length = self._code_length == len(chunks) and not self._paragraphs, 0
        if is_code and self._cells is None and self._marker is None:
            self.tagged.parts.append(Part("code", join_lines(chunks), self._lists))
            return
        text = join_chunks(chunks, page_marks=True)
        if self._cells is not None:
            self._cells[-1:] = [f"{self._cells[-1]} {text}".strip()] if self._cells else [text]
        elif self._heading and not self._lists and not self._quotes:
            self.tagged.parts.append(Part("heading", text, self._heading))
        elif self._marker is not None:
            marker, self._marker = self._marker, None
            self.tagged.parts.append(Part("item", text, self._lists, marker))
        else:
            self.tagged.parts.append(Part("quote" if self._quotes else "paragraph", text, self._lists))

    def _element(self, role: str, element: DictionaryObject, page: int | None, depth: int) -> None:
        if role == "Artifact":
            return
        is_block = role in _BLOCKS
        if is_block:
            self.flush()
        for _ in self._within(role):
            self.visit(element["/K"], page, depth + 1)
            if is_block:
                self.flush()

    def _within(self, role: str) -> Iterator[None]:
        """Set what the role means for what stands in it, once around the walk of it."""
        match role:
            case "H" | "Title" | "H1" | "H2" | "H3" | "H4" | "H5" | "H6" | "H7" | "H8" | "H9":
                kept, self._heading = self._heading, int(role[1]) if role[1:].isdigit() else 1
                self.tagged.is_structured = True
                yield
                self._heading = kept
            case "L":
                self._lists += 1
                self.tagged.is_structured = True
                yield
                self._lists -= 1
            case "LI":
                self._marker = "-"
                yield
                self._marker = None
            case "Lbl" if self._lists:
                kept_chunks, self._chunks = self._chunks, []
                yield
                label, self._chunks = join_chunks(self._chunks), kept_chunks
                self._marker = _marker(label)
            case "BlockQuote":
                self._quotes += 1
                yield
                self._quotes -= 1
            case "Code":
                if self._code_length and self._code_length == len(self._chunks) and not self._paragraphs:
                    self.flush()  # code after code
                before = len(self._chunks)
                yield
                self._code_length += len(self._chunks) - before
            case "P":
                self._paragraphs += 1
                yield
                self._paragraphs -= 1
            case "Table" if self._cells is None:
                self.tagged.is_structured = True
                yield
            case "TR" if self._cells is None:
                yield from self._row()
            case "TH" | "TD" if self._cells is not None:
                self._cells.append("")
                self._headers += role == "TH"
                yield
            case _:
                yield

    def _row(self) -> Iterator[None]:
        self._cells, self._headers = [], 0
        yield
        cells, self._cells = self._cells, None
        if any(cells):
            is_header = self._headers == len(cells)
            self.tagged.parts.append(Part("header" if is_header else "row", row_of_cells(cells), self._lists))

    def _take(self, page: int | None, mark: int) -> None:
        if page is None or (page, mark) in self.tagged.used:
            return
        self.tagged.used.add((page, mark))
        self._chunks += self._marked.get((page, mark), ())

    def _page_of(self, element: DictionaryObject, page: int | None) -> int | None:
        reference = element.raw_get("/Pg") if "/Pg" in element else None
        return self._pages.get(reference.idnum, page) if isinstance(reference, IndirectObject) else page

    def _role(self, element: DictionaryObject) -> str:
        role = str(element.get("/S", ""))
        for _ in range(8):  # a role may stand for another one
            if role not in self._roles:
                break
            role = str(self._roles[role])
        return role.removeprefix("/")


def _integer(value: Any) -> int:
    return int(value)


def _marker(label: str) -> str:
    """Return the marker that a label shows: its number or letter, or "-" for a bullet."""
    label = label.strip()
    return (
        label
        if any(c.isalnum() for c in label) and len(label) <= 12 and label not in ("o", "n", "l", "q", "v")
        else "-"
    )
