"""Tools for people who work on pincite, run as `python -m tools.NAME`. Nothing that indexes or serves imports them."""
