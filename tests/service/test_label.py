"""`pincite label`: questions in, labels out, each saved at once, and the error rates as they change."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from pincite.evaluation import read_questions
from pincite.evaluation.runner import hit_measures
from pincite.index.bundle import Bundle
from pincite.index.errors import ReadError, StorageError
from pincite.index.settings import Settings
from pincite.service.cli.commands import main
from pincite.service.label import server as server_module
from pincite.service.label.app import create_label_app
from pincite.service.label.labelling import Labelling
from pincite.service.label.labels import Label, LabelFile, MarkedSentence
from pincite.service.label.questions import read_questions_to_label
from pincite.service.label.rates import Rate, answered_rates
from pincite.service.label.server import LOOPBACK, make_label_server

QUESTIONS = ["How long is a sabbatical?", "Is a sabbatical paid?", "Who was the first harbour master?", "best pizza"]
ANSWER = "After seven years you may take a sabbatical of three months."
UNPAID = "It is not paid."
TOKEN = "not-to-be-guessed"


def mark(passage: str, quote: str) -> MarkedSentence:
    return MarkedSentence(passage, 0, len(quote), quote, "Leave > Sabbatical", "0" * 64)


def label_of(name: str, *sentences: MarkedSentence) -> Label:
    return Label(name, f"question {name}", "in" if sentences else "near_out", sentences, "1", "2024-05-01")


@pytest.fixture
def labelling(index: Path, tmp_path: Path) -> Iterator[Labelling]:
    """A labelling over four questions, none of them labelled."""
    (tmp_path / "mine.txt").write_text("\n".join(QUESTIONS) + "\n", encoding="utf-8")
    asked = read_questions_to_label(tmp_path / "mine.txt", 2000)
    opened = Labelling(Settings(index=str(index)), asked, LabelFile(tmp_path / "mine.labels.jsonl"))
    with closing(opened.searcher.bundle):
        yield opened


@pytest.fixture
def client(labelling: Labelling) -> FlaskClient:
    return create_label_app(labelling, TOKEN).test_client()


def tick(page: str, text: str) -> str:
    """Return the tick of the sentence with some text."""
    found = re.search(rf'name="tick" value="([^"]+)"[^>]*> <span>{re.escape(text)}</span>', page)
    assert found, text
    return found[1]


def test_questions_come_a_line_each_or_as_objects(tmp_path: Path) -> None:
    """A line's id is made of its words, so that lines may move; an object may bring its own; each comes once."""
    text, objects = tmp_path / "q.txt", tmp_path / "q.jsonl"
    text.write_text("\ufeffIs it paid?\n\n  Is  it paid?\nHow long?\n", encoding="utf-8")
    objects.write_text('{"id": "7", "question": "Is it paid?", "count": 3}\n{"question": "How long?"}\n')
    read = read_questions_to_label(text, 2000)
    assert [q.text for q in read] == ["Is it paid?", "How long?"]
    assert [q.id for q in read_questions_to_label(objects, 2000)] == ["7", read[1].id]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no questions"),
        ("Is it paid?\n" + "x" * 2001, "q.txt:2: the question .*2,000"),
        ('{"question": "a"}\n{"q": "b"}', "q.txt:2: has no 'question'"),
        ('{"id": "1", "question": "a"}\n{"id": "1", "question": "b"}', "has the 'id' '1'"),
    ],
)
def test_a_file_of_questions_at_fault_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """Before any page is served."""
    (tmp_path / "q.txt").write_text(text)
    with pytest.raises(ReadError, match=said):
        read_questions_to_label(tmp_path / "q.txt", 2000)


def test_labels_are_a_question_file(tmp_path: Path) -> None:
    """Saved labels are read as labelled questions: kinds, sections, and facts that match the ticked sentences."""
    file = LabelFile(tmp_path / "l.jsonl")
    file.save(label_of("1", mark("a#b:1", "Ask (twice)."), mark("a#b:1", "It is free.")))
    file.save(label_of("2"))
    answered, near = read_questions(tmp_path / "l.jsonl")
    assert (answered.kind, answered.sections, near.kind) == ("in", ("Leave > Sabbatical",), "near_out")
    assert all(fact.search("Well. Ask\n(twice). It is free.") for fact in answered.facts)
    assert not all(fact.search("Ask (twice).") for fact in answered.facts)


