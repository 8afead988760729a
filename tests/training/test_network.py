"""The network, and the batches that it reads."""

from __future__ import annotations

import torch
from tiny_network import LAYERS, tiny_network

from training.model.network import collate, load_tokenizer

PASSAGE = "Tides\nThe bell rings. It is loud."


def test_marks_are_on_the_tokens_of_the_sentence_that_answers() -> None:
    """Only tokens of the passage within the range are marked, not those of the question at the same offsets."""
    encoding = load_tokenizer().encode("When does the bell ring?", PASSAGE)
    batch = collate([encoding], [[(6, 21)]])
    marked = [token for token, mark in zip(encoding.tokens, batch.mark_targets[0].tolist(), strict=True) if mark]
    assert marked == ["the", "bell", "rings", "."]
    assert batch.passage_tokens[0].tolist() == [kind == 1 for kind in encoding.type_ids]


def test_a_batch_is_padded_to_its_longest_pair() -> None:
    """Padding has mask 0 and id 0, and no marks."""
    tokenizer = load_tokenizer()
    long, short = tokenizer.encode("When?", PASSAGE), tokenizer.encode("When?", "Tides")
    batch = collate([short, long], [[(0, 5)], []])
    assert batch.input_ids.shape == batch.mark_targets.shape == (2, len(long.ids))
    for tensor in (batch.input_ids, batch.attention_mask, batch.mark_targets):
        assert not tensor[0, len(short.ids) :].any()


def test_padding_does_not_change_a_score() -> None:
    """A pair has the same logits alone and next to a longer one."""
    tokenizer, network = load_tokenizer(), tiny_network()
    pairs = [tokenizer.encode("When?", "Tides"), tokenizer.encode("When?", PASSAGE)]
    with torch.inference_mode():
        (alone, alone_marks), (both, both_marks) = (
            network(*collate(p, [()] * len(p)).inputs) for p in (pairs[:1], pairs)
        )
    assert torch.allclose(alone[0], both[0], atol=1e-5)
    assert torch.allclose(alone_marks[0], both_marks[0, : len(pairs[0].ids)], atol=1e-5)


def test_frozen_layers_are_not_trained() -> None:
    """The word embeddings never are; with one layer frozen all embeddings and that layer stand still, too."""
    network = tiny_network()
    fixed = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    assert fixed == {"encoder.embeddings.word_embeddings.weight"}
    network.freeze(1)
    trained = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert not any("embeddings" in name or "layer.0." in name for name in trained)
    assert {f"encoder.encoder.layer.{LAYERS - 1}.output.dense.weight", "answers.weight", "marks.bias"} <= trained
