"""Tools for whoever works on pincite, run as `python -m tools.NAME`. Nothing that indexes or serves imports them."""