def test_either_of_two_ticked_passages_will_do(tmp_path: Path) -> None:
    """A hit is right when it holds all that was ticked in any one passage."""
    file = LabelFile(tmp_path / "l.jsonl")
    file.save(label_of("1", mark("a#b:1", "Ask."), mark("a#b:1", "Wait."), mark("c#d:1", "It is\nfree.")))
    (fact,) = file.questions[0].facts
    found = [bool(fact.search(text)) for text in ("Well.\nIt is free.", "Wait.\nAsk.", "Ask.", "free")]
    assert found == [True, True, False, False]


def test_a_label_is_replaced_and_others_are_kept(tmp_path: Path) -> None:
    """A second run that saves meanwhile loses nothing, and the order is that of the first labels."""
    first, second = LabelFile(tmp_path / "l.jsonl"), LabelFile(tmp_path / "l.jsonl")
    first.save(label_of("1"))
    second.save(label_of("2"))
    first.save(label_of("1", mark("a#b:1", "Yes.")))
    assert [(q.id, q.kind) for q in LabelFile(tmp_path / "l.jsonl").questions] == [("1", "in"), ("2", "near_out")]
    assert [path.name for path in tmp_path.iterdir()] == ["l.jsonl"]


def test_a_label_that_cannot_be_saved_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is an error that names the file; the labels given before stay."""
    file = LabelFile(tmp_path / "l.jsonl")
    file.save(label_of("1"))
    before = file.path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pincite.service.label.labels.os.fsync", full)
    with pytest.raises(StorageError, match=r"l\.jsonl"):
        file.save(label_of("2"))
    assert file.path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_rates_count_what_is_called_answered() -> None:
    """Each kind has its share, with Wilson's interval; a kind without questions has none."""
    rates = answered_rates([("in", "answered"), ("in", "related"), ("near_out", "not_found")])
    assert rates == {"in": Rate(1, 2), "near_out": Rate(0, 1)}
    assert str(Rate(18, 20)) == "18 of 20, 90% (70% to 97%)"
    assert str(Rate(0, 0)) == "–"


def test_without_the_token_nothing_is_found(client: FlaskClient) -> None:
    """Neither a page nor a label can be reached by who does not know the address; other host names are refused."""
    for path in ("/", "/guess/", "/guess/questions/1"):
        assert client.get(path).status_code == 404
    assert client.post("/guess/questions/1", data={"kind": "near_out"}).status_code == 404
    assert client.get(f"/{TOKEN}/", headers={"Host": "rebound.example"}).status_code == 400
    page = client.get(f"/{TOKEN}/")
    assert page.status_code == 200
    assert "script" not in page.text
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_a_ticked_sentence_becomes_a_label_at_once(client: FlaskClient, labelling: Labelling) -> None:
    """The label is in the file when the next question is shown, and pincite's own answer matches its facts."""
    page = client.get(f"/{TOKEN}/questions/1").text
    assert "Question 1 of 4; 0 of 4 are labelled." in page
    sent = client.post(f"/{TOKEN}/questions/1", data={"kind": "in", "tick": tick(page, ANSWER)})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/{TOKEN}/questions/2")
    (question,) = read_questions(labelling.labels.path)
    assert question.sections == ("Leave > Sabbatical",)
    assert hit_measures(question, labelling.searcher.ask(QUESTIONS[0]).hits)["evidence@1"] == 1
    assert str(labelling.first_right()) == "1 of 1, 100% (21% to 100%)"
    record = json.loads(labelling.labels.path.read_text())
    (sentence,) = record["sentences"]
    document = labelling.searcher.bundle.document("leave")
    assert document.text[sentence["start"] : sentence["end"]] == sentence["quote"] == ANSWER


