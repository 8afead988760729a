"""Splits: what is trained on, looked at while training, and only measured on."""

from __future__ import annotations

import pytest

from training.data.splits import article_split, disease_split, is_development_topic, paragraph_split


@pytest.mark.parametrize(
    ("article", "split"), [("Huguenot", "test"), ("Chloroplast", "test"), ("Normans", "dev"), ("Oxygen", "train")]
)
def test_a_squad_article_is_of_one_split(article: str, split: str) -> None:
    """Test and dev articles are listed; all others are trained on."""
    assert article_split(article) == split


def test_a_disease_is_of_one_split_however_it_is_spelt() -> None:
    """Case and spaces do not move a topic, and the shares are a quarter, a fiftieth and the rest."""
    assert disease_split("Kawasaki  Disease") == disease_split("kawasaki disease")
    splits = [disease_split(f"disease {number}") for number in range(5000)]
    assert splits.count("test") == pytest.approx(1250, abs=100)
    assert splits.count("dev") == pytest.approx(100, abs=30)


def test_a_third_of_all_paragraphs_is_test() -> None:
    """The same key is always of the same split."""
    splits = [paragraph_split(f"paragraph {number}") for number in range(3000)]
    assert splits == [paragraph_split(f"paragraph {number}") for number in range(3000)]
    assert splits.count("test") == pytest.approx(1000, abs=80)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Amyotrophic lateral sclerosis", True),
        ("Motor neuron disease", True),
        ("Juvenile ALS", True),
        ("Scalds", False),
    ],
)
def test_nothing_is_learnt_of_the_development_documents(title: str, expected: bool) -> None:
    """ALS under any of its names is is_development_topic."""
    assert is_development_topic(title) == expected
