"""Feedback: a plain form under an answer, counted on this machine, questions kept where their askers agree."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_searcher import HANDBOOK, TIDES, Shelf, StubSearcher
from fixed_source import FixedSource
from flask.testing import FlaskClient

from pincite.evaluation import read_questions
from pincite.index.errors import ReadError, SettingError
from pincite.index.settings import Settings
from pincite.service.cli.commands import main
from pincite.service.feedback import store as store_module
from pincite.service.feedback.report import group_questions, report_json
from pincite.service.feedback.store import FEEDBACK_FILE, Feedback, FeedbackStore, KeptQuestion
from pincite.service.runtime.app import create_app

ANSWERED = "how long is a sabbatical after seven years"
PASSAGE = "staff-handbook#leave-time-off--sabbatical:1"
OWN = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
DAY = date(2024, 5, 1)
GIVEN = Feedback("2024-05-01", "0123abcd", "answered", "helped", PASSAGE)


def client_of(folder: Path | None, **given: int) -> FlaskClient:
    settings = Settings(feedback=str(folder) if folder else "", **given)
    return create_app(FixedSource(StubSearcher(Shelf((HANDBOOK, TIDES)))), settings, lambda: DAY).test_client()


def kept(question: str, status: str = "not_found", verdict: str = "did_not_answer") -> KeptQuestion:
    return KeptQuestion(Feedback("2024-05-01", "1", status, verdict, ""), question, ())  # type: ignore[arg-type]


def test_without_the_setting_no_page_asks_and_nothing_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off by default: no form, no endpoint, no file."""
    monkeypatch.chdir(tmp_path)
    client = client_of(None)
    page = client.get("/", query_string={"q": ANSWERED})
    assert "Did this help?" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert client.post("/feedback", data={"q": ANSWERED, "verdict": "helped"}, headers=OWN).status_code == 404
    assert "Whether answers help" not in client.get("/about").text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("question", [ANSWERED, "jacket", "zebra"])
def test_a_press_is_counted_without_the_question(tmp_path: Path, question: str) -> None:
    """Day, index, status, button and first passage are kept, whatever the status; the file does not hold a word."""
    client = client_of(tmp_path / "kept")
    page = client.get("/", query_string={"q": question}).text
    assert 'action="/feedback"' in page
    assert "not your words unless you tick the box" in page
    sent = client.post("/feedback", data={"q": question, "verdict": "helped"}, headers=OWN)
    assert (sent.status_code, sent.headers["Location"].endswith("said=helped#page_feedback")) == (303, True)
    assert "It is counted that this helped." in client.get(sent.headers["Location"]).text
    status, passage = {
        ANSWERED: ("answered", PASSAGE),
        "jacket": ("related", "staff-handbook#safety-on-the-quay:1"),
        "zebra": ("not_found", ""),
    }[question]
    store = FeedbackStore(tmp_path / "kept")
    assert store.counts() == [(Feedback("2024-05-01", "0123abcd", status, "helped", passage), 1)]  # type: ignore[arg-type]
    assert store.questions() == []
    assert "seven years" not in (tmp_path / "kept" / FEEDBACK_FILE).read_bytes().decode("latin-1")


def test_a_question_is_kept_if_its_asker_ticks_the_box(tmp_path: Path) -> None:
    """The text is kept as asked, with the words that nothing came near."""
    client = client_of(tmp_path)
    form = {"q": "where is the zebra", "verdict": "did_not_answer", "keep": "1"}
    client.post("/feedback", data=form, headers=OWN)
    (question,) = FeedbackStore(tmp_path).questions()
    assert (question.text, question.unmatched_terms) == ("where is the zebra", ("zebra",))
    assert "kept only if you tick the box" in client.get("/about").text


def test_the_form_asks_what_the_page_was_asked(tmp_path: Path) -> None:
    """A question that was searched as typed is asked again as typed, and the way back is to that very page."""
    client = client_of(tmp_path)
    page = client.get("/", query_string={"q": "is the sabatical paid", "verbatim": "1"}).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert fields == {"q": "is the sabatical paid", "verbatim": "1"}
    sent = client.post("/feedback", data={**fields, "verdict": "helped"}, headers=OWN)
    assert sent.headers["Location"] == "/?q=is+the+sabatical+paid&verbatim=1&said=helped#page_feedback"
    ((given, _),) = FeedbackStore(tmp_path).counts()
    assert given.status == "not_found"  # it would be related with its spelling corrected


