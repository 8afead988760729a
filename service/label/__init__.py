"""Labelling of one's own questions on a local page, `pincite label`: what answers, and how the error rates change.

    questions   questions to label, from a text file or JSONL
    labels      the file of labels, which `pincite eval` and `pincite calibrate` read
    candidates  passages to tick, sentence by sentence
    rates       error rates on the labelled questions
    labelling   questions, labels, searcher and calibration of one run
    app         the pages; server: the loopback address they are served on

Needs what ingestion needs, since it can fit and publish a calibration.
"""
