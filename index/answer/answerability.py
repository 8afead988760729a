"""Do the documents answer? One calibrated judgement of the whole evidence. Numbers come in, a status goes out.

Two logistic models over the same features: P(touches), that the documents touch on the question at all, and
P(answers), that documents which do so answer it. The confidence is their product. No weight is negative, so more
evidence never lowers it. Weights,
thresholds and measured error rates come from calibration.json, which the bundle carries and `pincite calibrate` fits;
there is one pair of models with the cross-encoder and one without. The package brings two such files, for bundles
with token vectors and without; another model wants a calibration of its own. See docs/decisions/0005-answerability.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pincite.index.types import Status

# Of the written questions (documents of train) that hold a name their document lacks, .32 are answered by it; by the
# default calibration's confidence, no more than this share of them.
MAX_UNANSWERED_CONFIDENCE = 0.3

WITH_CROSS_ENCODER = "with_cross_encoder"
WITHOUT_CROSS_ENCODER = "without_cross_encoder"


@dataclass(frozen=True, slots=True)
class Features:
    """Evidence for answerability, one number a kind. Higher is more evidence, in each."""

    late: float  # late interaction of the best passage
    sentence: float  # cosine of the best sentence
    best_passage_coverage: float  # how far the best passage meets the question's content words: Coverage.best_passage
    overall_coverage: float  # how far all candidates together do: Coverage.overall
    cross_encoder: float | None  # a tenth of the cross-encoder's greatest logit; None if it read no hit


@dataclass(frozen=True, slots=True)
class Answerability:
    """A status, and the calibrated chance in [0, 1] that the first hit answers."""

    status: Status
    confidence: float


NO_EVIDENCE = Answerability("not_found", 0.0)


def classify(features: Features, calibration: Mapping[str, Any]) -> Answerability:
    """Classify one question's evidence by a calibration, as `pincite calibrate` writes it."""
    models = model_in_use(calibration, features.cross_encoder is not None)
    touches = probability(features, models["touches"])
    confidence = touches * probability(features, models["answers"])
    if touches < models["touches"]["threshold"]:
        return Answerability("not_found", confidence)
    return Answerability("answered" if confidence >= models["answers"]["threshold"] else "related", confidence)


def unanswered(found: Answerability) -> Answerability:
    """Take back an answer to a question that asks nothing, or for a name that no passage holds."""
    status: Status = "related" if found.status == "answered" else found.status
    return Answerability(status, min(found.confidence, MAX_UNANSWERED_CONFIDENCE))


def model_in_use(calibration: Mapping[str, Any], cross_encoded: bool) -> Mapping[str, Any]:
    """Return the part of a calibration that applies, with the cross-encoder's scores or without them."""
    models: Mapping[str, Any] = calibration[
        WITH_CROSS_ENCODER if cross_encoded and WITH_CROSS_ENCODER in calibration else WITHOUT_CROSS_ENCODER
    ]
    return models


def evidence_kind(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a bundle's evidence, and so its calibration, depends on: weights, and token vectors or none."""
    model = manifest["model"]
    return {
        "model": model.get("sha256"),
        "cross_encoder": model.get("cross_encoder"),
        "token_vectors": manifest.get("settings", {}).get("token_vectors"),
    }


def mismatch(calibration: Mapping[str, Any], manifest: Mapping[str, Any]) -> str | None:
    """Describe problem and remedy if a bundle's calibration was fitted to evidence of another kind, else None."""
    if calibration.get("of", evidence_kind(manifest)) == evidence_kind(manifest):
        return None
    return (
        f"the calibration was not fitted to the model {manifest['model']['name']}: statuses and confidences may be "
        "wrong; run `pincite calibrate` with labelled questions of your own"
    )


def probability(features: Features, model: Mapping[str, Any]) -> float:
    """Return the probability in (0, 1) by one logistic model: {"bias": float, "weights": {feature: float >= 0}}."""
    logit = model["bias"] + sum(weight * getattr(features, name) for name, weight in model["weights"].items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
