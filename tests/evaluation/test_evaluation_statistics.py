"""Intervals, paired tests and the figures of answerability, against plain sums over single questions."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.evaluation.metrics.answerability import (
    answerability,
    auroc,
    brier,
    calibration_error,
    false_answers,
    selective_risk,
)
from pincite.evaluation.metrics.statistics import compare, figure, intervals, picks, randomisation

SAMPLE = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.8, 1.0]), st.booleans()), min_size=2, max_size=40
).filter(lambda rows: len({right for _, right in rows}) == 2)


def counts(rows: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values (u,), and how many rows, and how many right ones, have each, (1, u)."""
    values = np.unique([value for value, _ in rows])
    whole = np.array([[sum(v == value for v, _ in rows) for value in values]], dtype=float)
    right = np.array([[sum(v == value and r for v, r in rows) for value in values]], dtype=float)
    return values, whole, right


def test_intervals_are_those_of_a_plain_bootstrap() -> None:
    """Drawn in blocks, the resamples are the same as drawn at once, and each interval is its column's."""
    values = np.random.default_rng(1).random((1500, 2))
    drawn = np.random.default_rng(0).integers(0, 1500, (2000, 1500))
    expected = np.quantile(values[drawn, 1].mean(axis=1), (0.025, 0.975))
    assert intervals(values)[:, 1] == pytest.approx(expected, abs=1e-12)
    assert len(list(picks([1500]))) > 1


def test_an_interval_covers_what_it_should() -> None:
    """About 95% of 200 samples of 100 coins have intervals that hold one half."""
    coins = np.random.default_rng(2).integers(0, 2, (100, 200)).astype(float)
    low, high = intervals(coins)
    assert 0.90 <= ((low <= 0.5) & (high >= 0.5)).mean() <= 0.99


def test_the_randomisation_test_is_the_exact_one() -> None:
    """On seven questions p is near the share of all 128 sign patterns that are as extreme."""
    differences = np.array([0.5, 0.25, -0.125, 0.5, 0.0, 0.375, 0.25])
    sums = [abs(np.dot(signs, differences)) for signs in product((-1, 1), repeat=7)]
    exact = np.mean(np.array(sums) >= abs(differences.sum()))
    assert randomisation(differences) == pytest.approx(exact, abs=0.01)
    assert randomisation(-differences) == randomisation(differences)


def test_equal_systems_differ_by_nothing_and_p_is_one() -> None:
    """The same values twice: no difference, all ties, p 1; rounding alone is a tie, too."""
    (same,) = compare(np.full((5, 1), 0.3), np.full((5, 1), 0.1 + 0.2))
    assert (same.difference, same.interval, same.p) == (0, (0, 0), 1)
    assert (same.wins, same.ties, same.losses) == (0, 5, 0)


def test_a_clear_difference_is_told_with_its_sign() -> None:
    """First minus second: better on 30 of 40 questions, worse on 4."""
    first = np.array([[1.0]] * 30 + [[0.0]] * 10)
    second = np.array([[0.0]] * 36 + [[1.0]] * 4)
    (found,) = compare(first, second)
    assert (found.difference, found.wins, found.ties, found.losses) == (0.65, 30, 6, 4)
    assert found.p < 0.001
    assert found.interval[0] > 0.4


@given(SAMPLE)
def test_auroc_counts_pairs(rows: list[tuple[float, bool]]) -> None:
    """It is the share of pairs in order, ties half."""
    _, whole, right = counts(rows)
    above, below = ([v for v, r in rows if r is side] for side in (True, False))
    pairs = [(a > b) + (a == b) / 2 for a in above for b in below]
    assert auroc(right, whole - right)[0] == pytest.approx(np.mean(pairs))


@given(SAMPLE)
def test_brier_is_the_mean_square(rows: list[tuple[float, bool]]) -> None:
    """The mean over questions of (confidence - success) squared."""
    assert brier(*counts(rows))[0] == pytest.approx(np.mean([(v - r) ** 2 for v, r in rows]))


