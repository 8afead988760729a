"""Augmentation: questions as people type them, in lower case, as keywords, misspelt, or after a worried sentence.

Every function takes a random.Random, so that the data are the same for the same seed.
"""

from __future__ import annotations

import random
import re

STOP_WORDS = frozenset(
    "a an the of in on at to for from by with is are was were be been do does did what which who whom whose when where "
    "why how many much can could should would will has have had it its this that these those there and or".split()
)
RELATIVES = (
    "mum mom dad father mother wife husband sister brother son daughter grandma grandpa uncle aunt friend".split()
)
WORRIED_SENTENCES = (
    "my {kin} was diagnosed last week and i don't know what to think.",
    "we just came back from the doctor with my {kin}.",
    "I am really worried about my {kin}.",
    "my {kin} has {x}.",
    "My {kin} has been told it is {x} and we are scared.",
    "hi, new here. the doctor thinks my {kin} has {x}.",
    "sorry if this is a stupid question but",
    "I've been reading all night.",
    "nobody explained anything to us.",
    "They found out last month.",
    "I am a student and have to give a talk on this.",
    "The last few months have been hard, my {kin} is not the same any more.",
    "Please explain it so that a child would understand.",
    "I was told so in spring and have hardly slept since.",
)
CLOSINGS = ("", "", "", " thanks", " Any advice is welcome.", " I need to tell the rest of the family.")
# Some do not name {x}, as people do not once it is clear which illness they mean.
LAY_QUESTIONS = {
    "information": ("what is {x}", "what exactly is {x}?", "can you explain {x} in simple words", "{x} meaning", "{x}"),
    "symptoms": (
        "what are the signs of {x}", "how do I know if I have {x}", "what does {x} feel like",
        "what problems does {x} cause", "what should we look out for", "how does it show itself", "{x} symptoms",
        "what happens to people who get {x}", "is it normal to feel bad with {x}, what do others notice first",
    ),
    "treatment": (
        "how is {x} treated", "is there a cure for {x}", "what can they do about it", "what medicine is given for {x}",
        "does anything help", "{x} treatment options", "can the doctors fix {x}", "how do you get rid of {x}",
    ),
    "inheritance": (
        "is {x} hereditary", "can I pass {x} on to my children", "will my kids get it too", "does it run in the family",
        "{x} inherited", "my {kin} has {x}, will I get it",
    ),
    "frequency": (
        "how common is {x}", "how many people have {x}", "is {x} rare", "how often does this happen",
        "what are the odds of getting {x}", "{x} prevalence",
    ),
    "genetic changes": (
        "which gene causes {x}", "what mutation is behind {x}", "what gene is it", "{x} gene", "genetics of {x}",
    ),
    "causes": (
        "why do people get {x}", "what brings on {x}", "where does it come from", "{x} cause",
        "how did my {kin} get {x}", "what makes it happen",
    ),
    "exams and tests": (
        "how do they test for {x}", "how is {x} diagnosed", "what tests will they do", "how can the doctor be sure",
        "{x} diagnosis", "is there a scan or blood test for {x}",
    ),
    "research": (
        "any new studies on {x}", "what are scientists finding out about {x}", "is anyone researching {x}",
        "{x} clinical trials",
    ),
    "outlook": (
        "what is the prognosis of {x}", "how long do people live with {x}", "will my {kin} get better",
        "does it get worse", "{x} life expectancy", "can you die from {x}",
    ),
    "susceptibility": (
        "who gets {x}", "am I at risk of {x}", "what makes {x} more likely", "{x} risk factors",
        "does smoking or age raise the risk",
    ),
    "prevention": ("how can I avoid {x}", "can {x} be prevented", "what can I do so I don't get it", "{x} prevention"),
    "stages": ("what are the stages of {x}", "how far along is it", "{x} staging"),
    "complications": ("what can go wrong with {x}", "complications of {x}", "what else can it lead to"),
}  # fmt: skip


def as_typed(question: str, rng: random.Random, topic: str = "") -> str:
    """Rewrite a question as somebody might type it; half of the time it stays as it is."""
    if rng.random() < 0.45:
        return question
    if rng.random() < 0.15:
        question = keywords(question, rng)
    if rng.random() < 0.18:
        opening = " ".join(worried_sentence(rng, topic) for _ in range(rng.choice((1, 1, 2, 3))))
        question = f"{opening} {question}{rng.choice(CLOSINGS)}"
    if rng.random() < 0.6:
        question = question.rstrip("? ")
    if rng.random() < 0.65:
        question = question.lower()
    if rng.random() < 0.2:
        question = misspelt(question, rng)
    return question


def keywords(question: str, rng: random.Random) -> str:
    """Drop a question's stop words, and sometimes one more word."""
    words = [w for w in re.findall(r"[\w'’%.-]+", question) if w.lower() not in STOP_WORDS]
    if len(words) > 4 and rng.random() < 0.3:
        words.pop(rng.randrange(len(words)))
    return " ".join(words).rstrip(".") or question


def misspelt(question: str, rng: random.Random) -> str:
    """Misspell one or two of the longer words, by one letter each."""
    words = question.split(" ")
    long = [i for i, w in enumerate(words) if len(w) > 4 and w.isalpha()]
    for i in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        words[i] = _misspell_word(words[i], rng)
    return " ".join(words)


def worried_sentence(rng: random.Random, topic: str = "") -> str:
    """Make a sentence to put before a question. One that names an illness needs the topic."""
    choices = [w for w in WORRIED_SENTENCES if topic or "{x}" not in w]
    return rng.choice(choices).format(kin=rng.choice(RELATIVES), x=topic)


def lay_question(kind: str, topic: str, rng: random.Random) -> str | None:
    """Word a question of a MedQuAD kind in lay words; None for a kind that has none."""
    if kind not in LAY_QUESTIONS:
        return None
    template = rng.choice(LAY_QUESTIONS[kind])
    question = template.format(kin=rng.choice(RELATIVES), x=topic)
    if "{x}" not in template and rng.random() < 0.4:
        question = f"{worried_sentence(rng, topic)} {question}"
    return question


def _misspell_word(word: str, rng: random.Random) -> str:
    position = rng.randrange(1, len(word) - 2)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:position] + word[position + 1] + word[position] + word[position + 2 :]
    if kind == 1:
        return word[:position] + word[position + 1 :]
    if kind == 2:
        return word[:position] + word[position] + word[position:]
    return word[:position] + rng.choice("aeiou") + word[position + 1 :]
