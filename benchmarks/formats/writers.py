"""Writers of one article in each format, by public tools: the parts of a Draft come in, bytes go out.

Markdown has every ASCII sign of punctuation escaped, so that no word of an article is markup. The web page stands among
furniture of a site that is ours; a printer leaves it out, as printed pages of sites do.
"""

from __future__ import annotations

import html
import io
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from pincite.ingestion.reading.draft import Part

Article = tuple[str, Sequence[Part]]  # title, and headings of level 1, paragraphs and items
Writer = Callable[[Article], bytes]

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_PRINTED = "nav, header, footer, aside { display: none } body { font: 11pt sans-serif }"
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - Example Health</title>
<meta property="og:site_name" content="Example Health"><style>@media print {{ {printed} }}</style></head><body>
<header><a href="/">Example Health</a><form><input name="q"></form></header>
<nav><ul><li><a href="/a">All topics</a></li><li><a href="/b">Find a clinic</a></li></ul></nav>
<div class="page"><main><article><h1>{title}</h1>
{body}
</article></main>
<aside><h2>Also of interest</h2><ul><li><a href="/c">Healthy meals</a></li><li><a href="/d">Sleep</a></li></ul></aside>
</div>
<footer><p>Our pages are no advice. <a href="/e">Privacy</a> <a href="/f">Terms of use</a></p></footer>
</body></html>
"""


def to_markdown(article: Article) -> bytes:
    title, parts = article
    lines = [f"# {_escaped(title)}", ""]
    for kind, run in groupby(parts, key=lambda part: part.kind):
        prefix, gap = {"heading": ("## ", "\n\n"), "item": ("- ", "\n")}.get(kind, ("", "\n\n"))
        lines += [gap.join(f"{prefix}{_escaped(part.text)}" for part in run), ""]
    return "\n".join(lines).encode("utf-8")


def to_html(article: Article) -> bytes:
    title, parts = article
    page = _PAGE.format(title=html.escape(title), body=_body(parts, "h2"), printed=_PRINTED)
    return page.encode("utf-8")


def _body(parts: Sequence[Part], heading: str) -> str:
    pieces = []
    for kind, run in groupby(parts, key=lambda part: part.kind):
        tag = {"heading": heading, "item": "li"}.get(kind, "p")
        body = "\n".join(f"<{tag}>{html.escape(part.text)}</{tag}>" for part in run)
        pieces.append(f"<ul>{body}</ul>" if kind == "item" else body)
    return "\n".join(pieces)


def by_pandoc(article: Article, suffix: str, pandoc: str) -> bytes:
    """Write by pandoc, which takes the ending for the format; each section is a chapter.

    pandoc: the path of its program.
    """
    title, parts = article
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, f"article{suffix}")
        command = [pandoc, "--from=html", f"--metadata=title:{title}", "--metadata=lang:en", f"--output={out}"]
        subprocess.run(command, input=_body(parts, "h1").encode("utf-8"), check=True)
        return out.read_bytes()


def by_libreoffice(article: Article, suffix: str, office: str) -> bytes:
    """Convert the Word document by LibreOffice Writer. office: the path of its program."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "article.docx")
        source.write_bytes(to_docx(article))
        command = [office, "--headless", "--convert-to", suffix[1:], "--outdir", folder, str(source)]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return source.with_suffix(suffix).read_bytes()


def to_docx(article: Article) -> bytes:
    """Write a Word document by python-docx, which `python -m pip install python-docx` installs."""
    import docx

    title, parts = article
    document = docx.Document()
    document.add_heading(title, 0)
    for part in parts:
        if part.kind == "heading":
            document.add_heading(part.text, 1)
        else:
            document.add_paragraph(part.text, style="List Bullet" if part.kind == "item" else None)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


@contextmanager
def printing(chromium: str) -> Iterator[dict[str, Writer]]:
    """Open a browser that prints pages, with tags and without. chromium: the path of its program."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()

        def to_pdf(article: Article, tagged: bool) -> bytes:
            page.set_content(to_html(article).decode("utf-8"))
            return page.pdf(format="A4", tagged=tagged, outline=tagged)

        yield {
            "pdf": lambda article: to_pdf(article, True),
            "pdf-untagged": lambda article: to_pdf(article, False),
        }
        browser.close()


def _escaped(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", text)
