"""Limits of the process that reads documents."""

from __future__ import annotations

READ_SECONDS = 30  # for one file, by the clock of the parent
START_SECONDS = 120  # for the imports of all readers, on a slow disk
MAX_MEMORY_BYTES = 1_000_000_000  # of addresses, so of memory too (RLIMIT_AS)
MAX_KEPT_BYTES = 300_000_000  # of memory; a process that has taken more gives its place to a new one
MAX_REPLY_BYTES = 150_000_000  # of JSON; text of 20 MB takes about as much, and six times that in the worst case
