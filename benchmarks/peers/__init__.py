"""pincite beside other ways to search the same passages with the same weights: `make bench`."""
