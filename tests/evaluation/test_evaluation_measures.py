"""Measures and run files, against trec_eval itself (pytrec_eval) and against worked examples."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from pincite.evaluation.metrics.ranking import (
    document_measures,
    ndcg,
    recall,
    reciprocal_rank,
    section_measures,
    success,
)
from pincite.evaluation.trec import check_writable, escape, falling, order, read_run, write_qrels, write_run
from pincite.index.errors import PinciteError, ReadError

TOLERANCE = 1e-9
NAMES = st.text("abcXYZ019", min_size=1, max_size=3)
GRADES = st.dictionaries(NAMES, st.integers(-1, 3), min_size=1, max_size=30)
# few different scores, so that ties are common, and two that differ in double precision alone
SCORES = st.dictionaries(NAMES, st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.0 - 1e-12, -3.0]), min_size=1, max_size=200)


def oracle(qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """trec_eval's values under our names. It has no MRR@10: a first relevant one below rank 10 counts 0."""
    found = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10", "recip_rank", "recall_100"}).evaluate(run)
    return {
        q: {
            "nDCG@10": values["ndcg_cut_10"],
            "MRR@10": values["recip_rank"] if values["recip_rank"] > 0.0999 else 0.0,
            "Recall@100": values["recall_100"],
        }
        for q, values in found.items()
    }


@given(GRADES, SCORES)
def test_measures_are_those_of_trec_eval(grades: dict[str, int], scores: dict[str, float]) -> None:
    """nDCG@10, MRR@10 and Recall@100 agree on any graded judgments and any run, ties and strangers included."""
    expected = oracle({"q": grades}, {"q": scores})["q"]
    assert document_measures(order(scores), grades) == pytest.approx(expected, abs=TOLERANCE)


def test_long_runs_are_measured_as_trec_eval_does(tmp_path: Path) -> None:
    """Runs of 300 documents for 40 questions, written, are read back by pytrec_eval with the same values."""
    generator = np.random.default_rng(7)
    documents = [f"d {i}%" if i % 7 == 0 else f"d{i}" for i in range(400)]
    run, qrels = {}, {}
    for q in range(40):
        chosen = generator.permutation(400)[:300]
        scores = np.sort(np.round(generator.random(300), 2))[::-1]  # many ties
        run[f"q {q}"] = [(documents[d], float(s)) for d, s in zip(chosen, scores, strict=True)]
        qrels[f"q {q}"] = {documents[d]: int(generator.integers(-1, 4)) for d in generator.permutation(400)[:60]}
    write_run(tmp_path / "run", run)
    write_qrels(tmp_path / "qrels", qrels)
    with (tmp_path / "run").open() as r, (tmp_path / "qrels").open() as j:
        expected = oracle(pytrec_eval.parse_qrel(j), pytrec_eval.parse_run(r))
    assert len(expected) == 40
    back = read_run(tmp_path / "run")
    for q, ranking in run.items():
        ours = document_measures([d for d, _ in ranking], qrels[q])
        assert ours == pytest.approx(expected[escape(q)], abs=TOLERANCE)
        assert back[escape(q)] == [escape(d) for d, _ in ranking]


def test_a_worked_example() -> None:
    """Grades 3, 2, 3, 0, 1, 2 in that order, with another 3 and 2 not found: the example of nDCG by hand."""
    gains, grades = [3, 2, 3, 0, 1, 2], [3, 2, 3, 0, 1, 2, 3, 2]
    got = 3 + 2 / math.log2(3) + 3 / 2 + 1 / math.log2(6) + 2 / math.log2(7)
    best = 3 + 3 / math.log2(3) + 3 / 2 + 2 / math.log2(5) + 2 / math.log2(6) + 2 / math.log2(7)
    assert ndcg(gains, grades, 6) == pytest.approx(got / best)
    assert ndcg(gains, grades, 6) == pytest.approx(0.785, abs=0.0005)


def test_cuts_and_empty_rankings() -> None:
    """A rank at the cut counts, one below does not, and nothing found or nothing relevant is 0."""
    late = [0] * 9 + [1]
    assert (success(late, 10), success(late, 9)) == (1, 0)
    assert (reciprocal_rank(late, 10), reciprocal_rank([0, *late], 10)) == (0.1, 0)
    assert recall([1, 1, 0], [1, 1, 1, 1, 0, -1], 100) == 0.5
    assert set(document_measures([], {"a": 1}).values()) == {0.0}
    assert set(document_measures(["a"], {"a": 0}).values()) == {0.0}
    found = section_measures(["x", "a", "b"], {"a": 1, "b": 1})
    assert (found["section@1"], found["section@3"], found["section MRR@10"]) == (0, 1, 0.5)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50))
def test_written_scores_fall_strictly(scores: list[float]) -> None:
    """However many scores are equal, those written fall from rank to rank in single precision, and hardly move."""
    scores = sorted(scores, reverse=True)
    written = np.array([float(f"{s:.9g}") for s in falling(scores)], dtype=np.float32)
    assert (np.diff(written) < 0).all()
    assert written == pytest.approx(scores, rel=1e-4, abs=1e-6)


def test_equal_scores_at_zero_stay_apart_from_zero() -> None:
    """Next to 0 the scores are far from the smallest float, which some tools read as 0."""
    assert falling([0.0, 0.0, 0.0])[1] == pytest.approx(-1e-30)


@given(st.text(max_size=8), st.text(max_size=8))
def test_ids_become_single_columns_and_stay_apart(one: str, other: str) -> None:
    """Any id is one column for any way of splitting at white space; different ids stay different."""
    assert escape(one).split() == [escape(one)]
    assert (escape(one) == escape(other)) == (one == other)


def test_plain_ids_are_written_as_they_are() -> None:
    """Only white space, unseen characters and the percent sign are encoded."""
    assert escape("Black_Death:0/é#1") == "Black_Death:0/é#1"
    assert (escape("a b%"), escape("")) == ("a%20b%25", "%")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("q Q0 d 1 0.5\n", "run:1: has 5 columns, not 6"),
        ("q Q0 d 1 0.5 t\n\nq Q0 e 2 half t\n", "run:3: has the score 'half', which is no number"),
        ("q Q0 d 1 nan t\n", "run:1: has the score 'nan'"),
        ("q Q0 d 1 0.5 t\nq Q0 d 2 0.4 t\n", "run:2: ranks 'd' for 'q' again"),
        ("\n", "run: holds no ranking"),
    ],
)
def test_a_run_that_is_none_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """The error names the file and the line."""
    (tmp_path / "run").write_text(text)
    with pytest.raises(ReadError) as caught:
        read_run(tmp_path / "run")
    assert problem in str(caught.value)


def test_a_run_is_read_by_score_not_by_rank(tmp_path: Path) -> None:
    """As in trec_eval, scores decide, and of equal scores the greater id comes first."""
    (tmp_path / "run").write_text("q Q0 a 1 0.1 t\nq Q0 b 2 0.9 t\nq Q0 c 3 0.9 t\n")
    assert read_run(tmp_path / "run") == {"q": ["c", "b", "a"]}


def test_a_place_that_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    """A folder, or a file in no folder, is refused; a new file is not, nor is it made."""
    check_writable(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    for path in (tmp_path, tmp_path / "no" / "such"):
        with pytest.raises(PinciteError, match="cannot be written"):
            check_writable(path)
