"""Searching a real bundle of two small documents: what comes first, and that nothing but the question decides it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pincite.index.bundle import Bundle
from pincite.index.citation.cite import cite
from pincite.index.errors import QuestionError
from pincite.index.models.encoder import EncodedText, Encoder
from pincite.index.query.analysis import content_words
from pincite.index.retrieval.dense import DenseIndex
from pincite.index.retrieval.fusion import FUSION_WEIGHTS, RERANK_WEIGHTS, fuse, min_max
from pincite.index.retrieval.late_interaction import SECTION_WEIGHT, late_interaction, quantize, token_weights
from pincite.index.searcher import Searcher
from pincite.index.types import Answer
from pincite.ingestion.report import BuildReport

QUESTIONS = [
    "how many days of leave",
    "is the sabbatical paid",
    "bell",
    "when is the quay under water",
    "what must I do before going on the quay",
]


def steady(answer: Answer) -> Answer:
    return replace(answer, took_ms=0.0)


@pytest.mark.parametrize(
    ("question", "path", "quote"),
    [
        ("How many days of holiday do I get?", ("Leave",), "Everybody has 27 days of leave a year."),
        ("is a sabbatical paid", ("Leave", "Sabbatical"), "It is not paid."),
        ("when does the bell ring", ("High water",), "The tower rings a bell at high water."),
        ("life jacket", ("Safety",), "Put on a life jacket"),
    ],
)
def test_the_answering_section_and_sentence_come_first(
    searcher: Searcher, question: str, path: tuple[str, ...], quote: str
) -> None:
    """The first hit is the section that answers, and its evidence holds the sentence that does."""
    answer = searcher.ask(question)
    assert answer.hits[0].citation.path == path
    assert quote in [e.quote for e in answer.hits[0].evidence]
    assert answer.status != "not_found"


def test_every_quote_is_its_range(searcher: Searcher) -> None:
    """Each citation and evidence of each hit is the document's text at its offsets."""
    for question in QUESTIONS:
        for hit in searcher.ask(question, 50).hits:
            text = searcher.bundle.document(hit.citation.document).text
            assert text[hit.citation.start : hit.citation.end] == hit.citation.quote
            assert all(text[e.start : e.end] == e.quote for e in hit.evidence)


def test_ranks_do_not_depend_on_k_or_threads(searcher: Searcher) -> None:
    """The first hits are the same for every k, on every run, and when many threads ask at once."""
    whole = {q: steady(searcher.ask(q, 50)) for q in QUESTIONS}
    for q in QUESTIONS:
        for k in (1, 2, 3):
            assert steady(searcher.ask(q, k)) == replace(whole[q], hits=whole[q].hits[:k])
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda q: (q, steady(searcher.ask(q, 50))), QUESTIONS * 8))
    assert all(answer == whole[q] for q, answer in asked)


def test_hits_are_in_total_order(searcher: Searcher) -> None:
    """Hits are ordered by falling score, ties by passage id, and ranks count from 1."""
    hits = searcher.ask("water", 50).hits
    keys = [(-hit.score, hit.passage.id) for hit in hits]
    assert keys == sorted(keys)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


@pytest.mark.parametrize(
    "question", ["asdf qwer zxcv lkjh", "SELECT * FROM users;--", "¿Dónde está la estación?", "sourdough starter"]
)
def test_nonsense_is_not_found(searcher: Searcher, question: str) -> None:
    """A question about nothing in the documents is not_found."""
    assert searcher.ask(question).status == "not_found"


@pytest.mark.parametrize("question", ["???", ".", "🧠", "--"])
def test_a_question_without_a_word_finds_nothing(searcher: Searcher, question: str) -> None:
    """Without a word to search for there are no hits at all."""
    answer = searcher.ask(question)
    assert (answer.status, answer.confidence, answer.hits) == ("not_found", 0.0, ())


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00", "\u200b\ufeff", "\ud800"])
def test_a_blank_question_is_an_error(searcher: Searcher, question: str) -> None:
    """A question without anything to see is an error that says so."""
    with pytest.raises(QuestionError, match="question: is empty"):
        searcher.ask(question)


def test_a_question_too_long_is_an_error(searcher: Searcher) -> None:
    """Beyond the limit the error names both lengths; at the limit the question is searched."""
    with pytest.raises(QuestionError, match="has 20,000 characters; 2,000 at most"):
        searcher.ask("a" * 20_000)
    assert searcher.ask("leave " * 333 + "le").hits


def test_dense_search_is_exact(bundle: Bundle) -> None:
    """FAISS returns what a plain product over all vectors returns, padding dropped."""
    vectors = bundle.dense.vectors(np.arange(len(bundle)))
    query = bundle.encoder.encode_query("days of leave").vector
    rows, cosines = bundle.dense.nearest(query, 1000)
    plain = vectors @ query
    assert rows.tolist() == np.argsort(-plain, kind="stable").tolist()
    assert np.allclose(cosines, plain[rows], atol=1e-6)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_same_text_has_the_same_vector_alone_or_among_others(bundle: Bundle) -> None:
    """A second encoder gives the same tokens' spans and the same vectors within rounding."""
    other = Encoder.open(bundle.folder)
    one, two = bundle.encoder.encode_query("Ask the office."), other.encode_query("Ask the office.")
    assert np.allclose(one.vector, two.vector, atol=1e-6)
    assert [("Ask the office.")[s:e] for s, e in one.spans] == ["Ask", "the", "office", "."]
    assert one.token_vectors.shape == (4, bundle.encoder.dimension)


