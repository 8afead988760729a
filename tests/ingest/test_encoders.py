"""The encoder's graphs: straight from the weights, in rounded numbers, and on a processor that rounds otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pincite.index.errors import BundleError
from pincite.index.models.encoder import ENCODER_CONFIG, ENCODER_FILES, ENCODER_WEIGHTS, TOKEN_EMBEDDINGS, Encoder
from pincite.index.models.onnx_session import Feed, load_session
from pincite.index.storage.manifest import find_bundle
from pincite.ingestion.encoder import export, packing, sentence_transformer
from pincite.ingestion.encoder.bert import bert_config, bert_graph
from pincite.ingestion.encoder.calibration_texts import CALIBRATION_TEXTS
from pincite.ingestion.encoder.model_files import ModelFiles, find_model
from pincite.ingestion.encoder.onnx_files import extract_token_embeddings, save_graph
from pincite.ingestion.encoder.packing import BATCH_TEXTS, PACKED_GRAPH, encode_all, passage_encoder
from pincite.ingestion.encoder.quantize import (
    Activations,
    ActivationScaling,
    choose_scaling,
    quantize_graph,
    quantize_symmetric,
    simulate_product,
)
from pincite.ingestion.encoder.sentence_transformer import Embedder

TEXTS = ("bell", "Five days may be carried over, if the office agrees.", "What? No! " * 20, "Ärger, 筋萎縮 und 3,5 %")


@pytest.fixture(scope="module")
def model(embedder: Callable[[ModelFiles], Embedder]) -> Embedder:
    """The default model."""
    return embedder(find_model("default"))


@pytest.fixture(scope="module")
def exact(model: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its encoder in float32."""
    folder = tmp_path_factory.mktemp("exact")
    model.export(folder)
    return folder


