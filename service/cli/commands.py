"""The command line, `pincite ingest | ask | serve | ...`. Answers go to stdout, all else to stderr.

Exit codes: 0 done, 1 an error with its remedy, 2 the command was not understood, 3 `ask` found nothing, 4 `ingest
--skip-bad` published an index without documents at fault, 5 `ask` found what is near but may not answer.
Heavy modules are imported by the command that needs them, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pincite import __version__
from pincite.index.errors import ModelError, PinciteError, SettingError
from pincite.index.settings import Settings, read_settings
from pincite.index.system_errors import TRANSLATED_ERRORS, naming_file, printable_path, to_storage_error

if TYPE_CHECKING:
    from pincite.index.searcher import Searcher
    from pincite.ingestion.encoder.export import EmbeddingModel
    from pincite.ingestion.encoder.model_files import ModelFiles
    from pincite.ingestion.report import BuildReport

EXIT_LEFT_OUT = 4
EXIT_CODES = {"not_found": 3, "related": 5}  # of `ask`, by the status of an answer that answers nothing
RENAMED_COMMANDS = {"verify": "check"}  # `verify` is of a citation: POST /v1/verify
MAX_INPUT_BYTES = 1 << 20  # bytes read of a question

_INDEX = click.option("--index", metavar="FOLDER", help="Where the index is. [default: var/index, or PINCITE_INDEX]")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


class _Commands(click.Group):
    """Group of commands that turns every PinciteError into its message and exit code 1.

    A system error names the command, unless inner code has named the file.
    """

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in RENAMED_COMMANDS:
            ctx.fail(f"'{cmd_name}' is called 'pincite {RENAMED_COMMANDS[cmd_name]}' now.")
        return super().get_command(ctx, cmd_name)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run `pincite ...`. An error outside any command is one of printing the help."""
        try:
            return super().main(*args, **extra)
        except TRANSLATED_ERRORS as error:
            _print_error(to_storage_error(error, "standard output"))
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (PinciteError, *TRANSLATED_ERRORS) as error:
            _print_error(
                error
                if isinstance(error, PinciteError)
                else to_storage_error(error, f"pincite {ctx.invoked_subcommand}")
            )
            ctx.exit(1)


def _print_error(error: PinciteError) -> None:
    """Print an error. If standard output cannot be written, keep Python from flushing it again at exit."""
    from pincite.ingestion.report import RefusedError

    with suppress(OSError):  # nobody may read standard error, either
        if isinstance(error, RefusedError):
            from pincite.service.cli.ingest_report import report_lines

            _print_notes(report_lines(error))
        else:
            click.echo(f"pincite: {error}", err=True)
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        sys.stdout = None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pincite")
def main() -> None:
    """Answer questions from documents by quoting them, each quote with its citation.

    \b
    First time:    pincite ingest            make an index of the documents in corpus/
    then:          pincite ask "question"    print the passages that answer
    or:            pincite serve             open the search page on http://127.0.0.1:8000
    """


