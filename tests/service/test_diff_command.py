"""`pincite diff`: what differs between two indexes, and what became of citations."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tiny_encoder import Tiny

from pincite.index.settings import Settings
from pincite.index.storage.documents import DocumentStore
from pincite.index.storage.manifest import find_bundle
from pincite.ingestion.build import build
from pincite.service.cli.commands import main

BELL = "The bell rings at noon on every day of the week. It was cast in the year of the flood."
HORN = "The horn sounds in fog, twice a minute. Boats answer it with one long blast."
TIDE = "Twice a month the spring tide floods the lower quay. Cars are moved before it does."


def page(title: str, **sections: str) -> str:
    return f"# {title}\n\n" + "".join(f"## {name}\n\n{text}\n\n" for name, text in sections.items())


class Shelf:
    """A folder of documents with its index."""

    def __init__(self, place: Path) -> None:
        self.folder, self.root = place / "documents", place / "root"
        self.folder.mkdir()

    def publish(self, **documents: str) -> Path:
        """Publish an index of these documents alone, and return its folder."""
        for path in self.folder.iterdir():
            path.unlink()
        for name, text in documents.items():
            (self.folder / f"{name}.md").write_text(text)
        build([self.folder], Settings(index=str(self.root)), lambda stage: lambda done, of: None, Tiny)  # type: ignore[arg-type]
        return find_bundle(self.root)

    def diff(self, *words: str, given: str | None = None) -> Result:
        """Run `pincite diff`. Anything but a clean exit is raised."""
        command = ["diff", *words, "--index", str(self.root)]
        return CliRunner().invoke(main, command, input=given, catch_exceptions=False)

    def changes(self, *words: str) -> list[dict[str, Any]]:
        """Return the documents that differ, of --json."""
        return list(json.loads(self.diff(*words, "--json").stdout)["documents"])

    def citation(self, document: str, quote: str) -> dict[str, Any]:
        """Return a citation of a quote in the live index."""
        with closing(DocumentStore(find_bundle(self.root))) as records:
            text = records.document(document)
            start = text.text.index(quote)
            (section,) = [s for s in text.sections if s.start <= start < s.end and s.path[-1:] != (text.title,)]
            place = {"document": document, "start": start, "end": start + len(quote), "quote": quote}
            return {**place, "sha256": text.sha256, "path": list(section.path)}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A shelf whose index holds two documents."""
    shelf = Shelf(tmp_path)
    shelf.publish(harbour=page("Harbour", Bell=BELL, Horn=HORN), tides=page("Tides", Spring=TIDE))
    return shelf


def test_a_sentence_that_changed_is_shown_before_and_after(shelf: Shelf) -> None:
    """Only the section that it stands in is named, with its count of words."""
    shelf.publish(
        harbour=page("Harbour", Bell=BELL.replace("noon", "dusk"), Horn=HORN), tides=page("Tides", Spring=TIDE)
    )
    shown = shelf.diff().stdout.splitlines()[1:]
    assert shown[0] == "~ harbour (Harbour): changed"
    assert shown[1].endswith("Bell: changed, 20 -> 20 words")
    assert [line.strip() for line in shown[2:]] == [
        "- The bell rings at noon on every day of the week.",
        "+ The bell rings at dusk on every day of the week.",
    ]


def test_documents_that_join_leave_and_are_renamed(shelf: Shelf) -> None:
    """A renamed document is known by its text, and is neither added nor gone."""
    shelf.publish(port=page("Harbour", Bell=BELL, Horn=HORN), fog=page("Fog", Horn=f"{HORN} {BELL}"))
    assert [(c["kind"], c["id"], c["id_before"]) for c in shelf.changes()] == [
        ("added", "fog", None),
        ("renamed", "port", "harbour"),
        ("gone", "tides", None),
    ]
    assert "> port (Harbour): renamed, before harbour\n" in shelf.diff().stdout


@pytest.mark.parametrize("front", ["", "title: Quay\n"])
def test_another_title_is_a_change(shelf: Shelf, front: str) -> None:
    """Titles are compared whether a heading or front matter states them; a heading leaves the text as it was."""
    body = page("Quay" if not front else "Harbour", Bell=BELL, Horn=HORN)
    shelf.publish(harbour=f"---\n{front}---\n{body}" if front else body, tides=page("Tides", Spring=TIDE))
    (change,) = shelf.changes()
    assert (change["kind"], change["title"], change["title_before"]) == ("changed", "Quay", "Harbour")


