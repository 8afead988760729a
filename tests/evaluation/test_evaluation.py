"""`pincite eval` as a whole: question files, BEIR folders and articles, over real indexes of a few sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytrec_eval
from click.testing import CliRunner, Result

from pincite.evaluation.datasets.questions import read_questions
from pincite.evaluation.evaluate import default_root, evaluate
from pincite.evaluation.rankings import documents
from pincite.evaluation.runner import ask_questions
from pincite.evaluation.summary import against, summarise
from pincite.evaluation.trec import read_run, write_run
from pincite.index.errors import ReadError
from pincite.index.ranking.candidates import find_candidates
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.ingestion.encoder.model_files import ModelFiles
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.service.cli.commands import main

QUESTIONS: list[dict[str, Any]] = [
    {"id": "paid", "question": "is a sabbatical paid", "sections": ["Leave > Sabbatical"], "facts": ["not paid"]},
    {"id": "the bell", "question": "when does the bell ring", "sections": ["Low water"], "facts": ["bell"]},
    {"id": "story", "question": "why " * 1000, "sections": ["Leave"]},
    {"id": "mongolia", "question": "capital of Mongolia", "kind": "far_out"},
    {"id": "blank", "question": " ", "kind": "far_out"},
    {"id": "wage", "question": "how much is the wage for ringing the bell", "kind": "near_out"},
]
CORPUS = [
    {"_id": "bells", "title": "Bells", "text": "The bell rings at high water.\nIt rings for:\n- fog\n- fire"},
    {"_id": "a b/%#é", "title": "", "text": "Boats leave the harbour at dawn."},
    {"_id": "leave", "title": "Leave", "text": "Everybody has 27 days of leave a year."},
    {"_id": "empty", "title": "", "text": ""},
]
QUERIES = [
    {"_id": "q 1", "text": "when does the bell ring"},
    {"_id": "q2", "text": "boats at dawn"},
    {"_id": "q3", "text": "days of leave"},
    {"_id": "q4", "text": "???"},
]
QRELS = (
    "query-id\tcorpus-id\tscore\nq 1\tbells\t2\nq 1\tleave\t0\nq2\tleave\t1\nq3\tleave\t1\nq3\tbells\t1\nq4\tbells\t1\n"
)
NONE = [{"_id": "u1", "text": "who cast the bell"}, {"_id": "u2", "text": "sourdough starter", "kind": "far"}]
ARTICLES = [
    {
        "_id": "handbook/1",
        "title": "Handbook",
        "sections": [
            {"section": 0, "heading": "Holidays", "text": "Everybody has 27 days of leave a year."},
            {"section": 1, "heading": "Emergencies", "text": "The bell rings in fog.\n- Put on a life jacket"},
            {"section": 2, "heading": "Wages", "text": "Money is handed out on Fridays."},
        ],
        "questions": [
            {"text": "when does the bell ring", "sections": [1]},
            {"text": "holidays", "sections": [0]},
            {"text": "wages", "sections": [2]},
        ],
    },
    {
        "_id": "fog",
        "title": "Fog",
        "sections": [{"section": 0, "heading": "What", "text": "Fog is a bell's best friend: the bell rings in fog."}],
        "questions": [{"text": "x" * 3000, "sections": [0]}],
    },
]


def silent(stage: str) -> Callable[[int, int], None]:
    return lambda done, of: None


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["eval", *words], catch_exceptions=False)


def jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question file of every kind, with questions that are refused."""
    return jsonl(tmp_path_factory.mktemp("questions") / "q.jsonl", [{"kind": "in"} | q for q in QUESTIONS])


