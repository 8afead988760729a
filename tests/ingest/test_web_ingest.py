"""Ingest of a page by its address: from the command line to the citation, and again."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tiny_encoder import Tiny
from web_server import WebServer, html, http, serving

import pincite
from pincite.index.errors import CorpusError
from pincite.index.searcher import open_searcher
from pincite.index.settings import Settings
from pincite.index.types import Document
from pincite.ingestion.build import build
from pincite.ingestion.encoder.model_files import ModelFiles
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.ingestion.progress import Progress
from pincite.ingestion.reading import given
from pincite.ingestion.reading.given import find_documents, given_document
from pincite.ingestion.reading.read import read_files
from pincite.ingestion.report import BuildReport, RefusedError

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<html lang="en"><head><title>Harbour guide</title>%s</head><body><h1>Harbour guide</h1>
<h2>Sabbatical</h2><p>After seven years you may take a sabbatical of three months. It is not paid.</p>
<h2>High water</h2><p>The tower rings a bell at high water, and the lower quay is closed.</p></body></html>"""
RUN = "from pincite.service.cli.commands import main; main()"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A server with one page, /guide."""
    with serving() as opened:
        opened.replies["/guide"] = html(PAGE % "")
        yield opened


def ingest(root: Path, *given: str) -> BuildReport:
    documents = [given_document(text) for text in given]
    return build(documents, Settings(index=str(root)), lambda stage: lambda done, of: None, Tiny)  # type: ignore[arg-type]


def read(folder: Path, *given: str) -> list[Document]:
    """Return the documents that addresses and paths become, without an index."""
    found = find_documents([given_document(text) for text in given])
    assert not found.faults, found.faults
    corpus = read_files(found.files, folder / "spool")
    assert not corpus.faults, corpus.faults
    return [*corpus.documents]


def test_each_fetch_is_a_stage(server: WebServer) -> None:
    """An address is named before it is fetched, and done whether or not it gives a page."""
    told: list[str] = []
    addresses = [f"{server.url}/guide", f"{server.url}/nowhere"]

    def progress_for(stage: str) -> Progress:
        told.append(stage)
        return lambda done, total: told.append(f"{done} of {total}")

    found = find_documents([given_document(address) for address in addresses], progress_for)
    assert len(found.faults) == 1
    assert told == [f"fetching {addresses[0]}", "1 of 1", f"fetching {addresses[1]}", "1 of 1"]


def test_a_page_answers_with_its_address(
    tmp_path: Path, server: WebServer, embedder: Callable[[ModelFiles], Embedder]
) -> None:
    """A fetched page is asked like any document, and its citation leads to the very words at its address."""
    server.replies["/old"] = http(301, Location="/guide#top")
    pages = [given_document(f"{server.url}/old")]
    build(pages, Settings(index=str(tmp_path)), lambda stage: lambda done, of: None, embedder)
    searcher = open_searcher(Settings(index=str(tmp_path)))
    citation = searcher.ask("Is a sabbatical paid?", 1).hits[0].citation
    searcher.bundle.close()
    assert citation.path == ("Sabbatical",)
    assert citation.source_url is not None
    assert citation.source_url.startswith(f"{server.url}/guide#:~:text=")
    assert citation.document == "127-0-0-1-old"


def test_the_same_address_again_changes_nothing(tmp_path: Path, server: WebServer) -> None:
    """The page is fetched and compared by its bytes; other bytes take the place of the document under its id."""
    first = ingest(tmp_path, f"{server.url}/guide")
    again = ingest(tmp_path, f"{server.url}/guide#high-water")
    assert (again.changed, again.id) == (False, first.id)
    server.replies["/guide"] = html((PAGE % "").replace("seven", "eight"))
    changed = ingest(tmp_path, f"{server.url}/guide")
    assert (changed.changed, changed.counts["documents"], changed.gone) == (True, 1, ())
    server.replies["/guide"] = html((PAGE % "").replace("seven", "eight"), Content_Type="text/html; charset=koi8-r")
    assert ingest(tmp_path, f"{server.url}/guide").changed


def test_addresses_and_paths_stand_together(tmp_path: Path, server: WebServer, corpus: Path) -> None:
    """Each address is fetched once, next to files; ids of one host's pages differ by path, then by query."""
    server.replies["/guide?page=2"] = html((PAGE % "").replace("seven", "nine"))
    url = f"{server.url}/guide"
    found = find_documents([given_document(text) for text in (url, str(corpus), f"{url}#x", f"{url}?page=2")])
    assert [str(note) for note in found.left_out] == [f"{url}: left out, given more than once"]
    assert server.paths == ["/robots.txt", "/guide", "/robots.txt", "/guide?page=2"]
    ids = sorted(document.id for document in read_files(found.files, tmp_path / "spool").documents)
    assert ids[2:] == ["leave", "tides"]
    assert all(document_id.startswith("127-0-0-1-guide-") for document_id in ids[:2])


def test_a_page_that_cannot_be_fetched_is_a_fault(tmp_path: Path, server: WebServer, corpus: Path) -> None:
    """Nothing is published, and every fault is listed; where faults are skipped, the others are."""
    pages = [given_document(text) for text in (f"{server.url}/none", f"{server.url}/nil", str(corpus))]
    settings = Settings(index=str(tmp_path))

    def run(skip_bad: bool) -> BuildReport:
        return build(pages, settings, lambda stage: lambda done, of: None, Tiny, skip_bad)  # type: ignore[arg-type]

    with pytest.raises(RefusedError) as caught:
        run(skip_bad=False)
    assert [fault.place for fault in caught.value.faults] == [f"{server.url}/none", f"{server.url}/nil"]
    assert run(skip_bad=True).counts["documents"] == 2