def test_other_metadata_is_a_change(shelf: Shelf) -> None:
    """Publisher, date of review, language and tags are compared where the text is as it was, each before and now."""
    tides, harbour = page("Tides", Spring=TIDE), page("Harbour", Bell=BELL, Horn=HORN)
    shelf.publish(harbour=f"---\npublisher: Quay\nreviewed: 2024\ntags: bells, fog\n---\n{harbour}", tides=tides)
    (change,) = shelf.changes()
    stated = [{"field": "publisher", "now": "Quay"}, {"field": "reviewed", "now": "2024"}]
    stated.append({"field": "tags", "now": "bells, fog"})
    assert (change["kind"], change["sections"]) == ("changed", [])
    assert change["metadata"] == [{**each, "before": None} for each in stated]
    shelf.publish(harbour=f"---\npublisher: Pier\nlanguage: en\ntags: bells, fog\n---\n{harbour}", tides=tides)
    assert [line.strip() for line in shelf.diff().stdout.splitlines()[1:]] == [
        "~ harbour (Harbour): changed",
        "~ publisher: Quay -> Pier",
        "~ reviewed: 2024 -> none",
        "~ language: none -> en",
    ]


def test_sections_that_moved(shelf: Shelf) -> None:
    """The same words elsewhere, or under another heading, are no change of the words; what is new or gone is named."""
    shelf.publish(harbour=page("Harbour", Horn=HORN, Chimes=BELL, Ladders=TIDE), tides=page("Tides", Spring=TIDE))
    (change,) = shelf.changes()
    sections = {s["path"][-1]: (s["kind"], s["path_before"] and s["path_before"][-1]) for s in change["sections"]}
    assert sections == {"Chimes": ("moved", "Bell"), "Ladders": ("added", None)}


def test_two_indexes_are_named_or_folders_given(shelf: Shelf, tmp_path: Path) -> None:
    """A name, the folder of an index and that of a bundle are one; equal indexes differ in nothing."""
    first = find_bundle(shelf.root)
    shelf.publish(harbour=page("Harbour", Bell=BELL))
    third = shelf.publish(tides=page("Tides", Spring=TIDE))
    by_name = shelf.changes(first.name, third.name)
    assert [(c["kind"], c["id"]) for c in by_name] == [("gone", "harbour")]
    assert shelf.changes(str(first), str(shelf.root)) == by_name
    assert shelf.diff(first.name, first.name).stdout.splitlines()[1:] == ["no document differs"]
    missing = shelf.diff("nothing")
    assert (missing.exit_code, "nothing: is no index on disk" in missing.stderr) == (1, True)


def test_a_first_index_has_none_before_it(shelf: Shelf) -> None:
    """It is an error with a remedy."""
    result = shelf.diff()
    assert (result.exit_code, "holds no index before the live one" in result.stderr) == (1, True)


def test_what_became_of_citations(shelf: Shelf, tmp_path: Path) -> None:
    """One of each outcome: in place, elsewhere, in other words, gone; whatever surrounds them in the file."""
    sentences = [text.split(". ")[0] + "." for text in (TIDE, HORN, BELL)]
    holds = shelf.citation("tides", sentences[0])
    moved, changed = shelf.citation("harbour", sentences[1]), shelf.citation("harbour", sentences[2])
    gone = {**moved, "quote": "Zebrules sleep under the reeds by night.", "end": moved["start"] + 40}
    shelf.publish(
        harbour=page("Harbour", Bell=BELL.replace("noon", "dusk"), Gulls="Gulls nest here.", Horn=HORN),
        tides=page("Tides", Spring=TIDE),
    )
    reply = {"hits": [{"citation": c, "evidence": [{"citation": c}]} for c in (holds, moved)], "more": [changed, gone]}
    (tmp_path / "reply.json").write_text(json.dumps(reply))
    found = json.loads(shelf.diff("--citation", str(tmp_path / "reply.json"), "--json").stdout)["citations"]
    assert [entry["status"] for entry in found] == ["holds", "moved", "changed", "gone"]
    assert found[1]["now"]["quote"] == sentences[1]
    shown = shelf.diff("--citation", "-", given=json.dumps(reply)).stdout
    for words in ("unchanged, at the same place", ": moved to harbour > ", "; the nearest words stand in ", ": gone: "):
        assert shown.count(words) == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [("{", "is no JSON"), ("[" * 99_999, "is no JSON"), ('{"quote": "a"}', "holds no citation"), ("", "is no JSON")],
)
def test_a_file_without_a_citation(shelf: Shelf, given: str, problem: str) -> None:
    """The problem and what to give are named."""
    result = shelf.diff("--citation", "-", given=given)
    assert (result.exit_code, f"standard input: {problem}" in result.stderr) == (1, True)