@pytest.fixture(scope="module")
def beir(tmp_path_factory: pytest.TempPathFactory, embedder: Callable[[ModelFiles], Embedder]) -> Path:
    """A BEIR folder whose index is made, in `root` next to it."""
    folder = tmp_path_factory.mktemp("beir") / "harbour"
    jsonl(folder / "corpus.jsonl", CORPUS)
    jsonl(folder / "queries.jsonl", QUERIES)
    jsonl(folder / "unanswerable.jsonl", NONE)
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    evaluate(folder, Settings(index=str(folder.parent / "root")), silent, silent, embedder)
    return folder


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory, embedder: Callable[[ModelFiles], Embedder]) -> dict[str, Any]:
    """The result for a folder of articles."""
    folder = tmp_path_factory.mktemp("articles")
    jsonl(folder / "documents.jsonl", ARTICLES)
    scored = evaluate(folder, Settings(index=str(folder / "root")), silent, silent, embedder)
    assert all(len(trial.run) == 4 for trial in scored.trials)
    return summarise(scored)


def means(result: dict[str, Any], *names: str) -> list[float]:
    return [result["measures"][name]["mean"] for name in names]


def test_a_question_file(questions: Path, index: Path) -> None:
    """Hits are counted against all answerable questions, one that is refused among them as one without hits."""
    result = json.loads(run(str(questions), "--json", "--index", str(index)).stdout)
    assert (result["questions"], result["answerable"]) == (6, 3)
    assert means(result, "section@1", "passage@1", "evidence@1") == [0.3333, 0.3333, 0.3333]
    assert result["measures"]["section nDCG@10"]["mean"] > 0.3333
    assert result["measures"]["section@1"]["interval"] == [0.0, 1.0]
    assert result["statuses"]["in"]["refused"] == 1
    assert result["statuses"]["far_out"] == {"not_found": 1, "refused": 1}
    assert result["shares of statuses"]["far_out"]["refused"]["mean"] == 0.5
    assert {(r["id"], r["kind"]) for r in result["refused"]} == {("story", "in"), ("blank", "far_out")}
    assert result["answerability"]["AUROC far_out"]["value"] == 1


def test_the_text_shows_what_the_json_holds(questions: Path, index: Path) -> None:
    """The table names each measure, each kind's statuses and what was refused."""
    shown = run(str(questions), "--index", str(index)).stdout
    for part in ("questions: 6", "section@1 ", "evidence@5", "far_out: not_found 1, refused 1", "Brier (answerable)"):
        assert part in shown
    assert "refused 2: story (has 4,000 characters; 2,000 at most), blank (is empty)" in shown


@pytest.mark.parametrize("cross_encoder", ["0", "1"])
def test_the_setting_of_the_cross_encoder_is_honoured(
    questions: Path, index: Path, monkeypatch: pytest.MonkeyPatch, cross_encoder: str
) -> None:
    """PINCITE_CROSS_ENCODER=0 evaluates the index without the cross-encoder, and 1 with it."""
    monkeypatch.setenv("PINCITE_CROSS_ENCODER", cross_encoder)
    searchers = []

    def capture(searcher: Searcher, *rest: Any) -> Any:
        searchers.append(searcher)
        return ask_questions(searcher, *rest)

    monkeypatch.setattr("pincite.evaluation.evaluate.ask_questions", capture)
    assert run(str(questions), "--json", "--index", str(index)).exit_code == 0
    assert [searcher.bundle.cross_encoder is not None for searcher in searchers] == [cross_encoder == "1"]


