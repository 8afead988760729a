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

from pincite.index.errors import BundleError, ModelError, StorageError
from pincite.index.models.encoder import ENCODER_CONFIG, ENCODER_FILES, ENCODER_WEIGHTS, TOKENIZER_FILE, Encoder
from pincite.index.models.onnx_session import load_session
from pincite.index.storage.manifest import find_bundle
from pincite.ingestion.encoder import export, packing, sentence_transformer
from pincite.ingestion.encoder.bert import bert_config, bert_graph
from pincite.ingestion.encoder.calibration_texts import CALIBRATION_TEXTS
from pincite.ingestion.encoder.encoder_files import EncoderFiles
from pincite.ingestion.encoder.model_files import ModelFiles, find_model
from pincite.ingestion.encoder.packing import BATCH_TEXTS, encode_all, passage_encoder
from pincite.ingestion.encoder.quantize import (
    Activations,
    ActivationScaling,
    choose_scaling,
    quantize_graph,
    quantize_symmetric,
    simulate_product,
)
from pincite.ingestion.encoder.sentence_transformer import Embedder
from pincite.ingestion.encoder.token_embeddings import extract_token_embeddings

TEXTS = ("bell", "Five days may be carried over, if the office agrees.", "What? No! " * 20, "Ärger, 筋萎縮 und 3,5 %")


@pytest.fixture(scope="module")
def model(embedder: Callable[[ModelFiles], Embedder]) -> Embedder:
    """The default model."""
    return embedder(find_model("default"))


@pytest.fixture(scope="module")
def files(model: Embedder) -> EncoderFiles:
    """Its encoder in float32."""
    return model.export()


@pytest.fixture(scope="module")
def exact(files: EncoderFiles) -> Encoder:
    """The same, opened."""
    return files.open()


