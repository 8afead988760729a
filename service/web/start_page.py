"""Start page: what the documents are about, in a few words, and questions that they answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pincite.index.types import Suggestion

MAX_EXAMPLES = 4
MIN_EXAMPLES = 3  # with fewer questions, topics are offered, too
QUESTION_MARKS = ("?", "？", "؟")
ANY_DOCUMENTS = "Ask the documents"


@dataclass(frozen=True, slots=True)
class Offered:
    """Headings that their own sections answer, as they are offered: questions, and topics that ask nothing."""

    questions: tuple[Suggestion, ...]
    topics: tuple[Suggestion, ...]


NOTHING_OFFERED = Offered((), ())


def heading(titles: Sequence[str]) -> str:
    """Return the heading of the start page: what to ask about, if there is one document."""
    return f"Ask about {short_title(titles[0])}" if len(titles) == 1 else ANY_DOCUMENTS


def short_title(title: str) -> str:
    """Return the abbreviation that a title gives of itself, or the title.

    >>> short_title("Amyotrophic Lateral Sclerosis (ALS)"), short_title("Leave (draft)")
    ('ALS', 'Leave (draft)')
    """
    match = re.fullmatch(r"(.+?)\s*\((\w{2,})\)", title.strip())
    initials = "".join(word[0] for word in re.findall(r"\w+", match[1])) if match else ""
    return match[2] if match and match[2].isupper() and match[2] == initials.upper() else title


def offer(suggestions: Iterable[Suggestion], most: int) -> Offered:
    """Return the first suggestions, parted into questions and topics."""
    first = [*suggestions][:most]
    asking = tuple(s for s in first if is_question(s))
    return Offered(asking, tuple(s for s in first if not is_question(s)))


def examples(suggestions: Sequence[Suggestion]) -> Offered:
    """Return examples of what to ask: questions, and topics where the documents have few headings that ask."""
    asking = [s for s in suggestions if is_question(s)]
    if len(asking) >= MIN_EXAMPLES:
        return offer(asking, MAX_EXAMPLES)
    return offer([*asking, *(s for s in suggestions if not is_question(s))], MAX_EXAMPLES)


def is_question(suggestion: Suggestion) -> bool:
    """Return whether a heading asks something."""
    return suggestion.question.rstrip().endswith(QUESTION_MARKS)
