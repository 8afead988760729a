"""Description of the index in use, its counts and measured error rates. A bundle comes in, a reply goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pincite import __version__
from pincite.index.answer.answerability import mismatch, model_in_use
from pincite.service.api import responses

if TYPE_CHECKING:
    from pincite.index.bundle import Bundle

_QUOTES = "pincite quotes documents, word for word."
_MEDICAL = " It is not medical advice and cannot help in an emergency."
_DISTRIBUTIONS = ("faiss-cpu", "numpy", "onnxruntime", "tokenizers")


def notice(is_medical: bool) -> str:
    """Return what to know before using the answers."""
    return _QUOTES + (_MEDICAL if is_medical else "")


def about(bundle: Bundle, is_medical: bool = True) -> responses.About:
    """Describe the index. Its error rates were measured on questions that nothing was fitted to."""
    from importlib import metadata  # takes longer to import than a start should wait for

    manifest, calibration = bundle.manifest, bundle.calibration
    cross_encoder = bundle.cross_encoder is not None
    return {
        "notice": notice(is_medical),
        "version": __version__,
        "versions": {name: metadata.version(name) for name in _DISTRIBUTIONS},
        "index": bundle.id,
        "made": manifest["made"]["at"],
        "model": manifest["model"],
        "counts": manifest["counts"],
        "calibration": {
            "default": calibration["default"],
            "cross_encoder": cross_encoder,
            "fitted_on": calibration["fitted_on"],
            "budgets": calibration["budgets"],
            "measured": model_in_use(calibration, cross_encoder)["measured"],
            "note": mismatch(calibration, manifest),
        },
        "care": bundle.care_facts["measured"] if bundle.care_facts and is_medical else None,
    }
