"""Pairs from MedQuAD: questions about a disease, its own section against the other sections of the same disease.

Windows of the overview ("information") answer many questions, so those with a word of the asked kind are no negatives.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.data.augment import STOP, as_typed, lay, worry
from training.data.pairs import Pair, read_objects
from training.data.splits import Split, banned, topic
from training.data.windows import Window, cut

NAME = "medquad-train"
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
# What a window of the overview would hold if it answered a question of the kind after all.
TELLTALE = {
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
# The same sentences in hundreds of sections: they would teach only themselves.
BOILERPLATE = re.compile(
    r"These resources address|The first number of the fraction|You can use the MedlinePlus|Human Phenotype Ontology"
    r"|The frequency of a sign or symptom is usually|comes from Orphanet"
)


@dataclass(frozen=True, slots=True)
class Disease:
    """All sections on one disease, by kind of question."""

    title: str
    sections: dict[str, list[list[Window]]]  # kind -> sections (one or two sources) -> windows

    def windows(self, *, but: str = "") -> list[tuple[str, Window]]:
        """Kind and window of all windows outside one kind."""
        return [(k, w) for k, sections in self.sections.items() if k != but for s in sections for w in s]


def read_diseases(folder: Path, rng: random.Random) -> list[Disease]:
    """Read MedQuAD, a disease of two sources once. Headings are chosen here, as a document has one for a section."""
    texts = {d["_id"]: d for d in read_objects(folder / "corpus.jsonl")}
    kinds = {q["_id"]: q["metadata"]["qtype"] for q in read_objects(folder / "queries.jsonl")}
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    titles: dict[str, str] = {}
    for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, _ = line.split("\t")
        title = " ".join(texts[document]["title"].split())
        if not banned(title):
            titles.setdefault(title.lower(), title)
            found[title.lower()][kinds[query]][document] = texts[document]["text"]
    diseases = [_disease(titles[key], found[key], rng) for key in sorted(found)]
    return [d for d in diseases if d.sections]


def sections(disease: Disease, rng: random.Random) -> Iterator[Pair]:
    """Pair each kind of question about a disease with its own section's window, and with other sections' windows."""
    for kind, own in disease.sections.items():
        section = rng.choice(own)
        wrong = [w for k, w in disease.windows(but=kind) if not (k == "information" and _tells(kind, w))]
        question = _asked(kind, disease.title, rng)
        right = section[0] if len(section) < 2 or rng.random() < 0.65 else section[1]
        yield Pair(question, right.text, True, None, NAME, "own")
        for window in hardest(question, wrong, rng)[: rng.choice((1, 2))]:
            yield Pair(question, window.text, False, None, NAME, "section")


def lacking(disease: Disease, rng: random.Random) -> Iterator[Pair]:
    """Questions of a kind that the disease's sections do not treat, against their nearest windows."""
    missing = sorted(set(TELLTALE) - set(disease.sections))
    if not missing or len(disease.sections) < 3:
        return
    kind = rng.choice(missing)
    question = lay(kind, disease.title, rng)
    wrong = [w for _, w in disease.windows() if not _tells(kind, w)]
    if question and wrong:
        yield Pair(
            as_typed(question, rng, disease.title), hardest(question, wrong, rng)[0].text, False, (), NAME, "near"
        )


def mistaken(disease: Disease, other: Disease, rng: random.Random) -> Iterator[Pair]:
    """Pair a question about one disease with the section that answers it for another."""
    if disease.title == other.title:
        return
    for kind in sorted(set(disease.sections) & set(other.sections))[:3]:
        question = lay(kind, disease.title, rng)
        if question and disease.title in question:
            window = rng.choice(other.sections[kind][0][:2])
            yield Pair(as_typed(question, rng, disease.title), window.text, False, (), NAME, "mistaken")


