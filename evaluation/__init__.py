"""Evaluation of rankings, answers and confidence: `pincite eval` and `pincite calibrate`.

    evaluate     the whole flow on one screen: read, index, ask
    datasets     question files, BEIR folders, articles with questions
    indexes      an index of a folder's own documents
    runner       asks questions: rankings, statuses and confidences; rankings: of documents and sections
    results      the results, before they are summed up
    metrics      measures of rankings and of answerability, and their statistics: numbers in, numbers out
    summary      means, intervals, comparisons, as JSON; report: the same as text
    calibrate    fits answerability to labelled questions
    trec         TREC run and qrels files

docs/evaluation.md says what each figure is.
"""

from pincite.evaluation.datasets.questions import Question, read_questions
from pincite.evaluation.metrics.ranking import CUTOFFS

__all__ = ["CUTOFFS", "Question", "read_questions"]
