"""Every reason for which a Word document is refused, with what to do about it."""

from __future__ import annotations

from typing import Literal

from pincite.index.errors import ReadError

Reason = Literal[
    "not_word", "old_word", "password", "macros", "broken", "too_many_parts", "too_large", "too_deep", "doctype"
]
_SAVE_AGAIN = "open it in Word or LibreOffice and save it as .docx again"
_SPLIT = "split it into several documents"
REFUSALS: dict[Reason, tuple[str, str]] = {
    "not_word": ("is no Word document (.docx)", _SAVE_AGAIN),
    "old_word": ("is a Word document of the old kind (.doc)", "open it in Word or LibreOffice and save it as .docx"),
    "password": ("is protected by a password", "save it without a password"),
    "macros": ("is a Word document that may hold macros", "save it as .docx, which holds none"),
    "broken": ("is a broken Word document", _SAVE_AGAIN),
    "too_many_parts": ("holds too many files for a Word document", _SAVE_AGAIN),
    "too_large": ("is too large when it is unpacked", _SPLIT),
    "too_deep": ("is nested too deeply", "make tables and text boxes stand beside each other, not within"),
    "doctype": ("holds a document type definition, which no Word document needs", _SAVE_AGAIN),
}


def refusal(name: str, reason: Reason, detail: str = "") -> ReadError:
    """Return the error for a document.

    name: of the file, with the part inside it where one is at fault; detail: what was met, as a phrase.
    """
    problem, remedy = REFUSALS[reason]
    return ReadError(name, f"{problem}: {detail}" if detail else problem, remedy)