def test_all_pages_together_are_bounded(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that are more in all than memory is meant for are a fault, and no more of them are asked for."""
    monkeypatch.setattr(given, "MAX_FETCHED_BYTES", len(PAGE) + 10)
    urls = [f"{server.url}/guide?{number}" for number in range(3)]
    server.replies |= {url.removeprefix(server.url): html(PAGE % "") for url in urls}
    found = find_documents([given_document(url) for url in urls])
    assert [fault.place for fault in found.faults] == [urls[1]]
    assert server.paths.count("/guide?2") == 0


@pytest.mark.parametrize(
    ("head", "cited"),
    [
        ('<link rel="canonical" href="/the-guide#top">', "{url}/the-guide"),
        ('<link rel="canonical" href="{url}/guide/">', "{url}/guide/"),
        ('<link rel="canonical" href="https://elsewhere.example/guide">', "{url}/guide"),
        ('<link rel="canonical" href="javascript:alert(1)">', "{url}/guide"),
        ('<link rel="canonical" href="http://[">', "{url}/guide"),
        ('<meta property="og:url" content="{url}/">', "{url}/guide"),
    ],
)
def test_the_canonical_address_is_cited(tmp_path: Path, server: WebServer, head: str, cited: str) -> None:
    """A page's canonical link is cited if it is on the page's own host; no other statement of an address counts."""
    server.replies["/guide"] = html(PAGE % head.replace("{url}", server.url))
    (document,) = read(tmp_path, f"{server.url}/guide")
    assert document.source.url == cited.replace("{url}", server.url)


def test_the_charset_of_the_header_holds(tmp_path: Path, server: WebServer) -> None:
    """The header's charset is read against that of the page; a byte order mark is read against both."""
    page = PAGE.replace("seven", "sieben Jahren für Überstunden") % '<meta charset="iso-8859-5">'
    for data, charset in (
        (page.encode(), "utf-8"),
        (page.encode("cp1252"), "ISO-8859-1"),
        (page.encode("utf-16-be"), "utf-16be"),
        (page.encode("utf-8-sig"), "koi8-r"),
    ):
        server.replies["/guide"] = http(200, data, Content_Type=f"text/html; charset={charset}")
        (document,) = read(tmp_path, f"{server.url}/guide")
        assert "für Überstunden" in document.text, charset


def test_other_kinds_of_documents_are_read(tmp_path: Path, server: WebServer) -> None:
    """Markdown and plain text are read by their readers, in any charset, and what they state of their source holds."""
    text = "# Tides\n\nThe bell rings für alle.\n"
    server.replies["/a.md"] = http(200, text.encode("cp1252"), Content_Type="text/plain; charset=windows-1252")
    server.replies["/b"] = http(
        200, f"---\nsource_url: https://b.example/x\n---\n{text}".encode(), Content_Type="text/markdown"
    )
    server.replies["/c"] = http(200, text.encode("utf-16"), Content_Type="text/plain")
    urls = {
        document.id: document.source.url
        for document in read(tmp_path, *(f"{server.url}/{n}" for n in ("a.md", "b", "c")))
    }
    assert urls == {
        "127-0-0-1-a": f"{server.url}/a.md",
        "127-0-0-1-b": "https://b.example/x",
        "127-0-0-1-c": f"{server.url}/c",
    }
    server.replies["/d"] = http(200, text.encode("cp1252"), Content_Type="text/plain; charset=utf-8")
    found = find_documents([given_document(f"{server.url}/d")])
    (fault,) = read_files(found.files, tmp_path / "d").faults
    assert fault.place.startswith(f"{server.url}/d, byte")
    server.replies["/e"] = http(200, text.encode("cp1252"), Content_Type="text/plain; charset=shift_jis")
    (fault,) = find_documents([given_document(f"{server.url}/e")]).faults
    assert "no text of the charset that its server states, cp932" in fault.problem


def test_a_type_without_a_reader_is_refused(server: WebServer) -> None:
    """A picture is refused by its type, whatever its address ends in."""
    server.replies["/tide.html"] = http(200, b"\x89PNG", Content_Type="image/png")
    (fault,) = find_documents([given_document(f"{server.url}/tide.html")]).faults
    assert fault.problem == "is of the type image/png, which no reader reads"


def test_the_command_reports_the_address(tmp_path: Path, server: WebServer) -> None:
    """`pincite ingest URL` that fails names the address in its JSON and on standard error, and ends with 1."""
    url = f"{server.url}/none"
    command = [sys.executable, "-c", RUN, "ingest", url, "--index", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["faults"][0]["place"] == url
    assert done.stderr.startswith(f"fetching {url} ...\npincite: {url}: is not there (404 Not Found)\n  remedy: ")


def test_python_fetches_nothing(tmp_path: Path) -> None:
    """`pincite.ingest` takes paths alone: a web address is an error that says who fetches it."""
    with pytest.raises(CorpusError, match="only the command line fetches one"):
        pincite.ingest("http://127.0.0.1:1/guide", index=tmp_path)


def test_the_service_fetches_nothing() -> None:
    """No module of the service or of the index imports the room that fetches, and the service loads no HTTP client."""
    for path in (
        path for room in ("service", "index", "evaluation", "pincite") for path in (ROOT / room).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = node.module if isinstance(node, ast.ImportFrom) else None
            assert not (named or "").startswith("pincite.ingestion.reading.web"), path
            if "cli" not in path.parts:
                assert named != "pincite.ingestion.reading.given", path
    program = (
        "import sys; import pincite.service.runtime.app, pincite.service.mcp_server; "
        "print([m for m in sys.modules if m.split('.')[0] in ('httpcore2', 'protego') or 'reading.web' in m])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