@main.command(short_help="Make an index of documents.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_INDEX
@click.option("--model", metavar="MODEL", help="Embedding model: `default`, or a sentence-transformers folder.")
@click.option("--outline", is_flag=True, help="Print the headings of every document, as they were understood.")
@click.option("--skip-bad", is_flag=True, help="Leave documents at fault out, publish the rest, and exit with 4.")
@_JSON
def ingest(
    paths: tuple[str, ...], index: str | None, model: str | None, outline: bool, skip_bad: bool, as_json: bool
) -> None:
    """Read documents and publish an index of them.

    Each PATH is a document (.md for Markdown, .txt for text copied from a web page) or a folder of documents;
    without one, corpus/ is read. The new index takes the place of the old one in one step. If documents are
    at fault, every one is listed, and the old index stays, unless --skip-bad leaves them out.
    """
    from pincite.service.cli.ingest_report import refusal_json, report_json, report_lines, summary_lines

    started = time.perf_counter()
    try:
        settings = read_settings(os.environ, index=index, model=model)
        report = _ingest(paths, settings, skip_bad)
    except PinciteError as error:
        if as_json:
            _print(json.dumps(refusal_json(error, time.perf_counter() - started), ensure_ascii=False, indent=2))
        raise
    if as_json:
        _print(json.dumps(report_json(report), ensure_ascii=False, indent=2))
    else:
        _print_notes(report_lines(report))
        if outline:
            _print_outline(report.folder)
        for line in summary_lines(report, settings.index):
            _print(line)
    if report.faults:
        sys.exit(EXIT_LEFT_OUT)


@main.command(short_help="Print the passages that answer a question.")
@click.argument("question", nargs=-1, required=True)
@click.option("-k", default=3, show_default=True, type=click.IntRange(1, 50), help="Passages at most.")
@click.option("--verbatim", is_flag=True, help="Search the question as typed: correct no spelling.")
@_INDEX
@_JSON
def ask(question: tuple[str, ...], k: int, verbatim: bool, index: str | None, as_json: bool) -> None:
    """Print the passages that answer QUESTION, best first, the answering sentence between >> and <<.

    A single - reads the question from standard input. Exits with 3 when the documents do not say, with 5 when
    they only touch on it.
    """
    from pincite.service.api.links import with_base
    from pincite.service.api.serialize import to_json
    from pincite.service.care.card import care_card
    from pincite.service.cli.render import render
    from pincite.service.presentation import present

    settings = read_settings(os.environ, index=index)
    text = _standard_input() if question == ("-",) else " ".join(question)
    searcher = _searcher(settings)
    presentation = present(searcher.ask(text, k, verbatim), searcher, watch=settings.care == "medical")
    if as_json:
        reply = with_base(to_json(presentation, searcher.bundle.document), settings.public_url.rstrip("/"))
        _print(json.dumps(reply, ensure_ascii=False, indent=2))
    else:
        example = next((s.question for s in searcher.bundle.suggestions), None)
        card = care_card(presentation.care, settings)
        _print(render(presentation, searcher.bundle.document, example, card))
    if exit_code := EXIT_CODES.get(presentation.answer.status):
        sys.exit(exit_code)


@main.command(short_help="Serve the search page and the endpoints.")
@_INDEX
@click.option("--host", metavar="ADDRESS", help="Address to listen on. [default: 127.0.0.1, or PINCITE_HOST]")
@click.option("--port", metavar="PORT", help="Port to listen on; 0 takes a free one. [default: 8000, or PINCITE_PORT]")
@click.option("--processes", metavar="N", help="Processes to answer with. [default: 1, or PINCITE_PROCESSES]")
def serve(index: str | None, host: str | None, port: str | None, processes: str | None) -> None:
    """Serve the search page and the query endpoint until interrupted."""
    settings = read_settings(os.environ, index=index, host=host, port=port, processes=processes)
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # before NumPy is imported: threads make its small products slower
    from pincite.service.cli.bundles import way_back
    from pincite.service.runtime.app import create_app
    from pincite.service.runtime.index_reloader import IndexReloader
    from pincite.service.runtime.memory import limit_malloc_arenas
    from pincite.service.runtime.server import serve as run
    from pincite.service.runtime.workers import WorkerProcesses

    def run_worker(number: int, port: int, wait_for_parent_exit: Callable[[], object]) -> None:
        own = replace(settings, port=port, metrics_port=settings.metrics_port and settings.metrics_port + number)
        reloader = IndexReloader(own)
        reloader.open()  # before it listens: from then on the system sends it connections
        run(create_app(reloader, own), reloader, own, lambda line: None, WorkerProcesses(), wait_for_parent_exit)

    limit_malloc_arenas()
    workers = WorkerProcesses(*(partial(run_worker, number) for number in range(1, settings.processes)))
    reloader = IndexReloader(settings)
    with way_back(Path(settings.index)):
        run(create_app(reloader, settings), reloader, settings, lambda line: click.echo(line, err=True), workers)


@main.command(short_help="Publish an earlier index again.")
@click.argument("name", required=False)
@click.option("--list", "only_list", is_flag=True, help="List the bundles on disk, the newest first; change nothing.")
@_INDEX
def rollback(name: str | None, only_list: bool, index: str | None) -> None:
    """Publish the bundle before the one that is live, or the one called NAME; what serves picks it up.

    Done again, it goes back one further. --list shows what there is.
    """
    from pincite.service.cli import bundles

    settings = read_settings(os.environ, index=index)
    root = Path(settings.index)
    if only_list and name:
        raise click.UsageError("--list takes no NAME: it changes nothing.")
    if only_list:
        for bundle, live in bundles.listed(root):
            _print(bundles.line(root, bundle, live))
    else:
        _print(bundles.roll_back(root, name, settings.keep_bundles))


@main.command(short_help="Make a key for the endpoints.")
def key() -> None:
    """Print a new key for the endpoints, and the digest to put in the file that PINCITE_API_KEYS_FILE names."""
    import hashlib
    import secrets

    made = secrets.token_hex(32)
    _print(f"key     {made}\ndigest  {hashlib.sha256(made.encode()).hexdigest()}")


@main.command("mcp", short_help="Give language models tools (Model Context Protocol).")
@_INDEX
@click.option("--http", is_flag=True, help="Serve over HTTP at /mcp, in place of standard input and output.")
@click.option("--host", metavar="ADDRESS", help="Address to listen on, with --http. [default: 127.0.0.1]")
@click.option("--port", metavar="PORT", help="Port to listen on, with --http. [default: 8000, or PINCITE_PORT]")
def mcp(index: str | None, http: bool, host: str | None, port: str | None) -> None:
    """Give language models tools to search, read and check quotes (Model Context Protocol).

    Over standard input and output, as agents start it; or over HTTP. Needs the extra mcp.
    """
    settings = read_settings(os.environ, index=index, host=host, port=port)
    with _needs("mcp", "install the mcp extra: pip install '.[mcp]' in pincite's folder"):
        from pincite.service.mcp_server import run
    run(_searcher(settings), settings, http)


@main.command("eval", short_help="Measure how well questions are answered.")
@click.argument("path", type=click.Path(path_type=Path), metavar="PATH")
@_INDEX
@_JSON
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
    with _needs_ingest("eval"):
        scored = ask_all(path, settings, _progress, lambda stage: _progress(stage, "asking"))
    result = summary.summarise(scored)
    if run_file:
        trec.write_run(run_file, {q: ranking for trial in scored.trials for q, ranking in trial.run.items()})
    if qrels_file:
        trec.write_qrels(qrels_file, {q: trial.qrels[q] for trial in scored.trials for q in trial.run})
    if earlier is not None:
        result["against"] = summary.against(scored, earlier, str(against))
    _print(json.dumps(result, ensure_ascii=False, indent=2) if as_json else table(result))


@main.command(short_help="Fit the statuses to your own questions.")
@click.argument("questions", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="QUESTIONS...")
@_INDEX
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
    with _needs_ingest("calibrate"):
        from pincite.evaluation import calibrate, read_questions
        from pincite.evaluation.trec import check_writable
        from pincite.index.answer.answerability import evidence_kind
        from pincite.ingestion.recalibrate import publish_calibration

        if out:
            check_writable(out)
        asked = [q for path in questions for q in read_questions(path)]
        searcher = _searcher(settings)
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
    _print(json.dumps(fitted, indent=2))


@main.command(short_help="Label your own questions on a local page.")
@click.argument("questions", type=click.Path(path_type=Path), metavar="QUESTIONS")
@_INDEX
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
    with _needs_ingest("label"):
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
        labelling.ask_labelled(_progress("questions", "asking"))
        notes = [f"{labelling.done} of {len(asked)} questions are labelled in {printable_path(out)}"]
        serve_label(labelling, port, lambda url: _print_notes([*notes, f"Label on {url} (stop with Ctrl+C)"]))


@main.command(short_help="List what readers said of answers.")
@click.option("--folder", metavar="FOLDER", help="Where feedback is counted. [default: PINCITE_FEEDBACK]")
@click.option("--export", type=click.Path(path_type=Path), metavar="FILE", help="Write the kept questions, to label.")
@_JSON
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
    _print(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(report.report_lines(found)))
    if export:
        click.echo(f"Wrote {printable_path(export)}; pincite label {printable_path(export)} labels them", err=True)


@main.command(short_help="Check every byte of an index.")
@_INDEX
@_JSON
def check(index: str | None, as_json: bool) -> None:
    """Read every byte of an index and check that every passage is the text it says it is."""
    from pincite.index.verification import check_index
    from pincite.service.cli.bundles import way_back

    settings = read_settings(os.environ, index=index)
    with way_back(Path(settings.index)):
        counts = asdict(check_index(Path(settings.index)))
    _print(
        json.dumps(counts)
        if as_json
        else "Index {index}: {files} files whole, {passages} passages in place".format(**counts)
    )


def _standard_input() -> str:
    """Read a question from standard input; more than MAX_INPUT_BYTES is refused as too long."""
    with naming_file("standard input"):
        return sys.stdin.buffer.read(MAX_INPUT_BYTES).decode("utf-8", "replace") if sys.stdin else ""


def _print(text: str) -> None:
    """Print to standard output."""
    with naming_file("standard output"):
        click.echo(text)


def _print_notes(lines: Iterable[str]) -> None:
    """Print lines on standard error."""
    with naming_file("standard error"):
        for line in lines:
            click.echo(line, err=True)


def _print_outline(bundle: Path) -> None:
    """Print the title of every document of a bundle, with its headings."""
    from pincite.index.storage.documents import DocumentStore

    with closing(DocumentStore(bundle, cached_documents=1)) as records:
        for name, title in records.titles():
            _print(title)
            sections = records.document(name).sections
            _print("\n".join("  " * len(s.path) + s.path[-1] for s in sections if s.path))


def _ingest(paths: Sequence[str], settings: Settings, skip_bad: bool) -> BuildReport:
    """Make and publish an index of the documents at some paths, or of settings.corpus."""
    with _needs_ingest("ingest"):
        from pincite.ingestion.build import build
        from pincite.ingestion.reading.files import given_path

        def load_model(files: ModelFiles) -> EmbeddingModel:
            _print_notes(["loading the embedding model ..."])
            from pincite.ingestion.encoder.sentence_transformer import Embedder

            return Embedder(files)

        given = [given_path(path) for path in paths] or [Path(settings.corpus)]
        return build(given, settings, _progress, load_model, skip_bad=skip_bad)


def _searcher(settings: Settings) -> Searcher:
    from pincite.index.searcher import open_searcher
    from pincite.service.cli.bundles import way_back

    with way_back(Path(settings.index)):
        return open_searcher(settings)


def _needs_ingest(command: str) -> AbstractContextManager[None]:
    """Say how to install the packages that index documents, which serving does without."""
    return _needs(
        command, "install the ingest extra: pip install torch==2.13.0, then pip install '.[ingest]' in pincite's folder"
    )


@contextmanager
def _needs(command: str, remedy: str) -> Iterator[None]:
    """Say what to install where a package is missing that only some commands need."""
    try:
        yield
    except ModuleNotFoundError as error:
        problem = f"needs the package {error.name}, which is not installed"
        raise ModelError(f"pincite {command}", problem, remedy) from error


def _progress(stage: str, doing: str = "embedding") -> Callable[[int, int], None]:
    """Return a function that reports progress on stderr: one counting line on a terminal, else a line every 10 s."""
    terminal = sys.stderr.isatty()
    began = reported = time.monotonic()
    if not terminal:  # a log shows at once what takes its time
        click.echo(f"{doing} {stage} ...", err=True)

    def report(done: int, total: int) -> None:
        nonlocal reported
        now = time.monotonic()
        too_soon = now - reported < (0.1 if terminal else 10)
        if not done or now == began or (too_soon and not (terminal and done == total)):
            return
        reported = now
        rate = done / (now - began)
        speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
        line = f"{doing} {stage}: {done:,} of {total:,}, {speed} a second, about {(total - done) / rate:,.0f} s left"
        if terminal:
            click.echo(f"\r{line:<90}" + ("\n" if done == total else ""), nl=False, err=True)
        else:
            click.echo(line, err=True)

    return report
