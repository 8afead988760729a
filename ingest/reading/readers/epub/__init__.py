"""Books (.epub, versions 2 and 3) to a draft: the files of the spine in order, under the levels of its contents."""
