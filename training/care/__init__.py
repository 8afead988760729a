"""The care classifier: examples of questions, its fit and its figures."""