def test_none_answers_is_a_label_of_either_kind(client: FlaskClient, labelling: Labelling) -> None:
    """Near misses and questions about something else have labels of their own, and ticks do not count then."""
    page = client.get(f"/{TOKEN}/questions/3").text
    ticked = re.search(r'name="tick" value="([^"]+)"', page)
    assert ticked
    client.post(f"/{TOKEN}/questions/3", data={"kind": "near_out", "tick": ticked[1]})
    sent = client.post(f"/{TOKEN}/questions/4", data={"kind": "far_out"})
    assert sent.headers["Location"] == f"/{TOKEN}/questions/1"  # round to the first without a label
    assert [(q.kind, q.facts) for q in labelling.labels.questions] == [("near_out", ()), ("far_out", ())]
    assert "On topic, not answered" in client.get(f"/{TOKEN}/").text


def test_an_answer_without_a_tick_is_asked_for_again(client: FlaskClient, labelling: Labelling) -> None:
    """Nothing is saved, and the page says what to do."""
    sent = client.post(f"/{TOKEN}/questions/1", data={"kind": "in", "tick": "leave#gone:1@0-5"})
    assert (sent.status_code, "Tick the sentences that answer, or press" in sent.text) == (422, True)
    assert client.post(f"/{TOKEN}/questions/1", data={"kind": "other"}).status_code == 400
    assert client.get(f"/{TOKEN}/questions/5").status_code == 404
    assert labelling.labels.questions == []


def test_passages_are_found_in_other_words_and_by_browsing(client: FlaskClient) -> None:
    """Sentences that were ticked before stay ticked, whatever is looked for."""
    ticked = tick(client.get(f"/{TOKEN}/questions/1").text, ANSWER)
    found = client.get(f"/{TOKEN}/questions/1", query_string={"kept": 1, "look": "bell at high water", "tick": ticked})
    assert tick(found.text, "The tower rings a bell at high water.")
    assert found.text.count(" checked") == 1
    browsed = client.get(f"/{TOKEN}/questions/1", query_string={"kept": 1, "browse": 1, "document": "tides"}).text
    assert 'value="tides#low-water"' in browsed
    section = client.get(f"/{TOKEN}/questions/1", query_string={"kept": 1, "section": "tides#low-water"}).text
    assert tick(section, "At low water the ladder on the east wall ends above the boats.")
    for gone in ({"section": "tides#gone"}, {"section": "gone#gone"}, {"browse": 1, "document": "gone"}):
        assert client.get(f"/{TOKEN}/questions/1", query_string={"kept": 1, **gone}).status_code == 200
    long = client.get(f"/{TOKEN}/questions/1", query_string={"kept": 1, "look": "x" * 2001})
    assert "These words" in long.text


def test_going_back_shows_the_label_to_be_changed(client: FlaskClient, labelling: Labelling) -> None:
    """Its sentences are ticked; unticked ones stay so when more is looked for."""
    ticked = tick(client.get(f"/{TOKEN}/questions/1").text, ANSWER)
    client.post(f"/{TOKEN}/questions/1", data={"kind": "in", "tick": ticked})
    again = client.get(f"/{TOKEN}/questions/1").text
    assert "You said: the ticked sentences answer" in again
    assert again.count(" checked") == 1
    assert client.get(f"/{TOKEN}/questions/1?kept=1").text.count(" checked") == 0
    client.post(f"/{TOKEN}/questions/1", data={"kind": "far_out"})
    assert [q.kind for q in labelling.labels.questions] == ["far_out"]


def test_another_run_goes_on_where_one_stopped(client: FlaskClient, labelling: Labelling) -> None:
    """Labels of an earlier run count, and the first page leads to the first question without one."""
    client.post(f"/{TOKEN}/questions/1", data={"kind": "near_out"})
    resumed = Labelling(labelling.settings, labelling.questions, LabelFile(labelling.labels.path))
    with closing(resumed.searcher.bundle):
        page = create_label_app(resumed, TOKEN).test_client().get(f"/{TOKEN}/").text
    assert "1 of 4 questions are labelled" in page
    assert "Go on with question 2" in page