@pytest.mark.parametrize("text", ["", "\ufffd", "\x00"])
def test_a_text_without_tokens_has_a_vector_all_the_same(bundle: Bundle, text: str) -> None:
    """A text of characters that the tokenizer drops counts as one token, so that late interaction is defined for it."""
    encoded = bundle.encoder.encode_passage(text)
    assert encoded.token_vectors.shape == (1, bundle.encoder.dimension)
    assert np.isfinite(encoded.vector).all()


def test_late_interaction_of_a_text_with_itself_is_one(bundle: Bundle) -> None:
    """A passage's own tokens meet themselves fully; another's do not, and in one section they count in part."""
    assert bundle.tokens is not None
    kept = bundle.tokens.tokens(0)
    met = bundle.tokens.max_sim(kept.dequantize(), np.array([0, 1]))
    weights = np.full(len(kept.scales), 1 / len(kept.scales), np.float32)
    own, other = late_interaction(met, weights, np.array([0, 1], np.int32))
    assert own == pytest.approx(1, abs=2e-3)
    assert other < 0.99
    together = late_interaction(met, weights, np.array([7, 7], np.int32))
    assert together.tolist() == pytest.approx([own, (1 - SECTION_WEIGHT) * other + SECTION_WEIGHT * own], abs=1e-3)


def test_function_words_weigh_half(bundle: Bundle) -> None:
    """In "is a leave lost" the words is and a weigh half of the others; all weights sum to 1."""
    for text, weights in (("is a leave lost", [1 / 6, 1 / 6, 1 / 3, 1 / 3]), ("what is it", [1 / 3] * 3)):
        spans = bundle.encoder.encode_query(text).spans
        assert token_weights(content_words(text), spans).tolist() == pytest.approx(weights)


def test_token_vectors_in_one_byte_a_number_keep_their_cosines(bundle: Bundle) -> None:
    """Cosines with the kept vectors are within .002 of those with the encoder's own vectors."""
    tokens = bundle.encoder.encode_passage("After seven years you may take a sabbatical. It is not paid.").token_vectors
    kept = quantize(tokens)
    back = kept.dequantize()
    query = bundle.encoder.encode_query("is a sabbatical paid").token_vectors
    assert np.abs(query @ back.T - query @ tokens.T).max() < 0.002
    assert kept.values.dtype == np.uint8
    assert quantize(np.zeros((2, 3), np.float32)).values.tolist() == [[128] * 3] * 2


@pytest.mark.parametrize("length", [1, 7])
def test_what_is_met_is_the_cosine_of_whole_numbers(bundle: Bundle, length: int) -> None:
    """The best cosines are those of a plain product with the kept vectors, of few passages and of all."""
    assert bundle.tokens is not None
    chance = np.random.default_rng(length)
    query = chance.normal(size=(length, bundle.encoder.dimension)).astype(np.float32)
    query[:, 0] *= 20  # one number far larger than the others
    query = np.concatenate([query / np.linalg.norm(query, axis=1, keepdims=True), np.zeros_like(query[:1])])
    wanted = np.stack([(bundle.tokens.tokens(row).dequantize() @ query.T).max(axis=0) for row in range(len(bundle))])
    for rows in (np.arange(len(bundle)), np.array([len(bundle) - 1, 0])):
        assert np.abs(bundle.tokens.max_sim(query, rows) - wanted[rows]).max() < 1e-4
    assert np.array_equal(
        bundle.tokens.max_sim(query, np.array([1])), bundle.tokens.max_sim(query, np.arange(len(bundle)))[1:2]
    )


def test_without_token_vectors_the_rest_ranks(corpus: Path, ingest: Callable[..., BuildReport], tmp_path: Path) -> None:
    """With token_vectors=0 a bundle holds none, opens, and answers by its other scores."""
    ingest(tmp_path / "index", corpus, token_vectors=0)
    bare = Bundle(tmp_path / "index")
    hit = Searcher(bare).ask("is a sabbatical paid").hits[0]
    assert bare.tokens is None
    assert not {"tokens.npy", "token-scales.npy", "token-starts.npy"} & {path.name for path in bare.folder.iterdir()}
    assert hit.citation.path == ("Leave", "Sabbatical")
    assert sorted(hit.scores) == ["cross_encoder", "dense", "lexical", "sentence"]
    bare.close()


