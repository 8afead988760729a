"""The card that a reader in need is shown first, in words that page, terminal and language models share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pincite.index.settings import Settings
from pincite.index.types import Care

PHONE_NUMBER = re.compile(r"\d[\d -]*\d|\d")


@dataclass(frozen=True, slots=True)
class Card:
    """A heading, and the same advice in English and in Spanish."""

    care: Care
    heading: str
    text: str
    spanish: str


def care_card(care: Care, settings: Settings) -> Card | None:
    """Return the card for a reader in need, with the numbers that the settings name; None where there is none."""
    if care == "distress":
        return Card(
            care,
            "You do not have to be alone with this",
            f"Call a crisis line, day or night: {settings.crisis}. In danger now? Call {settings.emergency}. "
            "If you can, tell somebody near you.",
            f"No está solo. Llame a una línea de ayuda: {_numbers(settings.crisis)}.",
        )
    if care == "emergency":
        return Card(
            care,
            "Happening now? Call for help",
            f"Call {settings.emergency}. Do not wait for an answer here. Tell somebody near you.",
            f"¿Emergencia? Llame: {_numbers(settings.emergency)}.",
        )
    return None


def _numbers(text: str) -> str:
    """Return the phone numbers of a text, commas between them."""
    return ", ".join(PHONE_NUMBER.findall(text))
