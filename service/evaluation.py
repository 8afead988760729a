"""Score labelled questions against a searcher: section, passage and evidence at 1, 3, 5, and the statuses given.

A question file holds one JSON object a line: id, question, kind (`in` when the documents answer it), style,
sections (paths joined by " > ", the best first) and facts (regular expressions that must all match).
Success@k is reported, not recall: the share of questions with a right hit among the first k.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ReadError
from index.searcher import Searcher
from index.vocabulary import Hit

DEPTHS = (1, 3, 5)
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled question."""

    id: str
    text: str
    kind: str
    style: str
    sections: tuple[str, ...]
    facts: tuple[re.Pattern[str], ...]


def read_questions(path: Path) -> list[Question]:
    """Read a question file. Raises ReadError naming the file and line at fault."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(str(path), f"cannot be read: {error}", "give a UTF-8 file of one JSON object a line") from error
    questions = [_question(f"{path}:{n}", line) for n, line in enumerate(lines, start=1) if line.strip()]
    if not questions:
        raise ReadError(str(path), "holds no questions", "write one JSON object a line")
    return questions


def _question(place: str, line: str) -> Question:
    try:
        q = json.loads(line)
        facts = tuple(re.compile(fact, re.IGNORECASE) for fact in q.get("facts", ()))
        return Question(q["id"], q["question"], q["kind"], q.get("style", ""), tuple(q.get("sections", ())), facts)
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise ReadError(
            place, f"is not a labelled question: {error!r}", "see the fields in docs/evaluation.md"
        ) from error


def score(searcher: Searcher, questions: Sequence[Question]) -> dict[str, Any]:
    """Ask every question and count. Shares come with a 95% bootstrap interval, [low, high]."""
    rows: list[dict[str, float]] = []
    statuses: dict[str, Counter[str]] = {}
    styles: dict[str, list[float]] = {}
    for q in questions:
        answer = searcher.ask(q.text, max(DEPTHS))
        statuses.setdefault(q.kind, Counter())[answer.status] += 1
        if q.kind == "in":
            rows.append(_measures(q, answer.hits))
            styles.setdefault(q.style, []).append(rows[-1]["section@3"])
    measures = {name: _interval([row[name] for row in rows]) for name in (rows[0] if rows else ())}
    return {
        "index": searcher.bundle.id,
        "questions": len(questions),
        "answerable": len(rows),
        "measures": measures,
        "section@3 by style": {style: round(float(np.mean(v)), 4) for style, v in sorted(styles.items())},
        "statuses": {kind: dict(sorted(counts.items())) for kind, counts in sorted(statuses.items())},
    }


def _measures(q: Question, hits: Sequence[Hit]) -> dict[str, float]:
    section = [" > ".join(hit.citation.path) in q.sections for hit in hits]
    passage = [s and _holds(q, hit.citation.quote) for s, hit in zip(section, hits, strict=True)]
    evidence = [s and _holds(q, "\n".join(e.quote for e in hit.evidence)) for s, hit in zip(section, hits, strict=True)]
    found = {"section": section, "passage": passage, "evidence": evidence}
    measures = {f"{name}@{k}": float(any(right[:k])) for name, right in found.items() for k in DEPTHS}
    return measures | {"section MRR@5": 1 / (section.index(True) + 1) if any(section) else 0.0}


def _holds(q: Question, text: str) -> bool:
    return all(fact.search(text) for fact in q.facts)


def _interval(values: Sequence[float]) -> dict[str, Any]:
    """A mean with its 95% percentile bootstrap interval, resampling questions from a fixed seed."""
    array = np.asarray(values)
    picks = np.random.default_rng(0).integers(0, len(array), (RESAMPLES, len(array)))
    low, high = np.quantile(array[picks].mean(axis=1), (0.025, 0.975))
    return {"mean": round(float(array.mean()), 4), "interval": [round(float(low), 4), round(float(high), 4)]}


def table(result: dict[str, Any]) -> str:
    """The result as text for a terminal."""
    lines = [f"index {result['index']}, {result['questions']} questions, {result['answerable']} answerable", ""]
    for name, m in result["measures"].items():
        lines.append(f"{name:<16} {m['mean']:.3f}   [{m['interval'][0]:.3f}, {m['interval'][1]:.3f}]")
    lines += ["", "section@3 by style: " + ", ".join(f"{s} {v:.2f}" for s, v in result["section@3 by style"].items())]
    lines += [
        f"{kind}: " + ", ".join(f"{s} {n}" for s, n in counts.items()) for kind, counts in result["statuses"].items()
    ]
    return "\n".join(lines)
