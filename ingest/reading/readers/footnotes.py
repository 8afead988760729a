"""Footnotes of a Markdown document, taken out of its body: each comes at the end of the section that refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markdown_it.token import Token

from pincite.ingestion.reading.draft import Part


class Footnotes:
    """Footnotes by mark, such as "[1]", and the body without them. Those that nothing refers to stay in the body."""

    def __init__(self, tokens: Sequence[Token], marks: Mapping[str, str], addresses: Mapping[str, str]) -> None:
        """marks: of the footnotes that are referred to, by label; addresses: what other marks link to."""
        self.body: list[Token] = []
        self._texts: dict[str, list[str]] = {mark: [address] for mark, address in addresses.items()}
        mark: str | None = None
        for token in tokens:
            if token.type == "footnote_reference_open":
                mark = marks.get(token.meta["label"])
                if mark is None:
                    self.body.append(token)
                else:
                    self._texts[mark] = []
            elif token.type == "footnote_reference_close":
                mark = None
            elif mark is None:
                self.body.append(token)
            elif token.type == "html_block":
                self._texts[mark] += [part.text for part in token.meta["parts"]]
            elif token.content:
                self._texts[mark].append(token.content)

    def take(self, mark: str) -> Iterator[Part]:
        """Yield the footnote of a mark, once."""
        text = " ".join(" ".join(self._texts.pop(mark, ())).split())
        if text:
            yield Part("footnote", text, marker=mark)
