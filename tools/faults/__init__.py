"""Faults that ingests meet, and the promises they keep: a command for each kind of fault."""
