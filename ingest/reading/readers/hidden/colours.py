"""Colours as documents write them, and whether text in one is seen on another."""

from __future__ import annotations

import re

Colour = tuple[float, float, float]  # red, green and blue, from 0 to 1
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
MIN_CONTRAST = 0.04  # of one channel, ten steps of 255: nobody reads text that differs by less from what is behind it
MIN_POINTS = 2.0  # size of letters, where a page is read as large as it is printed; nobody reads smaller ones
_HEX = re.compile("#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")


def is_seen(text: Colour | None, behind: Colour | None) -> bool:
    """Return whether text is seen on what is behind it. A colour that is not known, None, hides nothing."""
    if text is None or behind is None:
        return True
    return any(abs(a - b) >= MIN_CONTRAST for a, b in zip(text, behind, strict=True))


def hex_colour(text: str | None) -> Colour | None:
    """Return the colour of "FFFFFF", "#ffffff" or "#fff"; None for any other text, such as "auto"."""
    match = _HEX.fullmatch(text or "")
    if match is None:
        return None
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue
