"""The question before it is searched: normalised, corrected, cut into parts. Text comes in, text goes out."""
