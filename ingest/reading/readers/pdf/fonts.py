"""Fonts: the bytes of a shown string to characters and their widths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pypdf.generic import DictionaryObject
from pypdf.generic._font import Font

_BOLD_NAME = re.compile(
    r"(?i)bold|black|heavy|semibold|demi|\bCMBX|\bSFBX|\bCMSSBX|^(?:[A-Z]{6}\+)?(?:CMBX|SFBX|CMCSC)"
)
_FIXED_PITCH = 1
_FORCED_BOLD = 1 << 18


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font as far as text needs it."""

    font: Font
    is_bold: bool
    is_fixed: bool
    is_known: bool  # whether the file says which characters its glyphs are
    is_drawn: bool  # whether its glyphs are drawings (Type 3), which may have colours of their own

    @classmethod
    def of(cls, resource: DictionaryObject) -> Typeface:
        """Make a typeface of a font resource."""
        font = Font.from_font_resource(resource)
        flags = int(font.font_descriptor.flags or 0)
        weight = str(font.font_descriptor.weight)
        is_bold = (
            bool(_BOLD_NAME.search(font.name)) or bool(flags & _FORCED_BOLD) or weight in ("600", "700", "800", "900")
        )
        is_known = font.interpretable and (resource.get("/Subtype") != "/Type0" or "/ToUnicode" in resource)
        is_fixed = bool(flags & _FIXED_PITCH) or "Mono" in font.name or "Courier" in font.name
        return cls(font, is_bold, is_fixed, is_known, resource.get("/Subtype") == "/Type3")

    def glyphs(self, data: bytes) -> Iterator[tuple[str, float, bool]]:
        """Yield of each glyph its text, its width in ems, and whether it is the one-byte code 32."""
        widths, mapping = self.font.character_widths, self.font.character_map
        default = float(widths.get("default", 500))
        encoding = self.font.encoding
        if isinstance(encoding, str):
            is_single = len(" ".encode(encoding, "replace")) == 1
            for raw in data.decode(encoding, "replace"):
                yield mapping.get(raw, raw), float(widths.get(raw, default)) / 1000, is_single and raw == " "
            return
        for code in data:
            raw = chr(code)
            character = encoding.get(code, raw)
            text = mapping.get(character, mapping.get(raw, character))
            yield text, float(widths.get(raw, default)) / 1000, code == 32
