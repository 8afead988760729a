"""Rules of robots.txt (RFC 9309) for the product token `pincite`. Text and a status come in, a verdict goes out."""

from __future__ import annotations

from protego import Protego

PRODUCT_TOKEN = "pincite"  # as a group of a robots.txt names us
MAX_ROBOTS_BYTES = 500 * 1024  # what RFC 9309 has every crawler read at least; what follows is not read


def allows(robots_txt: bytes, url: str) -> bool:
    """Return whether the rules of a host let a page be fetched: the longest rule of our group decides."""
    text = robots_txt.decode("utf-8-sig", errors="replace")
    if len(robots_txt) >= MAX_ROBOTS_BYTES:
        text = text[: text.rfind("\n") + 1]  # no rule is read in part
    return bool(Protego.parse(text).can_fetch(url, PRODUCT_TOKEN))
