"""Pairs from MedQuAD: a question about a disease with its own section, and with other sections on that disease.

Windows of the overview ("information") answer many questions: those that may answer the kind are no negatives.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.data.augment import STOP_WORDS, as_typed, lay_question, worried_sentence
from training.data.pairs import Pair, read_objects
from training.data.splits import Split, disease_split, is_development_topic
from training.data.windows import Window, cut_windows

COLLECTION = "medquad-train"
HEADINGS = {
    "information": ("What is {x}?", "Overview", "About {x}", "Information"),
    "symptoms": ("Symptoms", "Signs and symptoms", "Symptoms and Causes > Symptoms of {x}", "What are the symptoms?"),
    "treatment": ("Treatment", "Management and Treatment", "How is {x} treated?", "Living With > Treatment"),
    "inheritance": ("Inheritance", "Causes > Inheritance", "Is {x} inherited?"),
    "frequency": ("Frequency", "How common is {x}?", "Overview > Who has {x}", "Statistics"),
    "genetic changes": ("Genetic changes", "Causes > Genes", "Genetics"),
    "causes": ("Causes", "Symptoms and Causes > Causes of {x}", "What causes {x}?"),
    "exams and tests": ("Exams and tests", "Diagnosis and Tests", "How is {x} diagnosed?"),
    "research": ("Research", "Clinical trials", "New research"),
    "outlook": ("Outlook", "Outlook / Prognosis", "What can I expect?"),
    "susceptibility": ("Risk factors", "Who is at risk?", "Causes > Risk factors"),
    "prevention": ("Prevention", "Can {x} be prevented?"),
    "stages": ("Stages", "Staging of {x}"),
    "complications": ("Complications", "What can go wrong"),
    "considerations": ("Points to Remember", "Living With"),
}
# Matches a window that may answer a question of the kind, whatever section it is from.
KIND_PATTERNS = {
    "symptoms": r"symptom|sign|characteri[sz]|feature|affected|pain|weak|may (have|cause|develop)|trouble|problem|caus",
    "treatment": r"treat|therap|drug|medic|surg|cure|manage",
    "inheritance": r"inherit|famil|pass|parent|gene|recessive|dominant|sporadic",
    "frequency": r"\d|common|rare|most|prevalence|incidence|estimated",
    "genetic changes": r"gene|mutation|chromosom",
    "causes": r"caus|due to|result|gene|mutation|because|lead",
    "exams and tests": r"test|diagnos|exam|scan|biops|x-ray|history",
    "research": r"research|stud|trial|scien",
    "outlook": r"outlook|progn|surviv|live|life|death|die|fatal|recover|chance|expect",
    "susceptibility": r"risk|more (likely|common|often)|age|women|men|famil",
    "prevention": r"prevent|avoid|vaccin|reduc|protect",
    "stages": r"stage|grade|spread",
    "complications": r"complicat|lead|risk|damage|cause",
}
# Sentences that are the same in hundreds of sections.
BOILERPLATE_PATTERN = re.compile(
    r"These resources address|The first number of the fraction|You can use the MedlinePlus|Human Phenotype Ontology"
    r"|The frequency of a sign or symptom is usually|comes from Orphanet"
)


@dataclass(frozen=True, slots=True)
class Disease:
    """All sections on one disease, by kind of question."""

    title: str
    sections: dict[str, list[list[Window]]]  # kind -> sections (one or two sources) -> windows

    def windows(self, *, but: str = "") -> list[tuple[str, Window]]:
        """Return all windows with their kinds, but for one kind."""
        return [(k, w) for k, sections in self.sections.items() if k != but for s in sections for w in s]


def read_diseases(folder: Path, rng: random.Random) -> list[Disease]:
    """Read MedQuAD; a disease with two sources is read once. Each section gets a heading, chosen at random."""
    texts = {d["_id"]: d for d in read_objects(folder / "corpus.jsonl")}
    kinds = {q["_id"]: q["metadata"]["qtype"] for q in read_objects(folder / "queries.jsonl")}
    sections: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    titles: dict[str, str] = {}
    for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, _ = line.split("\t")
        title = " ".join(texts[document]["title"].split())
        if not is_development_topic(title):
            titles.setdefault(title.lower(), title)
            sections[title.lower()][kinds[query]][document] = texts[document]["text"]
    diseases = [_disease(titles[key], sections[key], rng) for key in sorted(sections)]
    return [d for d in diseases if d.sections]


def section_pairs(disease: Disease, rng: random.Random) -> Iterator[Pair]:
    """Pair each kind of question about a disease with its own section's window, and with other sections' windows."""
    for kind, own in disease.sections.items():
        section = rng.choice(own)
        wrong = [w for k, w in disease.windows(but=kind) if not (k == "information" and _may_answer(kind, w))]
        question = _question(kind, disease.title, rng)
        right = section[0] if len(section) < 2 or rng.random() < 0.65 else section[1]
        yield Pair(question, right.text, True, None, COLLECTION, "own")
        for window in by_shared_words(question, wrong, rng)[: rng.choice((1, 2))]:
            yield Pair(question, window.text, False, None, COLLECTION, "section")


def missing_kind_pairs(disease: Disease, rng: random.Random) -> Iterator[Pair]:
    """Pair a question of a kind that no section of the disease treats with the window that shares most words."""
    missing = sorted(set(KIND_PATTERNS) - set(disease.sections))
    if not missing or len(disease.sections) < 3:
        return
    kind = rng.choice(missing)
    question = lay_question(kind, disease.title, rng)
    wrong = [w for _, w in disease.windows() if not _may_answer(kind, w)]
    if question and wrong:
        yield Pair(
            as_typed(question, rng, disease.title),
            by_shared_words(question, wrong, rng)[0].text,
            False,
            (),
            COLLECTION,
            "near",
        )


def wrong_disease_pairs(disease: Disease, other: Disease, rng: random.Random) -> Iterator[Pair]:
    """Pair a question about one disease with the section that answers it for another."""
    if disease.title == other.title:
        return
    for kind in sorted(set(disease.sections) & set(other.sections))[:3]:
        question = lay_question(kind, disease.title, rng)
        if question and disease.title in question:
            window = rng.choice(other.sections[kind][0][:2])
            yield Pair(as_typed(question, rng, disease.title), window.text, False, (), COLLECTION, "mistaken")


def phrase_pairs(disease: Disease, other: Disease, rng: random.Random) -> Iterator[Pair]:
    """Pair a sentence with a question of its rarer words, and with the same question about another disease."""
    windows = [w for _, w in disease.windows()]
    window = rng.choice(windows)
    sentence = rng.choice(window.sentences)
    phrase = _phrase(window.text[slice(*sentence)], disease.title, rng)
    foreign = rng.choice([w for _, w in other.windows()])
    foreign_phrase = _phrase(foreign.text[slice(*rng.choice(foreign.sentences))], other.title, rng)
    words = set(re.findall(r"\w{4,}", " ".join(w.text for w in windows).lower()))
    if not phrase or not foreign_phrase or set(re.findall(r"\w{4,}", foreign_phrase.lower())) & words:
        return
    template = rng.choice(PHRASE_QUESTIONS)
    question = template.format(p=phrase, x=disease.title)
    yield Pair(as_typed(question, rng, disease.title), window.text, True, (sentence,), COLLECTION, "own")
    without_phrase = [w for w in windows if phrase.lower() not in w.text.lower()]
    if without_phrase and rng.random() < 0.5:
        wrong = by_shared_words(question, without_phrase, rng)[0]
        yield Pair(as_typed(question, rng, disease.title), wrong.text, False, (), COLLECTION, "phrase")
    question = template.format(p=foreign_phrase, x=disease.title)
    nearest = by_shared_words(question, windows, rng)[0]
    yield Pair(as_typed(question, rng, disease.title), nearest.text, False, (), COLLECTION, "phrase")


PHRASE_QUESTIONS = (
    "{p} and {x}", "{x} {p}", "what about {p} in {x}?", "does {x} have to do with {p}?", "Tell me about {p} in {x}",
    "is {p} part of it", "{p}", "what does {p} mean for someone with {x}?",
)  # fmt: skip


def by_shared_words(question: str, windows: list[Window], rng: random.Random) -> list[Window]:
    """Sort windows by the number of words that they share with a question, ties at random."""
    words = {w[:6] for w in re.findall(r"\w{3,}", question.lower()) if w not in STOP_WORDS}
    shuffled = rng.sample(windows, len(windows))
    return sorted(shuffled, key=lambda w: -len(words & {v[:6] for v in re.findall(r"\w{3,}", w.text.lower())}))


def diseases_of(diseases: list[Disease], split: Split) -> list[Disease]:
    """Return the diseases of one split."""
    return [d for d in diseases if disease_split(d.title) == split]


def _disease(title: str, texts_by_kind: dict[str, dict[str, str]], rng: random.Random) -> Disease:
    sections: dict[str, list[list[Window]]] = {}
    for kind, documents in texts_by_kind.items():
        heading = rng.choice(HEADINGS.get(kind, ("",))).format(x=title)
        path = tuple(heading.split(" > ")) if heading and rng.random() < 0.6 else ()
        cuts = [cut_windows(document, title, text, path) for document, text in documents.items()]
        kept = [[w for w in windows if not BOILERPLATE_PATTERN.search(w.body)] for windows in cuts]
        sections[kind] = [windows for windows in kept if windows]
    return Disease(title, {kind: cuts for kind, cuts in sections.items() if cuts})


def _question(kind: str, title: str, rng: random.Random) -> str:
    """Word a question as MedQuAD does, or in lay words."""
    medquad_question = {
        "information": "What is (are) {x} ?", "inheritance": "Is {x} inherited ?", "causes": "What causes {x} ?",
        "frequency": "How many people are affected by {x} ?", "exams and tests": "How to diagnose {x} ?",
        "prevention": "How to prevent {x} ?", "susceptibility": "Who is at risk for {x}? ?",
        "genetic changes": "What are the genetic changes related to {x} ?",
        "research": "what research (or clinical trials) is being done for {x} ?",
        "considerations": "What to do for {x} ?",
    }.get(kind, f"What {'is' if kind == 'outlook' else 'are'} the {kind} of {{x}} ?").format(x=title)  # fmt: skip
    question = as_typed(medquad_question, rng, title) if rng.random() < 0.3 else lay_question(kind, title, rng)
    if question is None:
        question = medquad_question
    if (
        title in question and len(question.split()) > len(title.split()) + 2 and rng.random() < 0.35
    ):  # somebody who has the article open need not name the disease
        question = question.replace(title, rng.choice(("it", "this", "the disease", "this condition")))
        if rng.random() < 0.2:
            question = f"{worried_sentence(rng, title)} {question}"
    return as_typed(question, rng, title)


def _may_answer(kind: str, window: Window) -> bool:
    return kind not in KIND_PATTERNS or re.search(KIND_PATTERNS[kind], window.body, re.IGNORECASE) is not None


def _phrase(sentence: str, title: str, rng: random.Random) -> str:
    """Return one to three successive words that a sentence could be looked up by; "" if it has none."""
    title_words = set(re.findall(r"\w+", title.lower()))
    runs = [r.split() for r in re.findall(r"(?:[\w-]+ ?)+", sentence)]
    phrases = []
    for run in runs:
        for size in (1, 2, 3):
            for start in range(len(run) - size + 1):
                part = run[start : start + size]
                rare = size > 1 or len(part[0]) > 8
                if rare and all(len(w) > 4 and w.lower() not in title_words for w in part):
                    phrases.append(" ".join(part))
    return rng.choice(phrases).lower() if phrases else ""
