"""Do the documents answer? One calibrated judgement of the whole evidence. Numbers come in, a status goes out.

Two logistic models over the same features: P(answers), that the first hit answers, and P(touches), that the
documents touch on the question at all. No weight is negative, so more evidence never lowers either. Weights,
thresholds and measured error rates come from calibration.json, which the bundle carries; `python
benchmarks/calibrate.py` fits it. A first version: see docs/decisions/0005-answerability.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from index.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Features:
    """What the judgement is made of. Higher is more evidence, in each."""

    late: float  # late interaction of the best of the first hits
    sentence: float  # cosine of the best sentence of the first hits
    dense: float  # cosine of the best passage of the first hits
    passage_cover: float  # share of the question's words, weighed by rarity, in the best of the first hits
    corpus_cover: float  # the same share, in any passage


@dataclass(frozen=True, slots=True)
class Judgement:
    """A status, and the calibrated chance in [0, 1] that the first hit answers."""

    status: Status
    confidence: float


NOTHING = Judgement("not_found", 0.0)


def judge(features: Features, calibration: Mapping[str, Any]) -> Judgement:
    """Judge one question's evidence by a calibration as benchmarks/calibrate.py writes it."""
    answers = probability(features, calibration["answers"])
    touches = probability(features, calibration["touches"])
    if touches < calibration["touches"]["threshold"]:
        return Judgement("not_found", answers)
    return Judgement("answered" if answers >= calibration["answers"]["threshold"] else "related", answers)


def probability(features: Features, model: Mapping[str, Any]) -> float:
    """P in (0, 1) of one logistic model: {"bias": float, "weights": {feature: float >= 0}}."""
    values = asdict(features)
    logit = model["bias"] + sum(weight * values[name] for name, weight in model["weights"].items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
