"""How well pincite finds and how honestly it answers: `pincite eval`.

    evaluate     the whole flow on one screen: read, index, ask
    questions    question files; collections: BEIR folders; articles: articles with questions; jsonl: what they share
    indexes      an index of a folder's own documents
    asking       questions go out, rankings and confidences come back; rankings: of documents and sections
    scored       what came back, before it is summed up
    measures, answerability, statistics      pure: numbers in, numbers out
    summary      means, intervals, comparisons, as JSON; report: the same as text
    runs         TREC run and qrels files

docs/evaluation.md says what each figure is.
"""

from pincite.evaluation.datasets.questions import Question, read_questions
from pincite.evaluation.metrics.ranking import CUTOFFS

__all__ = ["CUTOFFS", "Question", "read_questions"]
