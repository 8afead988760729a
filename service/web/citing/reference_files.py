"""Files of references for reference managers: one entry or many, each under a key of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count

from flask import Response

from pincite.service.guard.problems import Problem
from pincite.service.web.citing.references import STYLES, Reference, Style

FILE_STYLES = tuple(style for style in STYLES if style.suffix)


def find_style(name: str, styles: Sequence[Style] = STYLES) -> Style:
    """Return a style by its name in addresses. Raises Problem, naming those there are."""
    style = next((style for style in styles if style.name == name), None)
    if style is None:
        names = ", ".join(style.name for style in styles)
        raise Problem("not-found", f"There is no style of that name; there are {names}.")
    return style


def write_all(style: Style, references: Iterable[Reference]) -> str:
    """Format references as one file: RIS and BibTeX entries one after another, CSL-JSON as one list."""
    written = [style.write(reference) for reference in with_own_keys(references)]
    if style.name != "csl":
        return "\n".join(written) if style.name == "bibtex" else "".join(written)
    return json.dumps([item for text in written for item in json.loads(text)], ensure_ascii=False, indent=2) + "\n"


def with_own_keys(references: Iterable[Reference]) -> list[Reference]:
    """Number the references whose keys are equal in any case, so that no key of a file is there twice."""
    taken: set[str] = set()
    numbered = []
    for reference in references:
        own = next(r for n in count(1) if (r := replace(reference, number=n)).key.casefold() not in taken)
        taken.add(own.key.casefold())
        numbered.append(own)
    return numbered


def send(style: Style, text: str) -> Response:
    """Send a text with the media type of its style, as a file where reference managers read one."""
    response = Response(text, mimetype=style.mimetype)
    response.content_type = f"{style.mimetype}; charset=utf-8"
    if style.suffix:
        response.headers.set("Content-Disposition", "attachment", filename=f"pincite{style.suffix}")
    return response
