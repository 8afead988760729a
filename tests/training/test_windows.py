"""Windows: passages of training documents."""

from __future__ import annotations

from training.data.windows import cut_windows, sentence_ranges

TEXT = "The bell rings at high water.  It is rung\tby hand. ***\nA second line stands here."


def test_a_window_has_its_heading_line_and_whole_sentences() -> None:
    """`title > path`, then sentences with white space folded; a line of signs alone is none."""
    (window,) = cut_windows("tides", "Tides", TEXT, ("Bells", "High water"))
    assert window.text.startswith("Tides > Bells > High water\nThe bell rings at high water. It is rung by hand.")
    assert [window.text[start:end] for start, end in window.sentences] == [
        "The bell rings at high water.",
        "It is rung by hand.",
        "A second line stands here.",
    ]
    assert window.body == window.text.split("\n")[1]


def test_windows_hold_so_many_words_at_most() -> None:
    """Sentences are kept whole and in order; one that is longer than a window is a window of its own."""
    windows = cut_windows("tides", "Tides", f"One two three. Four five. {'Six ' * 9}end. Seven.", words=5)
    assert [len(w.body.split()) for w in windows] == [5, 10, 1]


def test_sentences_are_found_again_in_a_windows_text() -> None:
    """The ranges are those that the window was made with."""
    (window,) = cut_windows("tides", "Tides. At sea.", TEXT)
    assert tuple(sentence_ranges(window.text)) == window.sentences