def test_a_scope_ranks_its_passages_alone(searcher: Searcher) -> None:
    """Within the rows of one document only its passages are ranked; all rows are no scope at all."""
    rows = searcher.bundle.rows_of("tides")
    assert len(rows) == len(searcher.bundle.passages_of("tides"))
    assert set(searcher.search("when is leave lost", rows).rows.tolist()) == set(rows.tolist())
    whole = searcher.search("when is leave lost")
    every = searcher.search("when is leave lost", np.arange(len(searcher.bundle)))
    assert whole.rows.tolist() == every.rows.tolist()
    assert whole.score.tolist() == every.score.tolist()
    assert searcher.bundle.rows_of("nowhere").tolist() == []


def test_documents_and_passages_are_listed_in_part(bundle: Bundle) -> None:
    """Titles go on after an id; passages may be those of some sections, in the order of the text."""
    both = bundle.titles()
    assert [name for name, _ in both] == ["leave", "tides"]
    assert bundle.document_count == 2
    assert bundle.titles(1) == both[:1]
    assert bundle.titles(5, "leave") == both[1:]
    assert bundle.titles(5, "tides") == []
    passages = bundle.passages_of("leave")
    assert [p.start for p in passages] == sorted(p.start for p in passages)
    chosen = {"leave--sabbatical", "nowhere"}
    assert bundle.passages_of("leave", chosen) == [p for p in passages if p.section in chosen]
    rows = zip(bundle.rows_of("leave"), passages, strict=True)
    assert bundle.rows_of("leave", chosen).tolist() == [row for row, p in rows if p.section in chosen]


def test_fusing() -> None:
    """Scores are stretched to [0, 1] and weighed; equal scores, or none, decide nothing."""
    arms = {"dense": np.array([0.2, 0.4, 0.3], np.float32), "lexical": np.array([5, 5, 5], np.float32)}
    assert fuse(arms, FUSION_WEIGHTS).tolist() == pytest.approx([0, 0.5, 0.25], abs=1e-6)
    assert min_max(np.empty(0, np.float32), 0).tolist() == []
    near = np.array([0.90, 0.93], np.float32)
    assert min_max(near, 0.15).tolist() == pytest.approx([0, 0.2], abs=1e-4)
    assert [sum(weights.values()) for weights in (FUSION_WEIGHTS, RERANK_WEIGHTS)] == pytest.approx([1, 1])


def test_links_lead_to_the_reader_and_to_the_publisher(bundle: Bundle) -> None:
    """The reader link marks the evidence; the publisher's page is linked at the sentence where its address is known."""
    hit = Searcher(bundle).ask("is a sabbatical paid").hits[0]
    marks = ",".join(f"{e.start}-{e.end}" for e in hit.evidence)
    assert hit.citation.url == f"/documents/leave?mark={marks}&text={hit.citation.sha256[:12]}#leave--sabbatical:1"
    assert hit.citation.source_url is not None
    assert hit.citation.source_url.startswith("https://harbour.example/handbook#:~:text=")
    document = bundle.document("tides")
    assert cite(document, bundle.passages_of("tides")[0], ()).source_url is None


def test_a_dense_index_knows_its_size(bundle: Bundle) -> None:
    """Every file of the bundle speaks of the same passages."""
    assert isinstance(bundle.dense, DenseIndex)
    assert (
        len(bundle)
        == len(bundle.passages_of("leave")) + len(bundle.passages_of("tides"))
        == bundle.manifest["counts"]["passages"]
    )
    with pytest.raises(KeyError):
        bundle.document("nowhere")
    with pytest.raises(KeyError):
        bundle.records.passage(len(bundle))


def test_a_kept_answer_is_the_same_answer(bundle: Bundle) -> None:
    """Asked again, for other k, verbatim or within other passages: as if nothing were kept; only the time differs."""
    keeps, plain = Searcher(bundle, cached_answers=3), Searcher(bundle)
    rows = bundle.rows_of("tides")
    for _ in range(2):
        for given in ((5, False, None), (2, False, None), (5, True, None), (5, False, rows), (5, False, rows[:1])):
            ours, theirs = keeps.ask("when is hihg water", *given), plain.ask("when is hihg water", *given)
            assert replace(ours, took_ms=0) == replace(theirs, took_ms=0)
    assert keeps._answers is not None
    assert len(keeps._answers) == 3


@pytest.mark.parametrize(
    ("question", "runs"),
    [
        ("When does the bell ring?", 1),
        ("I work on the quay. My boat is old. When does the bell ring?", 2),
        ("The quay was flooded. Who rings the bell? Is leave paid?", 3),
        ("The quay was flooded. My boat is old.", 3),
    ],
)
def test_what_a_story_only_tells_costs_no_run(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, question: str, runs: int
) -> None:
    """The encoder runs over the whole question and over each part that asks; over all parts where none does."""
    texts: list[str] = []
    real = bundle.encoder.encode_query

    def counted(text: str) -> EncodedText:
        texts.append(text)
        return real(text)

    monkeypatch.setattr(bundle.encoder, "encode_query", counted)
    assert Searcher(bundle).search(question).query is not None
    assert (texts.count(question), len(texts)) == (1, runs)  # in any order: several processors may run them
