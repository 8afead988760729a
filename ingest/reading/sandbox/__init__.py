"""Readers in a process of their own, which can open no file and no socket, and is ended at its limits."""
