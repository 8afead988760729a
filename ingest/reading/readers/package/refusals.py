"""Formats that are packages of XML parts, and every reason for which a document of one is refused, with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pincite.index.errors import ReadError, Reason

PackageFault = Literal[
    "not_it", "old_word", "password", "drm", "macros", "broken", "too_many_parts", "too_large", "too_deep", "doctype"
]
_SPLIT = "split it into several documents"
# {name}, {suffix} and {again} are those of the format
REFUSALS: dict[PackageFault, tuple[str, str, Reason]] = {
    "not_it": ("is no {name} ({suffix})", "{again}", "unknown_format"),
    "old_word": (
        "is a Word document of the old kind (.doc)",
        "open it in Word or LibreOffice and save it as .docx",
        "unknown_format",
    ),
    "password": ("is protected by a password", "save it without a password", "password"),
    "drm": (
        "is encrypted, as books are that may not be copied (DRM)",
        "give an edition without that protection",
        "password",
    ),
    "macros": ("is a {name} that may hold macros", "save it as {suffix}, which holds none", "unsafe"),
    "broken": ("is a broken {name}", "{again}", "damaged"),
    "too_many_parts": ("holds too many files for a {name}", "{again}", "too_complex"),
    "too_large": ("is too large when it is unpacked", _SPLIT, "too_large"),
    "too_deep": (
        "is nested too deeply",
        "make tables and text boxes stand beside each other, not within",
        "too_complex",
    ),
    "doctype": ("holds a document type definition, which no {name} needs", "{again}", "unsafe"),
}


@dataclass(frozen=True, slots=True)
class Format:
    """One format: what a document of it is called, and how one is made again."""

    name: str
    suffix: str
    again: str
    has_doctypes: bool = False  # its parts may name a document type; none may define anything in it

    def refusal(self, name: str, fault: PackageFault, detail: str = "") -> ReadError:
        """Return the error for a document.

        name: of the file, with the part inside it where one is at fault; detail: what was met, as a phrase.
        """
        words = {"name": self.name, "suffix": self.suffix, "again": self.again}
        problem, remedy, reason = REFUSALS[fault]
        said = problem.format(**words)
        return ReadError(name, f"{said}: {detail}" if detail else said, remedy.format(**words), reason)


WORD = Format("Word document", ".docx", "open it in Word or LibreOffice and save it as .docx again")
OPEN_DOCUMENT = Format("text in OpenDocument form", ".odt", "open it in LibreOffice and save it as .odt again", True)
FLAT_OPEN_DOCUMENT = Format("text in OpenDocument form", ".fodt", "open it in LibreOffice and save it as .odt", True)
EPUB = Format("book in EPUB form", ".epub", "fetch it again, or make it with its program again", True)
