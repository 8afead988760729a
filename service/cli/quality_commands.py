"""Commands that measure answers and learn from questions: eval, calibrate, label, feedback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from pincite.index.errors import PinciteError, SettingError
from pincite.index.settings import read_settings
from pincite.index.system_errors import naming_file, printable_path
from pincite.service.cli.group import INDEX, JSON, main, needs_ingest, print_notes, print_text, progress, searcher_of


@main.command("eval", short_help="Measure how well questions are answered.")
@click.argument("path", type=click.Path(path_type=Path), metavar="PATH")
@INDEX
@JSON
@click.option("--run", "run_file", type=click.Path(path_type=Path), metavar="FILE", help="Write a TREC run file.")
@click.option("--qrels", "qrels_file", type=click.Path(path_type=Path), metavar="FILE", help="Write TREC qrels.")
@click.option("--against", type=click.Path(path_type=Path), metavar="FILE", help="Compare with an earlier run file.")
def evaluate(
    path: Path, index: str | None, as_json: bool, run_file: Path | None, qrels_file: Path | None, against: Path | None
) -> None:
    """Measure how well questions are answered.

    PATH is a file of labelled questions, which are asked of the index; or a folder that brings its own documents
    (a BEIR collection, or articles with questions), which are indexed in var/eval/ or where --index says.
    docs/evaluation.md has the fields and what each figure is.
    """
    from pincite.evaluation import summary, trec
    from pincite.evaluation.evaluate import default_root
    from pincite.evaluation.evaluate import evaluate as ask_all
    from pincite.evaluation.report import table

    settings = read_settings(os.environ, index=index or default_root(path))
    for file in (run_file, qrels_file):
        if file:
            trec.check_writable(file)
    earlier = trec.read_run(against) if against else None
    with needs_ingest("eval"):
        scored = ask_all(path, settings, progress, progress)
    result = summary.summarise(scored)
    if run_file:
        trec.write_run(run_file, {q: ranking for trial in scored.trials for q, ranking in trial.run.items()})
    if qrels_file:
        trec.write_qrels(qrels_file, {q: trial.qrels[q] for trial in scored.trials for q in trial.run})
    if earlier is not None:
        result["against"] = summary.against(scored, earlier, str(against))
    print_text(json.dumps(result, ensure_ascii=False, indent=2) if as_json else table(result))


@main.command(short_help="Fit the statuses to your own questions.")
@click.argument("questions", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="QUESTIONS...")
@INDEX
@click.option(
    "--near",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of unanswerable questions near the documents that may be called answered.",
)
@click.option(
    "--missed",
    default=0.02,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of answerable questions that may be called not found.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it to FILE; leave the index alone.")
def calibrate(questions: tuple[Path, ...], index: str | None, near: float, missed: float, out: Path | None) -> None:
    """Fit the judgement of answerability to your own labelled questions, and publish the index with it.

    Each file holds one question a line, as docs/evaluation.md says: answerable ones (kind "in"), unanswerable ones
    near the documents (any other kind), and ones about something else ("far_out"). Prints the error rates, which were
    measured on questions that the fit did not see. Later ingests keep the calibration.
    """
    settings = read_settings(os.environ, index=index)
    with needs_ingest("calibrate"):
        from pincite.evaluation import calibrate, read_questions
        from pincite.evaluation.trec import check_writable
        from pincite.index.answer.answerability import evidence_kind
        from pincite.ingestion.publishing.recalibrate import publish_calibration

        if out:
            check_writable(out)
        asked = [q for path in questions for q in read_questions(path)]
        searcher = searcher_of(settings)
        found = calibrate.collect(searcher, asked)
        name = ", ".join(path.name for path in questions)
        evidence = {"of": evidence_kind(searcher.bundle.manifest)}
        fitted = evidence | calibrate.calibrate(found, name, calibrate.Budgets(near, missed))
        if out:
            with naming_file(out):
                out.write_text(json.dumps({"default": True, **fitted}, indent=2) + "\n", encoding="utf-8")
        else:
            name = publish_calibration(Path(settings.index), {"default": False, **fitted}, settings.keep_bundles)
            click.echo(f"Published index {name} in {printable_path(settings.index)}", err=True)
    print_text(json.dumps(fitted, indent=2))


@main.command(short_help="Label your own questions on a local page.")
@click.argument("questions", type=click.Path(path_type=Path), metavar="QUESTIONS")
@INDEX
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Labels. [default: QUESTIONS.labels.jsonl]"
)
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port to listen on. [default: a free one]")
def label(questions: Path, index: str | None, out: Path | None, port: int) -> None:
    """Mark on a local page what answers your own questions, and calibrate the index to them.

    QUESTIONS is a text file with a question a line, or JSONL as `pincite feedback --export` writes it. Each label is
    saved at once, in a file that `pincite eval` and `pincite calibrate` read; the same command goes on where you
    stopped. The page is on this machine alone, at an address with a random token.
    """
    settings = read_settings(os.environ, index=index)
    with needs_ingest("label"):
        from pincite.evaluation.trec import check_writable
        from pincite.service.label.labelling import Labelling
        from pincite.service.label.labels import LABEL_SUFFIX, LabelFile
        from pincite.service.label.questions import read_questions_to_label
        from pincite.service.label.server import serve_label

        out = out or questions.with_suffix(LABEL_SUFFIX)
        if out.exists() and questions.exists() and out.samefile(questions):
            raise PinciteError(str(out), "holds the questions", "name another file for the labels with --out")
        check_writable(out)
        asked = read_questions_to_label(questions, settings.question_characters)
        labelling = Labelling(settings, asked, LabelFile(out))
        labelling.ask_labelled(progress("asking questions"))
        notes = [f"{labelling.done} of {len(asked)} questions are labelled in {printable_path(out)}"]
        serve_label(labelling, port, lambda url: print_notes([*notes, f"Label on {url} (stop with Ctrl+C)"]))


@main.command(short_help="List what readers said of answers.")
@click.option("--folder", metavar="FOLDER", help="Where feedback is counted. [default: PINCITE_FEEDBACK]")
@click.option("--export", type=click.Path(path_type=Path), metavar="FILE", help="Write the kept questions, to label.")
@JSON
def feedback(folder: str | None, export: Path | None, as_json: bool) -> None:
    """List what readers said of answers, and what they asked in vain.

    Counts by status and by day; the questions that their askers agreed to have kept, if they were not answered or did
    not help. --export writes every kept question, for `pincite label`: a press of a button says what a reader felt, and
    not whether the documents answer.
    """
    from pincite.service.feedback import report
    from pincite.service.feedback.store import FeedbackStore

    folder = folder or read_settings(os.environ).feedback
    if not folder:
        raise SettingError("PINCITE_FEEDBACK", "names no folder", "set it, or give the folder with --folder")
    store = FeedbackStore(Path(folder))
    kept = store.questions()
    if export:
        with naming_file(export):
            export.write_text(report.to_label(kept), encoding="utf-8")
    found = report.report_json(store.counts(), kept)
    print_text(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(report.report_lines(found)))
    if export:
        click.echo(f"Wrote {printable_path(export)}; pincite label {printable_path(export)} labels them", err=True)
