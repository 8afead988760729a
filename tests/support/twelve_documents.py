"""A shelf of twelve small documents on one town's services, two of them with the same title."""

from __future__ import annotations

from fake_searcher import Shelf

from pincite.index.types import Document, Source, Suggestion
from pincite.ingestion.reading.compose import compose
from pincite.ingestion.reading.draft import Draft, Part

TOWN = Source("Town of Elmwick", None, "https://elmwick.example/", "2025-02", "CC-BY-4.0")

TAGS = {"bees": ("animals",), "library-faq": ("Animals", "books"), "pool-faq": ("animals",)}


def _document(name: str, title: str, source: Source, *sections: tuple[str, str]) -> Document:
    parts = [p for heading, text in sections for p in (Part("heading", heading, 1), Part("paragraph", text))]
    return compose(Draft(tuple(parts), source=source, tags=TAGS.get(name, ())), name, title)


TWELVE = (
    _document(
        "library-faq",
        "Questions and answers",
        Source("Elmwick Library", reviewed="2024-11-05"),
        ("Can I bring my dog?", "Only assistance dogs are allowed in the library."),
        ("How many books may I borrow?", "You may borrow twelve books for three weeks."),
    ),
    _document(
        "pool-faq",
        "Questions and answers",
        Source("Elmwick Baths", reviewed="2023"),
        ("Can I bring my dog?", "No animals are allowed in the swimming pool."),
        ("What does a swim cost?", "A swim costs four crowns. Children under six swim without paying."),
    ),
    _document(
        "museum",
        "Museum guide",
        Source("Elmwick Museum"),
        ("Museum guide", "The museum shows clocks, ploughs and one locomotive."),
        ("Opening hours", "The museum opens at ten on every day but Monday."),
    ),
    _document("allotments", "Allotments", TOWN, ("Renting", "An allotment costs thirty crowns for a season.")),
    _document("bees", "Keeping bees", TOWN, ("Hives", "Hives stand at least ten metres from any footpath.")),
    _document("buses", "Buses", Source(), ("Night buses", "Night buses leave the station every forty minutes.")),
    _document("café", "Café Ménière", Source(), ("Menu", "The café serves onion soup until the evening.")),
    _document("market", "Market rules", TOWN, ("Stalls", "Stalls are given out on Thursday morning.")),
    _document("parking", "Parking", TOWN, ("Permits", "A parking permit for residents lasts two years.")),
    _document("recycling", "Recycling", TOWN, ("Glass", "Glass is collected in green containers.")),
    _document("school", "School meals", Source(), ("Allergies", "Tell the kitchen about allergies in writing.")),
    _document("water", "Drinking water", TOWN, ("Hardness", "The drinking water of Elmwick is rather hard.")),
)
SUGGESTIONS = (
    Suggestion("Can I bring my dog?", "library-faq", "can-i-bring-my-dog"),
    Suggestion("How many books may I borrow?", "library-faq", "how-many-books-may-i-borrow"),
    Suggestion("What does a swim cost?", "pool-faq", "what-does-a-swim-cost"),
    Suggestion("Opening hours", "museum", "opening-hours"),
    Suggestion("Night buses", "buses", "night-buses"),
    Suggestion("Allergies", "school", "allergies"),
    Suggestion("Who serves crêpes at the café?", "café", "menu"),
    Suggestion("Hardness", "water", "hardness"),
)


def shelf_of_twelve() -> Shelf:
    """Return a stand-in for a bundle of the twelve documents."""
    return Shelf(tuple(sorted(TWELVE, key=lambda d: d.id)), suggestions=SUGGESTIONS)