def test_calibration_error_of_fifteen_bins() -> None:
    """Without ties and with a multiple of 15 questions it is the mean over equal bins of |confidence - share|."""
    generator = np.random.default_rng(3)
    confidence = np.sort(generator.random(60))
    right = generator.random(60) < confidence**2
    bins = [abs(c.mean() - r.mean()) for c, r in zip(confidence.reshape(15, 4), right.reshape(15, 4), strict=True)]
    found = calibration_error(*counts(list(zip(confidence.tolist(), right.tolist(), strict=True))))
    assert found[0] == pytest.approx(np.mean(bins))


@given(st.integers(1, 14), st.integers(1, 40))
def test_equal_confidences_are_one_bin(right: int, wrong: int) -> None:
    """When all have the same confidence, the error is its distance from the share of right ones, in any order."""
    rows = [(0.7, True)] * right + [(0.7, False)] * wrong
    assert calibration_error(*counts(rows))[0] == pytest.approx(abs(0.7 - right / (right + wrong)))


def test_false_answers_at_a_threshold() -> None:
    """The threshold is the highest that the share of answerable questions reaches; the rest is counted from there."""
    inside = [0.2, 0.4, 0.6, 0.8, 0.9]
    others = [0.1, 0.4, 0.5, 0.85]
    _, whole, right = counts([(v, True) for v in inside] + [(v, False) for v in others])
    found = [false_answers(right, whole - right, share)[0] for share in (1.0, 0.8, 0.79, 0.6, 0.4, 0.2)]
    assert found == [0.75, 0.75, 0.75, 0.25, 0.25, 0.0]


def test_selective_risk_answers_the_most_confident() -> None:
    """The wrong ones of the most confident 80% are counted, ties taken in part."""
    _, whole, right = counts([(0.9, True), (0.9, True), (0.8, False), (0.5, True), (0.1, False)])
    assert selective_risk(whole, right, 0.8)[0] == pytest.approx(1 / 4)
    _, whole, right = counts([(0.9, True), (0.5, True), (0.5, False), (0.5, False), (0.5, True)])
    assert selective_risk(whole, right, 0.8)[0] == pytest.approx((2 * 3 / 4) / 4)


def test_all_figures_have_intervals_that_hold_them() -> None:
    """Every figure of a made-up set lies in its interval; more questions make it narrower; another run is the same."""

    def figures(size: int) -> dict[str, dict[str, list[float]]]:
        generator = np.random.default_rng(4)
        kinds = np.array(["in"] * size + ["near"] * size + ["far"] * size)
        confidence = generator.random(3 * size) * np.repeat([1.0, 0.8, 0.3], size)
        return answerability(confidence, kinds, (kinds == "in") & (generator.random(3 * size) < 0.9))

    small, large = figures(40), figures(300)
    assert small == figures(40)
    assert set(small) >= {"AUROC near", "AUROC far", "Brier (answerable)", "false answers far@0.85"}
    for name, found in large.items():
        low, high = found["interval"]
        if "calibration" not in name:  # its resamples lean upwards
            assert low <= found["value"] <= high
        assert high - low <= small[name]["interval"][1] - small[name]["interval"][0]
    assert large["AUROC far"]["value"] > large["AUROC near"]["value"] > 0.5


def test_success_is_to_be_answerable_or_to_have_a_right_first_hit() -> None:
    """Calibration is given for both; risk counts an answerable question with a wrong first hit as wrong."""
    confidence = np.array([0.9, 0.8, 0.3, 0.6])
    kinds = np.array(["in", "in", "far", "in"])
    found = answerability(confidence, kinds, np.array([True, False, False, True]))
    assert found["Brier (answerable)"]["value"] == pytest.approx((0.01 + 0.04 + 0.09 + 0.16) / 4)
    assert found["Brier (first hit right)"]["value"] == pytest.approx((0.01 + 0.64 + 0.09 + 0.16) / 4)
    assert found["selective risk@0.80"]["value"] == pytest.approx((1 + 0.2) / 3.2)


@pytest.mark.parametrize("kinds", [["in", "in"], ["far", "far"]])
def test_one_side_alone_says_nothing(kinds: list[str]) -> None:
    """Without answerable questions, or without others, there is nothing to tell apart."""
    assert answerability(np.array([0.1, 0.9]), np.array(kinds), np.array([False, False])) == {}


def test_figures_are_rounded_for_json() -> None:
    """Plain numbers with four digits."""
    assert figure(np.float64(1 / 3), np.array([0.12344, 1.0])) == {"mean": 0.3333, "interval": [0.1234, 1.0]}
