"""Small talk: what people type to greet, to thank or to try the box. Text comes in, a bool goes out."""

from __future__ import annotations

import re

# one of these makes small talk ...
_OPENERS = frozenset(
    "hi hello hey heya hiya howdy yo sup greetings good thanks thank thx ty cheers nice cool bye goodbye ok okay yes "
    "yeah yep no nope test testing ping hola merci gracias".split()
)
# ... if nothing but these is with it
_FILLERS = frozenset(
    "there all again everyone everybody folks team bot assistant sir madam doctor doc you u so very much lot for your "
    "the this that that's it is a an my me just only great morning afternoon evening night day one two three".split()
)
_IS_A_QUESTION = frozenset("is it there".split())  # words that begin one: "is there a test"
_WORD = re.compile(r"\w+(?:['’]\w+)*")


def is_small_talk(question: str) -> bool:
    """Return whether a question is a greeting, thanks or a try of the box, and no more.

    >>> is_small_talk("Hi there!"), is_small_talk("test test 123"), is_small_talk("is there a test")
    (True, True, False)
    """
    words = [word.lower() for word in _WORD.findall(question) if not word.isdigit()]
    if not words or words[0] in _IS_A_QUESTION:
        return False
    return not _OPENERS.isdisjoint(words) and (_OPENERS | _FILLERS).issuperset(words)
