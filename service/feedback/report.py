"""Report on feedback for `pincite feedback`: counts, what was asked in vain, and questions to label. Values come in."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pincite.index.types import Status
from pincite.service.feedback.store import VERDICTS, Feedback, KeptQuestion

MAX_LISTED = 20  # questions, and days, that are printed; JSON has them all
_ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """Kept questions that differ in case, white space and punctuation alone."""

    text: str  # in its most frequent wording
    kept: tuple[KeptQuestion, ...]  # the oldest first

    @property
    def statuses(self) -> dict[str, int]:
        """Count of each status that was given."""
        return dict(Counter(q.feedback.status for q in self.kept))

    @property
    def verdicts(self) -> dict[str, int]:
        """Count of the presses of each button."""
        return dict(Counter(q.feedback.verdict for q in self.kept))

    @property
    def unmatched_terms(self) -> tuple[str, ...]:
        """Words without a match in the documents, when it was last asked."""
        return self.kept[-1].unmatched_terms

    @property
    def in_vain(self) -> bool:
        """True if it was ever not answered, or its answer did not help."""
        return any(q.feedback.status != "answered" or q.feedback.verdict != "helped" for q in self.kept)


def group_questions(kept: Iterable[KeptQuestion]) -> list[AskedQuestion]:
    """Group questions that were asked the same way; those asked most often come first."""
    groups: dict[str, list[KeptQuestion]] = {}
    for question in kept:
        groups.setdefault(_folded(question.text), []).append(question)
    asked = [
        AskedQuestion(Counter(q.text for q in group).most_common(1)[0][0], tuple(group)) for group in groups.values()
    ]
    return sorted(asked, key=lambda a: (-len(a.kept), a.text))


def report_json(counts: Sequence[tuple[Feedback, int]], kept: Iterable[KeptQuestion]) -> dict[str, Any]:
    """Return the whole report: counts by status and verdict, by day, and what was asked in vain."""
    days = sorted({feedback.day for feedback, _ in counts})
    return {
        "count": sum(count for _, count in counts),
        "statuses": {s: _verdicts((f, n) for f, n in counts if f.status == s) for s in get_args(Status)},
        "days": {day: _verdicts((f, n) for f, n in counts if f.day == day) for day in days},
        "asked_in_vain": [
            {
                "question": asked.text,
                "count": len(asked.kept),
                "statuses": asked.statuses,
                "verdicts": asked.verdicts,
                "unmatched_terms": list(asked.unmatched_terms),
            }
            for asked in group_questions(kept)
            if asked.in_vain
        ],
    }


def report_lines(report: dict[str, Any]) -> list[str]:
    """Format a report for a terminal: the last MAX_LISTED days, and as many questions."""
    lines = [f"Answers judged by their readers: {report['count']:,}", ""]
    lines += _table("status", report["statuses"])
    days = dict(list(report["days"].items())[-MAX_LISTED:])
    lines += ["", *_table("day", days)] if days else []
    asked = report["asked_in_vain"]
    if not asked:
        return [*lines, "", "No question was kept that was asked in vain."]
    lines += ["", "Asked in vain, kept because their askers agreed:"]
    for entry in asked[:MAX_LISTED]:
        terms = f"; nothing comes near: {', '.join(entry['unmatched_terms'])}" if entry["unmatched_terms"] else ""
        statuses = ", ".join(status.replace("_", " ") for status in entry["statuses"])
        lines.append(f"{entry['count']:>5} x {_one_line(entry['question'])}  ({statuses}{terms})")
    more = len(asked) - MAX_LISTED
    return [*lines, f"      and {more:,} more: --json lists them all"] if more > 0 else lines


def to_label(kept: Iterable[KeptQuestion]) -> str:
    """Return every kept question as a line of JSON for `pincite label`.

    A press of a button is no label: a reader who was not helped may have had the right answer, or asked what the
    documents do not say.
    """
    lines = [
        {
            "id": f"asked-{hashlib.sha256(_folded(asked.text).encode()).hexdigest()[:_ID_DIGITS]}",
            "question": asked.text,
            "count": len(asked.kept),
            "statuses": asked.statuses,
            "verdicts": asked.verdicts,
        }
        for asked in group_questions(kept)
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _verdicts(counts: Iterable[tuple[Feedback, int]]) -> dict[str, int]:
    sums: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for feedback, count in counts:
        sums[feedback.verdict] += count
    return sums


def _table(name: str, rows: dict[str, dict[str, int]]) -> list[str]:
    head = f"{name:<12}{'helped':>8}{'did not answer':>16}"
    return [
        head,
        *(f"{key.replace('_', ' '):<12}{v['helped']:>8,}{v['did_not_answer']:>16,}" for key, v in rows.items()),
    ]


def _folded(text: str) -> str:
    """Return a question without case, punctuation and superfluous white space."""
    return " ".join(re.findall(r"\w+", text.casefold())) or text


def _one_line(text: str) -> str:
    """Return text without line breaks and control characters, which a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