def test_nothing_is_counted_of_a_question_that_speaks_of_danger(tmp_path: Path) -> None:
    """The page has no form, and a form that is sent anyway leads back to the answer."""
    client = client_of(tmp_path)
    assert "/feedback" not in client.get("/?q=i+cannot+breathe").text
    sent = client.post("/feedback", data={"q": "i cannot breathe", "verdict": "helped", "keep": "1"}, headers=OWN)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/?q=i+cannot+breathe")
    assert (FeedbackStore(tmp_path).counts(), FeedbackStore(tmp_path).questions()) == ([], [])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "https://harbour.example"}, 303),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://other.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_form_of_another_site_is_refused(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    """Only a page of this service, by the name it is reached by or by its public address, may send one."""
    settings = Settings(feedback=str(tmp_path), public_url="https://harbour.example/")
    client = create_app(FixedSource(StubSearcher(Shelf((HANDBOOK,)))), settings).test_client()
    sent = client.post("/feedback", data={"q": ANSWERED, "verdict": "helped"}, headers=headers)
    assert sent.status_code == status
    assert len(FeedbackStore(tmp_path).counts()) == (status == 303)


def test_the_page_lets_browsers_name_it_to_itself_alone(tmp_path: Path) -> None:
    """With no-referrer a browser on plain HTTP would send `Origin: null`, which is nobody's."""
    assert client_of(tmp_path).get("/").headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("form", "status"),
    [({"q": ANSWERED, "verdict": "loved"}, 422), ({"q": ANSWERED}, 422), ({"verdict": "helped"}, 422)],
)
def test_a_form_without_its_fields_is_refused(tmp_path: Path, form: dict[str, str], status: int) -> None:
    """Neither an unknown button nor a missing question is counted."""
    sent = client_of(tmp_path).post("/feedback", data=form, headers=OWN)
    assert sent.status_code == status
    assert FeedbackStore(tmp_path).counts() == []


def test_feedback_takes_of_the_quota(tmp_path: Path) -> None:
    """A press counts as one request of its client."""
    client = client_of(tmp_path, requests_per_minute=2)
    form = {"q": ANSWERED, "verdict": "helped"}
    assert [client.post("/feedback", data=form, headers=OWN).status_code for _ in range(3)] == [303, 303, 429]


def test_a_folder_that_cannot_be_written_is_an_error_at_the_start(tmp_path: Path) -> None:
    """It names the folder and what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"PINCITE_FEEDBACK: .*file.*\n  remedy: name a folder"):
        client_of(tmp_path / "file")
    (tmp_path / FEEDBACK_FILE).write_text("no database, but long enough to be taken for one" * 50)
    with pytest.raises(SettingError, match="is damaged"):
        client_of(tmp_path)


def test_a_full_disk_at_run_time_is_a_kind_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader learns that it was not counted, and the answers go on."""
    client = client_of(tmp_path)
    monkeypatch.setattr(store_module, "MAX_BYTES", 4096)
    form = {"q": ANSWERED + " boat" * 250, "verdict": "helped", "keep": "1"}
    sent = [client.post("/feedback", data=form, headers=OWN) for _ in range(12)][-1]
    assert sent.status_code == 503
    assert "This could not be counted" in sent.text
    assert client.get("/", query_string={"q": ANSWERED}).status_code == 200
    assert client.get("/readyz").status_code == 200