def test_the_graph_from_the_weights_is_the_traced_one(
    model: Embedder, exact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors of texts and of tokens agree with those of the graph that torch.onnx makes, to 1e-5."""
    monkeypatch.setattr(sentence_transformer, "bert_config", lambda _: None)
    model.export(tmp_path)
    ours, traced = Encoder(exact), Encoder(tmp_path)
    assert len(traced.passage_feed("bell")) == 3  # it takes a mask and types, ours takes tokens alone
    assert list(ours.passage_feed("bell")) == ["input_ids"]
    for text in TEXTS:
        one, other = ours.encode_passage(text), traced.encode_passage(text)
        assert np.abs(one.vector - other.vector).max() < 1e-5
        assert np.abs(one.token_vectors - other.token_vectors).max() < 1e-5
        assert one.spans == other.spans


@pytest.fixture(scope="module")
def of_first(model: Embedder, exact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights in float32, pooled by the first token."""
    folder = tmp_path_factory.mktemp("first")
    shape = bert_config(model._model)
    assert shape is not None
    weights = {name: tensor.numpy() for name, tensor in model._model[0].auto_model.state_dict().items()}
    shutil.copytree(exact, folder, dirs_exist_ok=True)
    save_graph(bert_graph(weights, replace(shape, pooling="cls")), folder)
    said = json.loads((folder / ENCODER_CONFIG).read_text())
    (folder / ENCODER_CONFIG).write_text(json.dumps({**said, "pooling": "cls"}))
    return folder


def test_a_model_that_pools_by_its_first_token(exact: Path, of_first: Path) -> None:
    """The vector is then that of the mark that the tokenizer puts first, and no part is cut out of a whole."""
    first, mean = Encoder(of_first), Encoder(exact)
    vector, tokens = first._session.run(None, first.passage_feed("The bell rings."))
    assert np.abs(vector[0] - tokens[0, 0]).max() < 1e-6
    assert first.encode_part(first.encode_query("The bell rings."), 0, 8) is None
    assert mean.encode_part(mean.encode_query("The bell rings."), 0, 8) is not None


@pytest.fixture(scope="module")
def given_words(exact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The encoder in float32 as a bundle has it: its graph is given the rows of its table of words."""
    folder = tmp_path_factory.mktemp("words") / "encoder"
    shutil.copytree(exact, folder)
    extract_token_embeddings(folder)
    return folder


@pytest.mark.parametrize("numbers", [lambda *_: None, quantize_graph])
def test_words_taken_out_of_the_graph_leave_every_vector_as_it_was(
    exact: Path, tmp_path: Path, numbers: Callable[[Path, list[Feed]], None]
) -> None:
    """To the bit, in each kind of numbers, whether the table is mapped or read; and the weights no longer hold it."""
    folder = tmp_path / "encoder"
    shutil.copytree(exact, folder)
    numbers(folder, [Encoder(exact).passage_feed(text) for text in CALIBRATION_TEXTS[:3]])
    before, weights = Encoder(folder), (folder / ENCODER_WEIGHTS).stat().st_size
    wanted = [before.encode_passage(text) for text in TEXTS]
    extract_token_embeddings(folder)
    table = np.load(folder / TOKEN_EMBEDDINGS, mmap_mode="r")
    assert table.shape == (30522, 384)
    assert (folder / ENCODER_WEIGHTS).stat().st_size <= weights - table.nbytes
    for encoder in (Encoder(folder), Encoder(folder, bulk=True)):
        for text, one in zip(TEXTS, wanted, strict=True):
            assert np.array_equal(encoder.encode_passage(text).vector, one.vector), text
            assert np.array_equal(encoder.encode_passage(text).token_vectors, one.token_vectors), text


@pytest.mark.parametrize("kind", ["exact", "of_first", "given_words"])
def test_packed_texts_have_the_vectors_they_have_alone(kind: str, request: pytest.FixtureRequest) -> None:
    """To the bit, with their tokens and spans, whatever they are packed with; of one token, of many, of none."""
    folder = request.getfixturevalue(kind)
    encoder = Encoder(folder)
    encode = passage_encoder(encoder, folder, "float32")
    assert not (folder / PACKED_GRAPH).exists()
    words = "Five days may be carried over if the office agrees and the bell has rung twice".split()
    texts = [*TEXTS, "\u200b", *(" ".join((words * 20)[n : n + n * n]) for n in range(1, 17))]
    assert len({len(encoder.tokenize_passage(text)) for text in texts}) > 2 * BATCH_TEXTS
    seen = 0
    for text, packed in encode_all(texts, encode):
        alone = encoder.encode_passage(text)
        assert np.array_equal(packed.vector, alone.vector), text
        assert np.array_equal(packed.token_vectors, alone.token_vectors), text
        assert packed.spans == alone.spans
        seen += 1
    assert seen == len(texts)


def test_texts_share_runs_in_float32_alone(exact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight short texts are one run; long ones fill a run each; in eight bits each text has its own."""
    runs: list[int] = []

    def counted(graph: Path) -> Any:
        session = load_session(graph)

        def run(_: None, fed: dict[str, Any]) -> Any:
            runs.append(np.count_nonzero(fed["lengths"]))
            return session.run(None, fed)

        return SimpleNamespace(run=run)

    monkeypatch.setattr(packing, "load_session", counted)
    encoder = Encoder(exact)
    encode = passage_encoder(encoder, exact, "float32")
    short, long = [f"The bell rings {n} times." for n in range(10)], [f"The bell rings {n}. " * 120 for n in range(3)]
    assert len(list(encode_all([*short, *long], encode, 1))) == 13
    assert runs == [1, 1, 1, 8, 2]
    assert len(list(encode_all(short, passage_encoder(encoder, exact, "int8"), 1))) == 10
    assert len(runs) == 5


@pytest.mark.parametrize(
    "other",
    [
        {"model_type": "mpnet"},
        {"hidden_act": "gelu_new"},
        {"is_decoder": True},
        {"position_embedding_type": "relative_key"},
    ],
)
def test_what_is_no_plain_bert_is_traced(model: Embedder, other: dict[str, Any]) -> None:
    """Another family, activation or way to tell places is left to torch.onnx."""
    config = SimpleNamespace(**{**model._model[0].auto_model.config.to_dict(), **other})

    class Transformer:
        auto_model = SimpleNamespace(config=config)

    assert bert_config([Transformer(), *list(model._model)[1:]]) is None
    assert bert_config(list(model._model)) is not None
    assert bert_config(list(model._model)[:2]) is None  # not normalised


def test_a_part_is_cut_out_of_the_whole(exact: Path) -> None:
    """Its tokens are the whole's, its spans count from its own start, its vector is their mean with length 1."""
    encoder = Encoder(exact)
    text = "My mother is ill. What can I do?"
    whole = encoder.encode_query(text)
    part = encoder.encode_part(whole, 18, len(text))
    assert part is not None
    assert part.slice_of_whole is not None
    assert [text[18:][s:e] for s, e in part.spans] == ["What", "can", "I", "do", "?"]
    assert np.array_equal(part.token_vectors, whole.token_vectors[part.slice_of_whole])
    assert np.linalg.norm(part.vector) == pytest.approx(1, abs=1e-6)
    assert encoder.encode_part(whole, 2, 3) is None  # a space


def test_rounding_is_chosen_by_the_error_it_leaves() -> None:
    """With one column fifty times the others, what is chosen errs by a fraction of one scale for all."""
    chance = np.random.default_rng(0)
    rows = chance.normal(size=(60, 32)).astype(np.float32)
    rows[:, 7] *= 50
    weights = chance.normal(size=(32, 16)).astype(np.float32)
    seen = Activations(rows, [20, 40])
    chosen = choose_scaling(seen, weights)
    plain = ActivationScaling(np.ones(32, dtype=np.float32), False)

    def error(rounding: ActivationScaling) -> float:
        return float(np.square(simulate_product(seen, weights, rounding) - rows @ weights).sum())

    assert error(chosen) < error(plain) / 5
    assert chosen.smoothing_factors[7] > 5 * np.median(chosen.smoothing_factors)


def test_steps_and_scales_give_the_numbers_back() -> None:
    """To half a step of the largest along the axis; zeros stay zeros."""
    values = np.array([[0.0, 0.0], [1.0, -127.0]], dtype=np.float32)
    steps, scales = quantize_symmetric(values, 1)
    assert steps.tolist() == [[0, 0], [1, -127]]
    assert np.allclose(steps * scales, values)


def test_what_onnx_runtime_does_is_what_was_simulated(exact: Path, tmp_path: Path) -> None:
    """The encoder in eight bits comes as near to float32 as decision 15 says, on texts it was not calibrated on."""
    shutil.copytree(exact, tmp_path, dirs_exist_ok=True)
    encoder = Encoder(exact)
    quantize_graph(tmp_path, [encoder.passage_feed(text) for text in CALIBRATION_TEXTS])
    rounded_encoder = Encoder(tmp_path)
    cosines = [float(encoder.encode_query(t).vector @ rounded_encoder.encode_query(t).vector) for t in TEXTS]
    assert min(cosines) > 0.99
    assert np.mean(cosines) > 0.997


def test_an_encoder_that_rounds_otherwise_here_is_refused(index: Path, tmp_path: Path) -> None:
    """The vector of the probe is what tells; the message says what was found and what to do."""
    for name in ENCODER_FILES:
        shutil.copyfile(find_bundle(index) / name, tmp_path / name)
    said = json.loads((tmp_path / ENCODER_CONFIG).read_text())
    assert said["probe"]["text"] == export.CALIBRATION_TEXTS[0]
    Encoder(tmp_path)
    said["probe"]["vector"] = said["probe"]["vector"][1:] + said["probe"]["vector"][:1]
    (tmp_path / ENCODER_CONFIG).write_text(json.dumps(said))
    with pytest.raises(
        BundleError, match=r"(?s)other vectors on this processor \(cosine .*PINCITE_ENCODER_PRECISION=float32"
    ):
        Encoder(tmp_path)
