"""Public collections in BEIR layout, of a few paragraphs each, as training/data reads them."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARTICLES = ("Steam engine", "Harvard", "Oxygen", "Normans", "Huguenot", "Chloroplast")  # train x 3, dev, test x 2
DISEASES = tuple(
    f"{place} {name}" for place in ("Lima", "Oslo", "Turin", "Accra") for name in ("fever", "palsy", "cough", "rash")
)
KINDS = {
    "information": "{x} is an illness that doctors have described for centuries. Most people recover from it at home.",
    "symptoms": "The first sign of {x} is a sudden swelling of the joints. Feverish patients complain of headaches.",
    "treatment": "Doctors treat {x} with medicine against inflammation. Physical therapy restores movement afterwards.",
    "causes": "Contaminated drinking water causes {x} in crowded quarters. Malnutrition may lead to repeated attacks.",
}


def write_collections(folder: Path) -> Path:
    """Write all collections that training.data.build reads."""
    write_reading(folder / "squad2-open", ARTICLES)
    write_reading(folder / "squad1-open", ARTICLES)
    write_reading(folder / "clapnq-dev", ("Lighthouse", "Glacier", "Violin", "Compass"))
    write_diseases(folder / "medquad-train", DISEASES)
    claims = [f"Claim {n}: vitamin {n} shortens recovery." for n in range(9)]
    _write(
        folder / "scifact",
        [
            (f"abstract-{n}", f"Trial {n}", f"We gave vitamin {n} to forty patients. Recovery was shorter.")
            for n in range(9)
        ],
        [(claim, f"abstract-{n}", {}) for n, claim in enumerate(claims)],
    )
    return folder


def write_reading(folder: Path, titles: Iterable[str]) -> None:
    """Write a collection of one paragraph an article, with a question that it answers and one that it does not."""
    paragraphs, questions, unanswerable = [], [], []
    for number, title in enumerate(titles):
        name = f"paragraph-{number}"
        year = 1700 + number
        text = f"The {title} was first described in {year} by travellers. Its parts were named by a chemist in Paris."
        paragraphs.append((name, title, f"{text} " + "Many later writers have copied this account in full. " * 5))
        questions.append((f"When was the {title} first described?", name, {"answers": [str(year)]}))
        unanswerable.append((f"Who sold the {title} to the crown?", {"kind": "near", "about": name}))
    unanswerable += [(f"How do I bake bread number {n}?", {"kind": "far"}) for n in range(6)]
    _write(folder, paragraphs, questions, unanswerable)


def write_diseases(folder: Path, titles: Iterable[str]) -> None:
    """Write a MedQuAD of one section for each of KINDS about each disease."""
    paragraphs, questions = [], []
    for title in titles:
        for kind, text in KINDS.items():
            paragraphs.append((f"{title}-{kind}", title, f"{text.format(x=title)} {_rare_words(title + kind)}"))
            questions.append((f"{kind} of {title}?", f"{title}-{kind}", {"qtype": kind}))
    _write(folder, paragraphs, questions)


def _rare_words(seed: str) -> str:
    """Make a sentence of words that stand nowhere else."""
    rng = random.Random(seed)
    words = ["".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)) for _ in range(3)]
    return f"{' '.join(words).capitalize()}."


def word_vectors(texts: Sequence[str], cache: Path) -> NDArray[np.float32]:
    """Count hashed words, (n, 64) float32. They stand for the encoder's vectors, and their products are exact."""
    counts = np.zeros((len(texts), 64), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().split():
            counts[row, zlib.crc32(word.encode()) % 64] += 1
    return counts


def _write(
    folder: Path,
    paragraphs: Iterable[tuple[str, str, str]],
    questions: Iterable[tuple[str, str, dict[str, Any]]],
    unanswerable: Iterable[tuple[str, dict[str, Any]]] = (),
) -> None:
    (folder / "qrels").mkdir(parents=True)
    _write_lines(folder / "corpus.jsonl", ({"_id": i, "title": t, "text": b} for i, t, b in paragraphs))
    asked = list(enumerate(questions))
    _write_lines(folder / "queries.jsonl", ({"_id": f"q{n}", "text": q, "metadata": m} for n, (q, _, m) in asked))
    rows = [f"q{n}\t{place}\t1\n" for n, (_, place, _) in asked]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(rows), encoding="utf-8")
    _write_lines(folder / "unanswerable.jsonl", ({"text": q, "metadata": m} for q, m in unanswerable))


def _write_lines(path: Path, objects: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(o) + "\n" for o in objects), encoding="utf-8")
