"""Fits on labelled questions: the weights of the ranking, and the default calibration."""
