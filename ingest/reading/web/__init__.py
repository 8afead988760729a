"""Web pages by their address, for the command line alone: one page of each address, within bounds, if its host lets."""