def test_a_question_is_searched_once(questions: Path, searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """One search of an answerable question gives its answer and its ranking."""
    searched: list[str] = []

    def counted(bundle: Any, query: Any, within: Any = None) -> Any:
        searched.append(query.text)
        return find_candidates(bundle, query, within)

    monkeypatch.setattr("pincite.index.searcher.find_candidates", counted)
    ask_questions(searcher, read_questions(questions), silent)
    assert sorted(searched) == sorted(set(searched))


def test_a_run_file_gives_the_same_order_in_other_tools(questions: Path, index: Path, tmp_path: Path) -> None:
    """pytrec_eval finds in the written run and qrels the nDCG@10 that was reported."""
    files = tmp_path / "run", tmp_path / "qrels"
    words = ("--run", str(files[0]), "--qrels", str(files[1]), "--json", "--index", str(index))
    result = json.loads(run(str(questions), *words).stdout)
    with files[0].open() as r, files[1].open() as q:
        rankings, qrels = pytrec_eval.parse_run(r), pytrec_eval.parse_qrel(q)
    found = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10"}).evaluate(rankings)
    assert set(found) == {"paid", "the%20bell"}  # nothing was ranked for the question that was refused
    mean = sum(f["ndcg_cut_10"] for f in found.values()) / 3
    assert means(result, "section nDCG@10") == [round(mean, 4)]
    assert {line.split()[0] for line in files[1].read_text().splitlines()} == {"paid", "the%20bell", "story"}


def test_the_first_section_of_the_run_is_that_of_the_first_hit(questions: Path, searcher: Searcher) -> None:
    """The ranking of the run is the one that people see."""
    scored = ask_questions(searcher, read_questions(questions), silent)
    for question in ("paid", "the bell"):
        asked = next(q["question"] for q in QUESTIONS if q["id"] == question)
        assert scored.trials[0].run[question][0][0] == " > ".join(searcher.ask(asked, 1).hits[0].citation.path)


def test_a_document_has_the_score_and_the_place_of_its_best_passage(searcher: Searcher) -> None:
    """A document keeps the first and highest score of its passages."""
    ranked = searcher.search("when does the bell ring at high water")
    found = documents(searcher, ranked)
    owners = [searcher.bundle.records.passage(row).document for row in ranked.rows.tolist()]
    best = {name: max(s for s, o in zip(ranked.score.tolist(), owners, strict=True) if o == name) for name in owners}
    assert len(owners) > len(found)
    assert found == sorted(best.items(), key=lambda pair: -pair[1])


def test_an_earlier_run_is_compared_and_what_is_missing_is_named(questions: Path, index: Path, tmp_path: Path) -> None:
    """Differences are this run's minus the earlier one's, on shared questions; the others are named on both sides."""
    earlier = tmp_path / "earlier"
    earlier.write_text("paid Q0 Leave 1 0.5 x\npaid Q0 Leave%20>%20Sabbatical 2 0.4 x\ngone Q0 Leave 1 1 x\n")
    result = json.loads(run(str(questions), "--against", str(earlier), "--json", "--index", str(index)).stdout)
    found = result["against"]
    assert (found["only here"], found["only there"], found["questions"]) == (["story", "the%20bell"], ["gone"], 1)
    assert found["measures"]["distinct section@1"]["difference"] == 1
    assert found["measures"]["distinct section MRR@10"]["difference"] == 0.5
    assert (found["measures"]["distinct section@1"]["wins"], found["measures"]["distinct section@3"]["ties"]) == (1, 1)
    shown = run(str(questions), "--against", str(earlier), "--index", str(index)).stdout
    assert "only here, left out, 2: story, the%20bell" in shown
    assert "distinct section@1 +1.000 [+1.000, +1.000] p 1.0000 1 won, 0 tied, 0 lost" in " ".join(shown.split())


def test_a_run_against_itself_is_all_ties(questions: Path, searcher: Searcher, tmp_path: Path) -> None:
    """Written and read back, a run differs from itself in nothing."""
    scored = ask_questions(searcher, read_questions(questions), silent)
    write_run(tmp_path / "run", scored.trials[0].run)
    found = against(scored, read_run(tmp_path / "run"), "run")
    assert {(m["difference"], m["p"], m["ties"]) for m in found["measures"].values()} == {(0, 1, 2)}
    with pytest.raises(ReadError, match="ranks none of these questions"):
        against(scored, {"other": ["x"]}, "run")


def test_a_collection_is_indexed_once_and_measured(beir: Path, tmp_path: Path) -> None:
    """Ids come back as they were written; the index that was made is used again, and the figures are trec_eval's."""
    root, ranked = beir.parent / "root", tmp_path / "run"
    before = (root / "CURRENT").stat().st_mtime_ns
    result = json.loads(run(str(beir), "--json", "--run", str(ranked), "--index", str(root)).stdout)
    assert (root / "CURRENT").stat().st_mtime_ns == before
    assert (result["documents"], result["questions"], result["answerable"]) == (4, 6, 4)
    rankings = read_run(ranked)
    assert {q: r[0] for q, r in rankings.items()} == {"q%201": "bells", "q2": "a%20b/%25#é", "q3": "leave"}
    qrels = {"q%201": {"bells": 2, "leave": 0}, "q2": {"leave": 1}, "q3": {"leave": 1, "bells": 1}}
    scores = {q: {d: -float(i) for i, d in enumerate(r)} for q, r in rankings.items()}
    found = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10", "recip_rank", "recall_100"}).evaluate(scores)
    expected = [sum(f[m] for f in found.values()) / 4 for m in ("ndcg_cut_10", "recip_rank", "recall_100")]
    assert means(result, "nDCG@10", "MRR@10", "Recall@100") == pytest.approx(expected, abs=5e-5)


def test_a_collection_with_unanswerable_questions_is_judged(beir: Path) -> None:
    """Kinds are those stated, near where none is; the first document decides whether an answer is right."""
    scored = evaluate(beir, Settings(index=str(beir.parent / "root")), silent, silent)
    assert [(t.kind, t.right) for t in scored.outcomes] == [
        ("in", True),
        ("in", False),
        ("in", True),
        ("in", False),
        ("near", False),
        ("far", False),
    ]
    result = summarise(scored)
    assert result["statuses"]["far"] == {"not_found": 1}
    assert result["answerability"]["AUROC far"]["value"] == 0.75  # one answerable question has no word


def test_sections_are_chosen_within_the_own_article(articles: dict[str, Any]) -> None:
    """By text alone a section is not found by its heading; with headings it is; BM25 is given for both."""
    assert set(articles["index"]) == {"text", "headings"}
    assert articles["measures"]["headings section@1"]["mean"] == 0.75
    assert means(articles, "text, BM25 alone, section@5", "headings, BM25 alone, section@5") == [0.25, 0.75]
    assert [r["id"] for r in articles["refused"]] == ["fog:0"]
    found = articles["headings, over BM25 alone"]["headings section@1"]
    assert (found["difference"], found["ties"]) == (0, 4)


def test_an_index_of_other_documents_is_not_replaced(beir: Path, index: Path, tmp_path: Path) -> None:
    """Naming the index of other documents is refused, and that index stays as it is."""
    before = (index / "CURRENT").read_bytes()
    jsonl(tmp_path / "corpus.jsonl", CORPUS[:1])
    jsonl(tmp_path / "queries.jsonl", QUERIES[:1])
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("q 1\tbells\t1\n")
    result = run(str(tmp_path), "--index", str(index))
    assert (result.exit_code, (index / "CURRENT").read_bytes()) == (1, before)
    assert "holds an index of other documents\n  remedy: name another folder with --index" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["EMPTY"], "holds neither corpus.jsonl nor documents.jsonl"),
        (["BEIR"], "test.tsv: cannot be read"),
        (["QUESTIONS", "--against", "BAD"], "BAD:1: has 2 columns, not 6"),
        (["QUESTIONS", "--against", "EMPTY"], "cannot be read"),
        (["QUESTIONS", "--run", "EMPTY"], "cannot be written"),
        (["QUESTIONS", "--qrels", "EMPTY/no/such"], "cannot be written"),
    ],
)
def test_what_goes_wrong_is_said_before_anything_is_asked(
    questions: Path, index: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    """A fault is one message with its remedy, nothing on stdout, exit code 1."""
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "BAD").write_text("q d\n")
    jsonl(tmp_path / "BEIR" / "corpus.jsonl", CORPUS)
    jsonl(tmp_path / "BEIR" / "queries.jsonl", QUERIES)
    (tmp_path / "QUESTIONS").write_bytes(questions.read_bytes())
    given = [word if word.startswith("--") else str(tmp_path / word) for word in words]
    result = run(*given, "--index", str(index if words[0] == "QUESTIONS" else tmp_path / "root"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert "remedy: " in result.stderr


def test_a_folder_is_indexed_below_var_eval_under_its_name() -> None:
    """Without --index the setting of the served index is left alone."""
    assert default_root(Path(__file__).parent) == "var/eval/evaluation"
    assert default_root(Path(__file__)) is None