def test_the_graph_from_the_weights_is_the_traced_one(
    model: Embedder, exact: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors of texts and of tokens agree with those of the graph that torch.onnx makes, to 1e-5."""
    monkeypatch.setattr(sentence_transformer, "bert_config", lambda _: None)
    ours, traced = exact, model.export().open()
    assert len(traced.passage_feed("bell")) == 3  # it takes a mask and types, ours takes tokens alone
    assert list(ours.passage_feed("bell")) == ["input_ids"]
    for text in TEXTS:
        one, other = ours.encode_passage(text), traced.encode_passage(text)
        assert np.abs(one.vector - other.vector).max() < 1e-5
        assert np.abs(one.token_vectors - other.token_vectors).max() < 1e-5
        assert one.spans == other.spans


@pytest.fixture(scope="module")
def of_first(model: Embedder, files: EncoderFiles) -> EncoderFiles:
    """The same weights in float32, pooled by the first token."""
    shape = bert_config(model._model)
    assert shape is not None
    weights = {name: tensor.numpy() for name, tensor in model._model[0].auto_model.state_dict().items()}
    graph = bert_graph(weights, replace(shape, pooling="cls"))
    return replace(files, graph=graph, config={**files.config, "pooling": "cls"})


def test_a_model_that_pools_by_its_first_token(exact: Encoder, of_first: EncoderFiles) -> None:
    """The vector is then that of the mark that the tokenizer puts first, and no part is cut out of a whole."""
    first, mean = of_first.open(), exact
    vector, tokens = first._session.run(None, first.passage_feed("The bell rings."))
    assert np.abs(vector[0] - tokens[0, 0]).max() < 1e-6
    assert first.encode_part(first.encode_query("The bell rings."), 0, 8) is None
    assert mean.encode_part(mean.encode_query("The bell rings."), 0, 8) is not None


@pytest.fixture(scope="module")
def given_rows(files: EncoderFiles) -> EncoderFiles:
    """The encoder in float32 as a bundle has it: its graph takes the rows of its token embeddings."""
    graph, table = extract_token_embeddings(files.graph)
    return replace(files, graph=graph, token_embeddings=table)


@pytest.mark.parametrize("int8", [False, True])
def test_token_embeddings_taken_out_of_the_graph_leave_every_vector_as_it_was(
    files: EncoderFiles, exact: Encoder, tmp_path: Path, int8: bool
) -> None:
    """To the bit, in either precision, whether the table is mapped or read; and the weights no longer hold it."""
    feeds = [exact.passage_feed(text) for text in CALIBRATION_TEXTS[:3]]
    before = replace(files, graph=quantize_graph(files.graph, feeds)) if int8 else files
    wanted = [before.open().encode_passage(text) for text in TEXTS]
    graph, table = extract_token_embeddings(before.graph)
    assert table.shape == (30522, 384)
    replace(before, graph=graph, token_embeddings=table).save(tmp_path)
    assert (tmp_path / ENCODER_WEIGHTS).stat().st_size <= before.graph.ByteSize() - table.nbytes
    for encoder in (Encoder.open(tmp_path), Encoder.open(tmp_path, bulk=True)):
        for text, one in zip(TEXTS, wanted, strict=True):
            assert np.array_equal(encoder.encode_passage(text).vector, one.vector), text
            assert np.array_equal(encoder.encode_passage(text).token_vectors, one.token_vectors), text


@pytest.mark.parametrize("kind", ["files", "of_first", "given_rows"])
def test_packed_texts_have_the_vectors_they_have_alone(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """To the bit, with their tokens and spans, whatever they are packed with; of one token, of many, of none."""
    request.getfixturevalue(kind).save(tmp_path)
    encoder = Encoder.open(tmp_path)
    encode = passage_encoder(encoder, tmp_path, "float32")
    assert {path.name for path in tmp_path.iterdir()} == {*ENCODER_FILES}
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


def test_texts_share_runs_in_float32_alone(
    files: EncoderFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight short texts are one run; long ones fill a run each; in eight bits each text has its own."""
    runs: list[int] = []

    def counted(graph: bytes, weights_folder: Path) -> Any:
        session = load_session(graph, weights_folder)

        def run(_: None, fed: dict[str, Any]) -> Any:
            runs.append(np.count_nonzero(fed["lengths"]))
            return session.run(None, fed)

        return SimpleNamespace(run=run)

    monkeypatch.setattr(packing, "load_session", counted)
    files.save(tmp_path)
    encoder = Encoder.open(tmp_path)
    encode = passage_encoder(encoder, tmp_path, "float32")
    short, long = [f"The bell rings {n} times." for n in range(10)], [f"The bell rings {n}. " * 120 for n in range(3)]
    assert len(list(encode_all([*short, *long], encode, 1))) == 13
    assert runs == [1, 1, 1, 8, 2]
    assert len(list(encode_all(short, passage_encoder(encoder, tmp_path, "int8"), 1))) == 10
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


def test_a_part_is_cut_out_of_the_whole(exact: Encoder) -> None:
    """Its tokens are the whole's, its spans count from its own start, its vector is their mean with length 1."""
    encoder = exact
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


def test_what_onnx_runtime_does_is_what_was_simulated(files: EncoderFiles, exact: Encoder) -> None:
    """The encoder in eight bits comes as near to float32 as decision 15 says, on texts it was not calibrated on."""
    graph = quantize_graph(files.graph, [exact.passage_feed(text) for text in CALIBRATION_TEXTS])
    rounded_encoder = replace(files, graph=graph).open()
    cosines = [float(exact.encode_query(t).vector @ rounded_encoder.encode_query(t).vector) for t in TEXTS]
    assert min(cosines) > 0.99
    assert np.mean(cosines) > 0.997


def test_auto_keeps_float32_where_int8_is_too_far_off(files: EncoderFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph is then that of float32, to the byte; int8 asked for by name is an error."""

    class Exported:
        def export(self) -> EncoderFiles:
            return files

    def encoder(precision: str) -> tuple[EncoderFiles, export.ExportedEncoder]:
        return export.export_encoder(Exported(), precision, [], lambda stage: lambda done, of: None)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "MIN_INT8_COSINE", 1.1)
    chosen, exact = encoder("auto"), encoder("float32")
    assert chosen[0].graph.SerializeToString() == exact[0].graph.SerializeToString()
    assert (chosen[1], chosen[0].config) == (exact[1], exact[0].config)
    with pytest.raises(ModelError, match="int8 gives other vectors"):
        encoder("int8")


def test_a_graph_that_cannot_be_loaded_is_the_model_s_fault(files: EncoderFiles) -> None:
    """A graph without nodes or outputs is a ModelError that names the graph."""
    with pytest.raises(ModelError, match=r"^encoder\.onnx: cannot be loaded"):
        replace(files, graph=type(files.graph)()).open()


def test_a_tokenizer_that_cannot_be_read_is_named(index: Path, tmp_path: Path) -> None:
    """The file and the reason are said, where the tokenizers library says the reason alone."""
    for name in ENCODER_FILES:
        shutil.copyfile(find_bundle(index) / name, tmp_path / name)
    (tmp_path / TOKENIZER_FILE).unlink()
    (tmp_path / TOKENIZER_FILE).mkdir()
    with pytest.raises(StorageError, match=rf"{TOKENIZER_FILE}: is a folder where a file should be"):
        Encoder.open(tmp_path)


def test_an_encoder_that_rounds_otherwise_here_is_refused(index: Path, tmp_path: Path) -> None:
    """The vector of the probe is what tells; the message says what was found and what to do."""
    for name in ENCODER_FILES:
        shutil.copyfile(find_bundle(index) / name, tmp_path / name)
    said = json.loads((tmp_path / ENCODER_CONFIG).read_text())
    assert said["probe"]["text"] == export.CALIBRATION_TEXTS[0]
    Encoder.open(tmp_path)
    said["probe"]["vector"] = said["probe"]["vector"][1:] + said["probe"]["vector"][:1]
    (tmp_path / ENCODER_CONFIG).write_text(json.dumps(said))
    with pytest.raises(
        BundleError, match=r"(?s)other vectors on this processor \(cosine .*PINCITE_ENCODER_PRECISION=float32"
    ):
        Encoder.open(tmp_path)
