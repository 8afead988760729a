"""One run of labelling: its questions and labels, the index that is asked, and the calibration that may come of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pincite.evaluation.calibrate import MIN_QUESTIONS, OFF_TOPIC, Budgets, LabelledEvidence, calibrate
from pincite.evaluation.datasets.questions import ANSWERABLE, Question
from pincite.evaluation.runner import hit_measures
from pincite.index.answer.answerability import Features, evidence_kind, model_in_use
from pincite.index.errors import QuestionError
from pincite.index.searcher import Searcher, open_searcher
from pincite.index.settings import Settings
from pincite.index.types import Answer
from pincite.ingestion.publishing.recalibrate import publish_calibration
from pincite.service.label.labels import Kind, Label, LabelFile, MarkedSentence
from pincite.service.label.questions import QuestionToLabel
from pincite.service.label.rates import Rate, answered_rates, measured_rates

MAX_PASSAGES = 20  # shown of one question


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The answer to a question, and the evidence that it was classified by."""

    answer: Answer
    features: Features | None  # None: nothing was found
    is_answerable: bool


class Labelling:
    """Questions, their labels, and the live index. One thread at a time."""

    min_questions = MIN_QUESTIONS

    def __init__(self, settings: Settings, questions: Sequence[QuestionToLabel], labels: LabelFile) -> None:
        """Open the index of the settings. Raises BundleError or StorageError."""
        self.settings = settings
        self.questions = questions
        self.labels = labels
        self.published: str | None = None  # the index id that was published with a calibration to these labels
        self._fitted: dict[str, Any] | None = None  # to the labels as they are
        self._open()

    @property
    def done(self) -> int:
        """The number of questions that have a label."""
        return sum(q.id in self.labels.records for q in self.questions)

    def next_after(self, number: int) -> int | None:
        """Return the number, from 1, of the next question without a label, round to the start; None if all have one."""
        order = [*range(number, len(self.questions)), *range(number)]
        return next((i + 1 for i in order if self.questions[i].id not in self.labels.records), None)

    def label(self, question: QuestionToLabel, kind: Kind, sentences: Sequence[MarkedSentence]) -> None:
        """Save a label. Raises StorageError."""
        given = tuple(sentences) if kind == ANSWERABLE else ()
        today = date.today().isoformat()
        self.labels.save(Label(question.id, question.text, kind, given, self.searcher.bundle.id, today))
        self._fitted = None

    def ask(self, question_id: str, text: str) -> AskedQuestion:
        """Ask a question, once for each index. Raises QuestionError."""
        if question_id not in self._asked:
            answer, ranked = self.searcher.answer_with_ranking(self.searcher.parse(text), MAX_PASSAGES)
            features = self.searcher.features(ranked) if len(ranked.rows) else None
            self._asked[question_id] = AskedQuestion(answer, features, self.searcher.is_answerable(ranked))
        return self._asked[question_id]

    def ask_labelled(self, progress: Callable[[int, int], None]) -> None:
        """Ask every labelled question, so that no page waits for it."""
        for done, question in enumerate(self.labels.questions, start=1):
            with suppress(QuestionError):
                self.ask(question.id, question.text)
            progress(done, len(self.labels.questions))

    def statuses(self) -> dict[str, tuple[str, str]]:
        """Return kind and present status of every labelled question, by its id."""
        return {q.id: (q.kind, asked.answer.status) for q, asked in self._labelled()}

    def rates(self) -> dict[str, Rate]:
        """Return the share of each kind that is called answered by the calibration in use."""
        return answered_rates(list(self.statuses().values()))

    def first_right(self) -> Rate:
        """Return the share of the answerable whose first passage holds what was ticked."""
        right = [
            hit_measures(q, asked.answer.hits)["passage@1"] for q, asked in self._labelled() if q.kind == ANSWERABLE
        ]
        return Rate(int(sum(right)), len(right))

    @property
    def in_sample(self) -> bool:
        """True if the calibration in use was fitted to a file of the labels' name, so that its rates here flatter."""
        calibration = self.searcher.bundle.calibration
        return not calibration["default"] and self.labels.path.name in calibration["fitted_on"]["questions"]

    def missing(self) -> tuple[int, int]:
        """Return how many answerable questions, and how many near misses, a fit still needs."""
        kinds = Counter(q.kind for q, asked in self._labelled() if asked.features)
        near = sum(count for kind, count in kinds.items() if kind not in (ANSWERABLE, *OFF_TOPIC))
        return max(0, MIN_QUESTIONS - kinds[ANSWERABLE]), max(0, MIN_QUESTIONS - near)

    def fitted_rates(self) -> dict[str, Rate] | None:
        """Return rates() by a calibration to the labels, on folds that it did not see; None with too few labels."""
        if any(self.missing()):
            return None
        in_use = model_in_use(self._fit(), self.searcher.bundle.cross_encoder is not None)
        return measured_rates(in_use["measured"])

    def publish(self) -> str:
        """Publish the index with a calibration to the labels, and go on with it. Returns the new index id.

        Raises PinciteError with too few labels, and what publish_calibration() raises.
        """
        calibration = {"default": False, "of": evidence_kind(self.searcher.bundle.manifest), **self._fit()}
        self.published = publish_calibration(Path(self.settings.index), calibration, self.settings.keep_bundles)
        with closing(self.searcher.bundle):
            self._open()
        return self.published

    def _open(self) -> None:
        self.searcher: Searcher = open_searcher(replace(self.settings, answer_cache=0))
        self._asked: dict[str, AskedQuestion] = {}
        self._fitted = None

    def _labelled(self) -> list[tuple[Question, AskedQuestion]]:
        """Return the labelled questions that can be searched, as they are answered now."""
        found = []
        for question in self.labels.questions:
            try:
                found.append((question, self.ask(question.id, question.text)))
            except QuestionError:  # longer than this index's settings allow
                continue
        return found

    def _fit(self) -> dict[str, Any]:
        if self._fitted is None:
            evidence = [
                LabelledEvidence(asked.features, q.kind, q.id, asked.is_answerable)
                for q, asked in self._labelled()
                if asked.features
            ]
            self._fitted = calibrate(evidence, self.labels.path.name, Budgets())
        return self._fitted
