"""Documents made to be slow, to be large or to break a page: each is read or refused in words, and none is a 500."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fake_searcher import Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient
from tiny_encoder import Tiny

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.index.types import Block, Document, Section, Source
from pincite.ingestion.build import build
from pincite.service.guard.state import service_of
from pincite.service.runtime.app import create_app

# A process that runs away is stopped by the system: what is read in a second or two has a minute and 1.5 GB.
ALONE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
from pathlib import Path
from pincite.index.errors import PinciteError
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.files import SourceFile
from pincite.ingestion.chunking.passages import split_document
from pincite.ingestion.reading.readers_by_suffix import READERS_BY_SUFFIX
path = Path(sys.argv[1])
try:
    draft = READERS_BY_SUFFIX[path.suffix](SourceFile(str(path), path.name).read(), "page")
    print(len(split_document(compose(draft, "x", draft.title or "X"), 60)), "passages")
except PinciteError as error:
    print("refused:", error)
"""
MOST = 20_000_000
SLOW: dict[str, Callable[[], str]] = {
    "a.md: tags that nothing closes": lambda: "<div>\n" + '<a href="' * 200_000 + "\n\nText here.\n",
    "b.md: comments that nothing closes": lambda: ("<!-- " * 3_900 + "\n\n") * 200,
    "d.md: links and their titles": lambda: ('[a](b "' * 2_700 + "\n\n") * 40,
    "e.md: empty lines": lambda: "\n" * 15_000_000 + "Text here.\n",
    "f.txt: empty lines": lambda: "\r" * 15_000_000 + "Text here.\n",
    "g.md: a million headings": lambda: "# h\n\n" * 1_000_000 + "Text here.\n",
    "h.md: headings, all different": lambda: "".join(f"## Heading {n}\n\nA line.\n\n" for n in range(300_000)),
    "i.md: sections below a heading of a megabyte": lambda: f"# {'x' * 1_000_000}\n\n" + "## h\n\nA line.\n\n" * 9_000,
    "j.md: a table as wide as a page is long": lambda: "|a" * 5000 + "|\n" + "|-" * 5000 + "|\n" + "b\n" * 20_000,
    "k.md: quotations in quotations": lambda: ("> " * 20 + "a\n") * 40_000,
    "l.txt: short lines, now and then a gap": lambda: "A b\n\nC d\nE f\n" * 40_000,
    "m.txt: headings over sentences": lambda: "".join(
        f"A b{n}\nC d{n}\nE f{n}\nThis is sentence {n} of the text here.\n" for n in range(60_000)
    ),
    "u.txt: a line that returns": lambda: "".join(f"A\nB {n}\n" for n in range(100_000)),
    "n.txt: marks behind a line": lambda: "A line is here.\n" + "[1]\n" * 300_000,
    "o.txt: quotation marks that open": lambda: "“" * 1_000_000,
    "p.txt: sentences of a sign each": lambda: "<!" * 700_000,
    "q.md: attributes of one tag": lambda: "<div>\n<a " + "b " * 9_000_000 + ">\n\nText here.\n",
    "s.md: aliases of aliases": lambda: "---\na: &a {k: 1}\n" + "".join(
        f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 10)}]}}\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    ) + "---\nText here.\n",
    "t.md: lines that go on a paragraph": lambda: "a\n" * 200_000,
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_no_document_takes_a_minute_or_a_gigabyte(tmp_path: Path, name: str) -> None:
    """Whatever is repeated in it, a document is read or refused in words before the system stops the process."""
    path = tmp_path / name.split(":")[0]
    path.write_text(SLOW[name]()[:MOST], encoding="utf-8", newline="")
    run = subprocess.run([sys.executable, "-c", ALONE, str(path)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.endswith(" passages\n") or "remedy: " in run.stdout


HOSTILE = {
    "deep.txt": "Intro is here:\n"
    + "".join("  " * n + f"- item {n} is a kangaroo\n" for n in range(600))
    + "\nAn end.",
    "deeper.md": "Intro:\n\n" + "".join("  " * n + f"{n}. item {n} is a wallaby\n" for n in range(600)) + "\nAn end.",
    "quotes.md": ">" * 900 + " a wombat\n",
    "levels.md": "".join(f"{'#' * (n % 6 + 1)} Level {n}\n\nA quokka {n}.\n\n" for n in range(3_000)),
    "same.md": "## Same\n\nA possum.\n\n" * 3_000,
    "numbers.md": "999999999. a bandicoot\n1. a bilby\n\n## 1. &#x202e;\n\nText.\n",
    "front.md": '---\ntitle: "\\e]0;x\\a \\u202E \\0 \\ud800 <b>"\nnote: "\\nER  -"\n---\n# &#x200b;\n\nA dingo.\n',
    "long.md": f"# {'x' * 5_000}\n\n## {'y ' * 450}\n\nAn emu.\n",
    "\udcff\n\x1b.md": "A numbat.\n",
    "rtl.md": "## שלום\u200f\n\nכן \u200e(50%).\n",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A service over an index of hostile documents."""
    folder, root = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("index")
    for name, text in HOSTILE.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = Settings(index=str(root))
    build([folder], settings, lambda stage: lambda done, of: None, Tiny)  # type: ignore[arg-type]
    bundle = Bundle(root)
    yield create_app(FixedSource(Searcher(bundle)), settings).test_client()
    bundle.close()


def addresses(client: FlaskClient) -> Iterator[str]:
    """List every page and every JSON reply about the index; of each document, its first and last parts."""
    yield from (
        "/",
        "/documents",
        "/about",
        "/llms.txt",
        "/v1/documents",
        "/v1/about",
        "/v1/suggest?prefix=a",
    )
    for word in ("kangaroo", "Same", "emu", "<b>", "שלום"):
        yield from (f"/?q={quote(word)}", f"/v1/query?q={quote(word)}&k=50")
    bundle = service_of(client.application).source.current().bundle
    for name, _ in bundle.titles():
        document, passages = bundle.document(name), bundle.passages_of(name)
        page, data = f"/documents/{quote(name, safe='')}", f"/v1/documents/{quote(name, safe='')}"
        yield from (page, data, f"{page}?mark=0-{len(document.text)}")
        yield from (f"{data}/sections/{quote(s.id, safe='')}" for s in document.sections[:2] + document.sections[-2:])
        for passage in (passages[0], passages[-1]):
            anchor = quote(passage.anchor, safe="")
            yield f"{data}/passages/{anchor}"
            yield from (f"{page}/cite?passage={anchor}{kind}" for kind in ("", "&as=ris", "&as=bibtex", "&as=csl"))


def test_no_page_fails_because_of_a_document(client: FlaskClient) -> None:
    """Depth, length, number and hidden characters of a document make no page and no reply a failure."""
    replies = {address: client.get(address) for address in addresses(client)}
    assert len(replies) > 100
    assert {a: r.status_code for a, r in replies.items() if r.status_code != 200} == {}
    shown = "".join(r.get_data(as_text=True) for r in replies.values())
    assert not any(c in shown for c in "\x00\x07\x1b\u202e\u200b\u2028")


def test_what_an_older_version_wrote_is_shown_too() -> None:
    """A bundle whose lists go down further than those of today is shown down to the last level that pages have."""
    words = [f"item {n}" for n in range(2_000)]
    text = "\n".join(f"- {w}" for w in words)
    starts = [text.index(f"- {w}\n") + 2 if n < 1_999 else text.rindex(w) for n, w in enumerate(words)]
    blocks = tuple(Block("item", s, s + len(w), n + 1) for n, (s, w) in enumerate(zip(starts, words, strict=True)))
    section = Section("preamble", (), 0, len(text))
    old = Document("old", "Old", text, blocks, (section,), Source(), "0" * 64)
    searcher: Any = StubSearcher(Shelf((old,)))
    reply = create_app(FixedSource(searcher), Settings()).test_client().get("/documents/old")
    assert reply.status_code == 200
    assert all(f"{word}<" in reply.text for word in words)


def test_headings_may_be_any_depth() -> None:
    """Neither the outline nor the sections of a document in memory go down with its headings without end."""
    from pincite.ingestion.reading.compose import compose
    from pincite.ingestion.reading.draft import Draft, Part

    parts = tuple(p for n in range(1, 400) for p in (Part("heading", f"h{n}", n), Part("paragraph", "Text.")))
    searcher: Any = StubSearcher(Shelf((compose(Draft(parts), "d", "D"),)))
    client = create_app(FixedSource(searcher), Settings()).test_client()
    assert [client.get(a).status_code for a in ("/documents/d", "/v1/documents/d", "/?q=Text")] == [200, 200, 200]
