"""Feedback of readers on answers: counted on this machine, questions kept only where their askers agree.

    store     the SQLite file: counts and kept questions
    routes    the form's endpoint, POST /feedback
    report    what `pincite feedback` prints and exports

Nothing of this is imported, and nothing written, unless PINCITE_FEEDBACK names a folder.
"""