def test_the_oldest_questions_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than MAX_QUESTIONS are kept, and what goes is overwritten in the file."""
    monkeypatch.setattr(store_module, "MAX_QUESTIONS", 3)
    store = FeedbackStore(tmp_path)
    for n in range(5):
        store.keep(kept(f"question number {n}"))
    assert [q.text for q in store.questions()] == [f"question number {n}" for n in (2, 3, 4)]
    left = (tmp_path / FEEDBACK_FILE).read_bytes()
    assert (b"number 0" in left, b"number 1" in left, b"number 2" in left) == (False, False, True)
    assert sum(count for _, count in store.counts()) == 5


def _press(folder: str) -> None:
    for _ in range(10):
        FeedbackStore(Path(folder)).add(GIVEN)


def test_processes_count_together(tmp_path: Path) -> None:
    """Two processes that press at the same time lose nothing."""
    FeedbackStore(tmp_path).prepare()
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_press, [str(tmp_path)] * 2))
    assert FeedbackStore(tmp_path).counts() == [(GIVEN, 20)]


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine may read it."""
    FeedbackStore(tmp_path / "kept").prepare()
    FeedbackStore(tmp_path).prepare()  # a folder that was there before
    for path in (tmp_path / "kept", tmp_path / "kept" / FEEDBACK_FILE, tmp_path / FEEDBACK_FILE):
        assert path.stat().st_mode & 0o077 == 0


def test_questions_asked_the_same_way_are_one() -> None:
    """Case, white space and punctuation do not count; the most frequent wording is shown, the most asked first."""
    asked = group_questions(
        [kept("Zebras?"), kept("jacket"), kept("zebras"), kept(" ZEBRAS ! "), kept("zebras"), kept("?")]
    )
    assert [(a.text, len(a.kept)) for a in asked] == [("zebras", 4), ("?", 1), ("jacket", 1)]


def test_in_vain_is_what_was_not_answered_or_did_not_help() -> None:
    """An answer that helped is no question asked in vain."""
    questions = [kept("a", "answered", "helped"), kept("b", "answered"), kept("c", "related", "helped")]
    found = report_json([(GIVEN, 2)], questions)
    assert [entry["question"] for entry in found["asked_in_vain"]] == ["b", "c"]
    assert found["statuses"]["answered"] == {"helped": 2, "did_not_answer": 0}
    assert found["days"] == {"2024-05-01": {"helped": 2, "did_not_answer": 0}}


def run(words: Sequence[str]) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["feedback", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_lists_counts_and_what_was_asked_in_vain(tmp_path: Path) -> None:
    """In words for people, and as JSON for machines."""
    store = FeedbackStore(tmp_path)
    store.add(GIVEN)
    store.keep(kept("how much\nis \x1b[31mit"))
    code, said, _ = run(["--folder", str(tmp_path)])
    assert code == 0
    assert said.startswith("Answers judged by their readers: 2\n")
    assert re.search(r"answered +1 +0\n.*\nnot found +0 +1\n", said)
    assert "    1 x how much is [31mit  (not found)" in said
    assert json.loads(run(["--folder", str(tmp_path), "--json"])[1])["count"] == 2


def test_an_export_holds_questions_to_label_and_no_labels(tmp_path: Path) -> None:
    """A press is no label: what is exported is refused as a question file until somebody has labelled it."""
    store = FeedbackStore(tmp_path)
    for question in (kept("zebra", verdict="helped"), kept("Zebra?")):
        store.keep(question)
    code, _, said = run(["--folder", str(tmp_path), "--export", str(tmp_path / "asked.jsonl")])
    assert (code, "pincite label" in said) == (0, True)
    (line,) = (tmp_path / "asked.jsonl").read_text().splitlines()
    assert json.loads(line) | {"id": ""} == {
        "id": "",
        "question": "Zebra?",
        "count": 2,
        "statuses": {"not_found": 2},
        "verdicts": {"helped": 1, "did_not_answer": 1},
    } | {"question": "zebra"}
    with pytest.raises(ReadError, match="pincite label"):
        read_questions(tmp_path / "asked.jsonl")


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "PINCITE_FEEDBACK: names no folder"), (["--folder", "nowhere"], "nothing was counted yet")],
)
def test_the_command_says_where_it_looked(words: list[str], said: str) -> None:
    """Without a folder, or with one that holds nothing, it ends with 1 and the remedy."""
    code, _, error = run(words)
    assert (code, said in error, "remedy" in error) == (1, True, True)


def test_a_file_of_a_later_kind_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    """A database without the tables is named."""
    sqlite3.connect(tmp_path / FEEDBACK_FILE).execute("CREATE TABLE other (x)").connection.close()
    code, _, error = run(["--folder", str(tmp_path)])
    assert (code, FEEDBACK_FILE in error) == (1, True)