def phrases(disease: Disease, other: Disease, rng: random.Random) -> Iterator[Pair]:
    """Pair a sentence with a question of its rarer words, and with the same question about another disease."""
    windows = [w for _, w in disease.windows()]
    window = rng.choice(windows)
    sentence = rng.choice(window.sentences)
    phrase = _phrase(window.text[slice(*sentence)], disease.title, rng)
    foreign = rng.choice([w for _, w in other.windows()])
    strange = _phrase(foreign.text[slice(*rng.choice(foreign.sentences))], other.title, rng)
    words = set(re.findall(r"\w{4,}", " ".join(w.text for w in windows).lower()))
    if not phrase or not strange or set(re.findall(r"\w{4,}", strange.lower())) & words:
        return
    form = rng.choice(FORMS)
    question = form.format(p=phrase, x=disease.title)
    yield Pair(as_typed(question, rng, disease.title), window.text, True, (sentence,), NAME, "own")
    lacking_it = [w for w in windows if phrase.lower() not in w.text.lower()]
    if lacking_it and rng.random() < 0.5:
        wrong = hardest(question, lacking_it, rng)[0]
        yield Pair(as_typed(question, rng, disease.title), wrong.text, False, (), NAME, "phrase")
    question = form.format(p=strange, x=disease.title)
    nearest = hardest(question, windows, rng)[0]
    yield Pair(as_typed(question, rng, disease.title), nearest.text, False, (), NAME, "phrase")


FORMS = (
    "{p} and {x}", "{x} {p}", "what about {p} in {x}?", "does {x} have to do with {p}?", "Tell me about {p} in {x}",
    "is {p} part of it", "{p}", "what does {p} mean for someone with {x}?",
)  # fmt: skip


def hardest(question: str, windows: list[Window], rng: random.Random) -> list[Window]:
    """Windows by how many of the question's words and of the words of its kind they share, draws at random."""
    words = {w[:6] for w in re.findall(r"\w{3,}", question.lower()) if w not in STOP}
    shuffled = rng.sample(windows, len(windows))
    return sorted(shuffled, key=lambda w: -len(words & {v[:6] for v in re.findall(r"\w{3,}", w.text.lower())}))


def of_split(diseases: list[Disease], split: Split) -> list[Disease]:
    """Return the diseases of one split."""
    return [d for d in diseases if topic(d.title) == split]


def _disease(title: str, found: dict[str, dict[str, str]], rng: random.Random) -> Disease:
    sections: dict[str, list[list[Window]]] = {}
    for kind, documents in found.items():
        heading = rng.choice(HEADINGS.get(kind, ("",))).format(x=title)
        path = tuple(heading.split(" > ")) if heading and rng.random() < 0.6 else ()
        cuts = [cut(document, title, text, path) for document, text in documents.items()]
        kept = [[w for w in windows if not BOILERPLATE.search(w.body)] for windows in cuts]
        sections[kind] = [windows for windows in kept if windows]
    return Disease(title, {kind: cuts for kind, cuts in sections.items() if cuts})


def _asked(kind: str, title: str, rng: random.Random) -> str:
    """Word a question as MedQuAD does, or in lay words."""
    plain = {
        "information": "What is (are) {x} ?", "inheritance": "Is {x} inherited ?", "causes": "What causes {x} ?",
        "frequency": "How many people are affected by {x} ?", "exams and tests": "How to diagnose {x} ?",
        "prevention": "How to prevent {x} ?", "susceptibility": "Who is at risk for {x}? ?",
        "genetic changes": "What are the genetic changes related to {x} ?",
        "research": "what research (or clinical trials) is being done for {x} ?",
        "considerations": "What to do for {x} ?",
    }.get(kind, f"What {'is' if kind == 'outlook' else 'are'} the {kind} of {{x}} ?").format(x=title)  # fmt: skip
    asked = as_typed(plain, rng, title) if rng.random() < 0.3 else lay(kind, title, rng)
    if asked is None:
        asked = plain
    if (
        title in asked and len(asked.split()) > len(title.split()) + 2 and rng.random() < 0.35
    ):  # one asks of what lies open: the disease need not be named
        asked = asked.replace(title, rng.choice(("it", "this", "the disease", "this condition")))
        if rng.random() < 0.2:
            asked = f"{worry(rng, title)} {asked}"
    return as_typed(asked, rng, title)


def _tells(kind: str, window: Window) -> bool:
    return kind not in TELLTALE or re.search(TELLTALE[kind], window.body, re.IGNORECASE) is not None


def _phrase(sentence: str, title: str, rng: random.Random) -> str:
    """Return one to three successive words that a sentence could be looked up by; "" if it has none."""
    named = set(re.findall(r"\w+", title.lower()))
    runs = [r.split() for r in re.findall(r"(?:[\w-]+ ?)+", sentence)]
    found = []
    for run in runs:
        for size in (1, 2, 3):
            for at in range(len(run) - size + 1):
                part = run[at : at + size]
                rare = size > 1 or len(part[0]) > 8
                if rare and all(len(w) > 4 and w.lower() not in named for w in part):
                    found.append(" ".join(part))
    return rng.choice(found).lower() if found else ""
