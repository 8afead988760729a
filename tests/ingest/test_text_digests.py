"""Digests of texts: an equal text is found, any other is not."""

from __future__ import annotations

import hashlib

import numpy as np

from pincite.ingestion.embedding.text_digests import DigestIndex, digest_texts


def test_a_digest_is_the_first_half_of_a_sha256() -> None:
    """Several texts are digested with a mark between them, so that it matters where one ends."""
    (found,) = digest_texts([("ab", "c")])
    assert found.astype("<u8").tobytes() == hashlib.sha256(b"ab\0c").digest()[:16]
    assert not np.array_equal(found, digest_texts([("a", "bc")])[0])
    assert digest_texts([]).shape == (0, 2)


def test_what_is_held_is_found_at_its_row() -> None:
    """Each of many texts at its own row, of equal ones the first; what is not held at none."""
    texts = [(f"text {n}",) for n in range(1000)]
    held = DigestIndex(digest_texts([*texts, *texts]))
    assert held.rows(digest_texts(texts[::-1])).tolist() == list(range(999, -1, -1))
    assert held.rows(digest_texts([("text 1000",), ("text 7",), ("",)])).tolist() == [-1, 7, -1]


def test_digests_that_agree_in_their_first_number() -> None:
    """The second number decides, wherever among those of the same first number it stands, the last included."""
    held = DigestIndex(np.array([[9, 3], [5, 1], [5, 2], [1, 1], [5, 3]], dtype=np.uint64))
    wanted = np.array([[5, 3], [5, 2], [5, 4], [9, 4], [9, 3], [10, 0], [0, 0], [5, 1]], dtype=np.uint64)
    assert held.rows(wanted).tolist() == [4, 2, -1, -1, 0, -1, -1, 1]


def test_nothing_is_held_by_none() -> None:
    """Without an earlier bundle nothing is found, and nothing may be asked for."""
    none = DigestIndex(np.empty((0, 2), dtype=np.uint64))
    assert none.rows(digest_texts([("a",)])).tolist() == [-1]
    assert none.rows(digest_texts([])).tolist() == []
