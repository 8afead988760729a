"""The export of a tiny network, scored by serving's own code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from tiny_network import tiny_network

from pincite.index.models.cross_encoder import MAX_PAIR_TOKENS, CrossEncoder
from training.data.pairs import Pair
from training.data.windows import sentence_ranges
from training.export import export
from training.export.quantize_weights import quantize_rows
from training.measure.load_exported import load_exported
from training.model.network import CrossEncoderNetwork, collate, load_tokenizer

ROOT = Path(__file__).resolve().parents[2]
PAIRS = [
    Pair(f"Where is bell {n}?", f"Bells\nBell {n} hangs in hall {n}. It rings.", bool(n % 2), None, "a", "own")
    for n in range(6)
]


@pytest.fixture(scope="module")
def network() -> CrossEncoderNetwork:
    return tiny_network()


@pytest.fixture(scope="module")
def files(network: CrossEncoderNetwork, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("export")
    export.to_float32(network, folder / "float32.onnx")
    export.to_int8(folder / "float32.onnx", folder / "int8.onnx")
    return {kind: folder / f"{kind}.onnx" for kind in ("float32", "int8")}


def test_the_float32_file_has_the_networks_logits(network: CrossEncoderNetwork, files: dict[str, Path]) -> None:
    """And a network with other weights is noticed."""
    assert export.parity(network, files["float32"], PAIRS) < export.MAX_PARITY_ERROR
    other = tiny_network()
    with torch.no_grad():
        other.marks.bias += 0.01
    with pytest.raises(AssertionError, match=r"differ by 1\.00e-02"):
        export.parity(other, files["float32"], PAIRS)


def test_the_int8_file_rounds_and_no_more(network: CrossEncoderNetwork, files: dict[str, Path]) -> None:
    """Its logits are close to the network's, in a fraction of the nodes and bytes."""
    tokenizer, model = load_tokenizer(), load_exported(files["int8"])
    for pair in PAIRS:
        with torch.inference_mode():
            expected, _ = network(*collate([tokenizer.encode(pair.question, pair.passage)], [()]).inputs)
        assert model.score(pair.question, pair.passage, ()).answer_logit == pytest.approx(expected.item(), abs=0.05)
    assert len(onnx.load(str(files["int8"])).graph.node) < 50
    assert files["int8"].stat().st_size < files["float32"].stat().st_size / 2
    assert list(files["int8"].parent.glob("*prepared*")) == []


def test_an_export_has_the_tensor_names_of_the_shipped_file(files: dict[str, Path]) -> None:
    """Inputs, outputs and, for the layers that both have, constants."""
    shipped = onnx.load(str(ROOT / "index" / "models" / "cross-encoder.onnx")).graph
    made = onnx.load(str(files["int8"])).graph
    assert [i.name for i in made.input] == [i.name for i in shipped.input]
    assert [o.name for o in made.output] == [o.name for o in shipped.output]
    assert {t.name for t in made.initializer} < {t.name for t in shipped.initializer}


def test_what_is_measured_is_what_serving_gives(files: dict[str, Path]) -> None:
    """A sentence that was cut off has the least logit of all tokens, as in serving, and not minus infinity."""
    model = load_exported(files["int8"])
    assert isinstance(model, CrossEncoder)
    passage = f"Bells\nBell one hangs here. {'It rings ' * MAX_PAIR_TOKENS}. It is old."
    ranges = sentence_ranges(passage)
    logits = model.score("Where?", passage, ranges).sentence_logits
    assert np.isfinite(logits).all()
    assert logits[-1] == logits.min()


def test_size_auroc_and_speed_are_measured(files: dict[str, Path]) -> None:
    """AUROC is between 0 and 1 whatever the weights."""
    measures = export.measure(files["int8"], PAIRS)
    assert (measures["bytes"], measures["pairs"]) == (files["int8"].stat().st_size, len(PAIRS))
    assert 0 <= measures["auroc"] <= 1


def test_a_row_is_quantised_by_its_own_scale() -> None:
    """The greatest of each row becomes 127; rounding is off by half a step at most, and a row of zeros stays so."""
    table = np.array([[1.0, -0.5, 0.25], [100.0, 0.0, -3.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    values, scales = quantize_rows(table)
    assert (values.dtype, scales.shape) == (np.int8, (3, 1))
    assert values[:, 0].tolist() == [127, 127, 0]
    assert (np.abs(values * scales - table) <= scales / 2).all()


def test_several_checkpoints_are_exported_as_their_mean() -> None:
    """Each weight is the mean of the runs'."""
    first, second = tiny_network(), tiny_network()
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.add_(2.0)
    before = {name: tensor.clone() for name, tensor in first.state_dict().items()}
    mean = export.average([first, second])
    assert all(torch.allclose(tensor, before[name] + 1.0, atol=1e-5) for name, tensor in mean.state_dict().items())