def test_the_rates_are_those_of_the_calibration_in_use(client: FlaskClient, labelling: Labelling) -> None:
    """They change with each label, and too few labels are no calibration."""
    assert labelling.rates() == {}
    client.post(f"/{TOKEN}/questions/3", data={"kind": "near_out"})
    status = labelling.searcher.ask(QUESTIONS[2]).status
    assert labelling.rates() == {"near_out": Rate(int(status == "answered"), 1)}
    assert (labelling.missing(), labelling.fitted_rates()) == ((20, 19), None)
    page = client.get(f"/{TOKEN}/").text
    assert "still missing: 20 that the documents answer, 19 that" in page
    assert "Calibrate and publish" not in page
    failed = client.post(f"/{TOKEN}/calibrate")
    assert (failed.status_code, "a fit needs 20 of each" in failed.text) == (500, True)


def test_only_this_machine_can_reach_the_pages(labelling: Labelling) -> None:
    """The server listens on loopback, at a new token each time."""
    (first, address), (second, other) = make_label_server(labelling, 0), make_label_server(labelling, 0)
    for server in (first, second):
        assert server.effective_host == LOOPBACK
        server.close()
    assert len(address.split("/")[3]) >= 20
    assert address.split("/")[3] != other.split("/")[3]


def test_the_command_refuses_to_write_over_the_questions(index: Path, tmp_path: Path) -> None:
    """The labels want a file of their own."""
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "1", "question": "a", "kind": "in"}\n')
    done = CliRunner().invoke(main, ["label", str(path), "--index", str(index), "--out", str(path)])
    assert (done.exit_code, "--out" in done.stderr) == (1, True)
    assert len(path.read_text().splitlines()) == 1


def test_publishing_needs_no_second_opening(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a calibration the labelling asks the new index, and says that its rates flatter."""
    root = Path(shutil.copytree(index, tmp_path / "root"))
    (tmp_path / "mine.txt").write_text("Is a sabbatical paid?\n")
    asked = read_questions_to_label(tmp_path / "mine.txt", 2000)
    labelling = Labelling(Settings(index=str(root)), asked, LabelFile(tmp_path / "mine.labels.jsonl"))
    fitted = {**labelling.searcher.bundle.calibration, "default": False}
    fitted["fitted_on"] = {"questions": "mine.labels.jsonl", "in": 20}
    monkeypatch.setattr(labelling, "_fit", lambda: fitted)
    before = labelling.searcher.bundle.id
    assert not labelling.in_sample
    name = labelling.publish()
    with closing(labelling.searcher.bundle), closing(Bundle(root)) as live:
        assert name == labelling.searcher.bundle.id == live.id != before
        assert labelling.in_sample
        assert live.calibration["of"]["cross_encoder"]


def test_the_command_serves_until_it_is_interrupted(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where the labels are and how many there are, asks what is labelled, and gives the address."""
    served = []
    monkeypatch.setattr(server_module, "make_label_server", lambda given, port: (Served(served, given), "http://here/"))
    (tmp_path / "mine.txt").write_text("Is a sabbatical paid?\nbest pizza\n")
    first = read_questions_to_label(tmp_path / "mine.txt", 2000)[0]
    LabelFile(tmp_path / "mine.labels.jsonl").save(Label(first.id, first.text, "near_out", (), "1", "2024-05-01"))
    done = CliRunner().invoke(main, ["label", str(tmp_path / "mine.txt"), "--index", str(index)])
    assert done.exit_code == 0, done.output
    assert "1 of 2 questions are labelled in" in done.stderr
    assert "Label on http://here/" in done.stderr
    (labelling,) = served
    assert list(labelling.statuses()) == [first.id]
    labelling.searcher.bundle.close()


@dataclass
class Served:
    """A server that is interrupted at once."""

    served: list[Labelling]
    labelling: Labelling

    def run(self) -> None:
        self.served.append(self.labelling)
