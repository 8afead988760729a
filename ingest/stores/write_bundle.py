"""Bundle of documents whose vectors are known: what `pincite ingest` writes, without a reader or an encoder at work."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pincite.index.bundle import SUGGESTIONS_FILE, Bundle
from pincite.index.citation.embedded_text import own_words, passage_text, sentence_texts
from pincite.index.query.compatibility import compatible
from pincite.index.retrieval.copies import PassageDigests
from pincite.index.storage import bm25_files, copy_files, dense_files, sentence_files, token_files
from pincite.index.storage.bm25_writer import write_bm25
from pincite.index.storage.copy_files import write_copies
from pincite.index.storage.dense_files import VECTORS_FILE, write_dense
from pincite.index.storage.documents import DOCUMENTS_FILE, SECTIONS_FILE, DocumentStore, DocumentsWriter
from pincite.index.storage.manifest import STANDS_FOR
from pincite.index.storage.npy import ArrayWriter
from pincite.index.storage.sentence_files import SentenceWriter
from pincite.index.storage.token_files import TokenWriter
from pincite.index.storage.word_files import CORPUS_WORDS_FILE, write_corpus_words
from pincite.index.system_errors import naming_file
from pincite.ingestion.embedding.reuse import PASSAGE_DIGESTS, SENTENCE_DIGESTS
from pincite.ingestion.embedding.text_digests import digest_texts
from pincite.ingestion.publishing.document_names import NAMES_FILE, read_bundle_names, write_names
from pincite.ingestion.seal import seal_bundle
from pincite.ingestion.stores.bundle_passages import StoredDocument

# files that grow with the passages and that a store stands for: an index over a store has none of them
PASSAGE_FILES = frozenset(
    {
        DOCUMENTS_FILE,
        SECTIONS_FILE,
        bm25_files.TERMS_FILE,
        bm25_files.STARTS_FILE,
        bm25_files.ROWS_FILE,
        bm25_files.SCORES_FILE,
        bm25_files.MAX_SCORES_FILE,
        bm25_files.FORWARD_FILE,
        bm25_files.FORWARD_STARTS_FILE,
        copy_files.COPY_DIGESTS_FILE,
        dense_files.FAISS_FILE,
        dense_files.VECTORS_FILE,
        sentence_files.SENTENCES_FILE,
        sentence_files.SENTENCE_STARTS_FILE,
        token_files.TOKENS_FILE,
        token_files.SCALES_FILE,
        token_files.TOKEN_STARTS_FILE,
        PASSAGE_DIGESTS,
        SENTENCE_DIGESTS,
    }
)
_MADE_ANEW = PASSAGE_FILES | {copy_files.COPIES_FILE, CORPUS_WORDS_FILE, NAMES_FILE, SUGGESTIONS_FILE}


def write_bundle(folder: Path, template: Bundle, documents: Iterable[StoredDocument]) -> str:
    """Write a bundle of documents, in the order of their rows, into a folder. Returns the index id.

    template: the bundle that models, settings and calibration are taken from. Of its own documents, the same bundle
    results, byte for byte. Raises StorageError when the disk is full.
    """
    for name in template.manifest["files"].keys() - _MADE_ANEW:
        with naming_file(folder / name):
            shutil.copyfile(template.folder / name, folder / name)
    counts, digests = _write_passages(folder, template, documents)
    with closing(DocumentStore(folder, cached_documents=1, cached_passages=1)) as records:
        write_bm25(folder, (passage_text(d, p) for d, p in records.passages_in_order()))
        write_corpus_words(folder, (passage_text(d, p) for d, p in records.passages_in_order()))
    names = read_bundle_names(template.folder).files
    write_names(folder, {document_id: names[document_id] for document_id in digests if document_id in names})
    kept = {key: value for key, value in template.manifest.items() if key not in ("id", "seal", "files", STANDS_FOR)}
    is_same = kept["documents"] == digests
    manifest = {
        **kept,
        "dense": write_dense(folder),
        "inputs": kept["inputs"] if is_same else "",  # an ingest of any files makes another bundle
        "made": {**kept["made"], "at": datetime.now(UTC).isoformat(timespec="seconds")},
        "counts": counts,
        "documents": digests,
    }
    return seal_bundle(folder, manifest)


def _write_passages(
    folder: Path, template: Bundle, documents: Iterable[StoredDocument]
) -> tuple[dict[str, int], dict[str, str]]:
    """Write documents, passages and their vectors. Returns the counts and the digests of the manifest."""
    copies = PassageDigests()
    counts = dict.fromkeys(("documents", "sections", "passages", "sentences"), 0)
    digests: dict[str, str] = {}
    dimension = template.encoder.dimension
    with ExitStack() as stack:
        enter = stack.enter_context
        records = enter(DocumentsWriter(folder))
        vectors = enter(ArrayWriter(folder / VECTORS_FILE, np.float32, (dimension,)))
        sentences = enter(SentenceWriter(folder, dimension))
        tokens = enter(TokenWriter(folder, dimension)) if template.manifest["settings"]["token_vectors"] else None
        passage_digests = enter(ArrayWriter(folder / PASSAGE_DIGESTS, np.uint64, (2,)))
        sentence_digests = enter(ArrayWriter(folder / SENTENCE_DIGESTS, np.uint64, (2,)))
        for stored in documents:
            document, passages = stored.document, stored.passages
            records.add(document, [each.passage for each in passages])
            digests[document.id] = document.sha256
            for each in passages:
                copies.add(own_words(document, each.passage), each.text)
                texts = [tuple(map(compatible, pair)) for pair in sentence_texts(document, each.passage)]
                vectors.append(each.vector[None])
                sentences.add(each.sentence_vectors)
                passage_digests.append(digest_texts([(compatible(each.text),)]))
                sentence_digests.append(digest_texts(texts))
                if tokens and each.tokens:
                    tokens.add(each.tokens)
            _add_counts(counts, stored)
    write_copies(folder, copies)
    return counts, digests


def _add_counts(counts: dict[str, int], stored: StoredDocument) -> None:
    counts["documents"] += 1
    counts["sections"] += len(stored.document.sections)
    counts["passages"] += len(stored.passages)
    counts["sentences"] += sum(len(each.passage.sentences) for each in stored.passages)
