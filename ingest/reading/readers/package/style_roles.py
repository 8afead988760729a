"""Roles of paragraphs by the name of their style: word processors give the styles that they bring the same few."""

from __future__ import annotations

import re
from typing import Literal

Role = Literal["", "title", "contents", "quote", "code", "continuation"]
_ROLE_BY_NAME: dict[str, Role] = {
    "title": "title",
    "toc heading": "contents",
    "table of figures": "contents",
    "quote": "quote",
    "intense quote": "quote",
    "quotations": "quote",
    "block text": "quote",
    "html preformatted": "code",
    "preformatted text": "code",
    "source code": "code",
    "code": "code",
    "macro": "code",
    "list paragraph": "continuation",
}


def role_of_style(name: str) -> Role | None:
    """Return what paragraphs in a style of this name are besides headings; None for a name that says nothing."""
    name = name.lower()
    if re.fullmatch("(toc|contents) [0-9]{1,2}|contents heading", name):
        return "contents"
    if re.fullmatch("list continue( [2-5])?", name):
        return "continuation"
    return _ROLE_BY_NAME.get(name)
