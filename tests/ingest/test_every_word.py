"""Words of Markdown files, against what markdown-it's own rendering shows of them: none is lost, none is added."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.readers.markdown import read_markdown

FILES = 200
WORDS = "tide harbour rope lamp salt bread anchor 12 3.5 x86 Müller naïve α 40% C++ e-mail don't U.S.".split()
INLINE = ("{}", "*{}*", "**{}**", "`{}`", "[{}](https://a.example 'seen nowhere')", "<b>{}</b>", "{}<br>{}", "{}\\\n{}",
          "~~{}~~", "&lt;{}&gt;", "{} <!-- hidden --> {}", "{}[^1]", "10<sup>9</sup> {}", "H<sub>2</sub>O {}",
          "[{}][ref]", "<span title='hidden'>{}</span>", "\\*{}\\*", "<https://{}.example>")  # fmt: skip


class _Shown(HTMLParser):
    """The text of a rendered page, white space where blocks and cells part."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self._hidden = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style") or ("class", "footnote-backref") in attrs
        self.text += "" if tag in ("b", "em", "strong", "code", "a", "sup", "sub", "span", "s") else " "

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= self._hidden > 0 and tag in ("script", "style", "a")
        self.text += "" if tag in ("b", "em", "strong", "code", "a", "sup", "sub", "span", "s") else " "

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def sentence(rng: random.Random) -> str:
    def some() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 3)))

    pieces = (rng.choice(INLINE) for _ in range(rng.randint(1, 5)))
    return " ".join(re.sub(r"\{\}", lambda _: some(), p) for p in pieces)


def one_line(rng: random.Random) -> str:
    return sentence(rng).replace("\\\n", " ").replace("|", "")


def block(rng: random.Random, depth: int = 0) -> str:
    kind = rng.randrange(12 if depth < 3 else 6)
    match kind:
        case 0:
            return f"{'#' * rng.randint(1, 6)} {one_line(rng)}"
        case 1:
            return f"{one_line(rng)}\n{rng.choice('=-') * 4}"
        case 2:
            return "```sh\n" + "\n".join(" ".join(rng.choices(WORDS, k=3)) for _ in range(3)) + "\n```"
        case 3:
            rows = [" | ".join(one_line(rng) for _ in range(3)) for _ in range(rng.randint(1, 4))]
            return "\n".join([f"| {rows[0]} |", "|---|:-:|---|", *(f"| {row} |" for row in rows[1:])])
        case 4:
            cells = "".join(f"<td>{rng.choice(WORDS)}</td>" for _ in range(3))
            return f"<table><tr><th>{rng.choice(WORDS)}</th></tr>\n<tr>{cells}</tr></table>"
        case 5 | 6 | 7:
            return sentence(rng)
        case 8:
            return "\n".join(f"> {line}" for line in block(rng, depth + 1).split("\n"))
        case 9:
            return f"<details><summary>{rng.choice(WORDS)}</summary>\n\n{block(rng, depth + 1)}\n\n</details>"
        case _:
            numbered = rng.random() < 0.5
            return "\n".join(item(rng, f"{n + 3}. " if numbered else "- ", depth) for n in range(rng.randint(1, 4)))


def item(rng: random.Random, marker: str, depth: int) -> str:
    bodies = [sentence(rng), *(block(rng, depth + 1) for _ in range(rng.choice((0, 0, 1, 2))))]
    lines = "\n\n".join(bodies).split("\n")
    return "\n".join([marker + lines[0], *(" " * len(marker) + line if line else "" for line in lines[1:])])


def markdown_file(seed: int) -> str:
    rng = random.Random(seed)
    ends = "[^1]: A note on " + sentence(rng).replace("[^1]", "").replace("\\\n", " ") + "\n\n[ref]: /there 'hidden'\n"
    return "\n\n".join(block(rng) for _ in range(rng.randint(1, 12))) + "\n\n" + ends


def rendered(source: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").use(footnote_plugin, inline=False).render(source))


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))


@pytest.mark.parametrize("seed", range(FILES))
def test_the_words_are_those_of_the_rendered_page(seed: int) -> None:
    """Counted over the title and all blocks; markers of items and notes are no words of them."""
    source = markdown_file(seed)
    draft = read_markdown(source.encode(), "notes.md")
    document = compose(draft, "d", draft.title or "")
    body = "\n".join(document.text[b.start : b.end] for b in document.blocks)
    html = re.sub(r"\[(\d+):\d+\]", r"[\1]", rendered(source))  # how often a note was referred to before
    if 'class="footnote-ref"' not in html:  # then the rendering drops the note
        html += rendered(source.partition("[^1]: ")[2])
    found, expected = words(f"{draft.title or ''}\n{body}"), words(_Shown(html).text)
    assert (found - expected, expected - found) == (Counter(), Counter())
