"""The command line, with windows of texts so small that a few documents fill several files."""

from pincite.ingestion.embedding import embed_corpus
from pincite.ingestion.runners import texts_file
from pincite.service.cli.commands import main

if __name__ == "__main__":
    embed_corpus.WINDOW_PASSAGES, texts_file.FILE_WINDOWS = 4, 1
    main()
