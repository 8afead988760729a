"""/v1/about: what serves, and how often it errs."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixed_source import FixedSource

from pincite.index.bundle import Bundle
from pincite.index.searcher import Searcher
from pincite.index.settings import Settings
from pincite.service.runtime.app import create_app


@pytest.mark.parametrize(("cross_encoder", "part"), [(True, "with_cross_encoder"), (False, "without_cross_encoder")])
def test_the_error_rates_are_those_of_the_classifier_in_use(index: Path, cross_encoder: bool, part: str) -> None:
    """The figures shown are those of the classifier in use, with the cross-encoder or without it."""
    bundle = Bundle(index, cross_encoder=cross_encoder)
    said = create_app(FixedSource(Searcher(bundle)), Settings()).test_client().get("/v1/about").get_json()
    bundle.close()
    assert said["index"] == bundle.id
    assert said["counts"]["passages"] == len(bundle)
    assert said["calibration"]["cross_encoder"] is cross_encoder
    assert said["calibration"]["measured"] == bundle.calibration[part]["measured"]
    other = "without_cross_encoder" if cross_encoder else "with_cross_encoder"
    assert said["calibration"]["measured"] != bundle.calibration[other]["measured"]


def test_a_parameter_is_refused(searcher: Searcher) -> None:
    """An unknown parameter is an error."""
    response = create_app(FixedSource(searcher), Settings()).test_client().get("/v1/about?x=1")
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
