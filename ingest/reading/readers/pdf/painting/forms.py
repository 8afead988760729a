"""Forms of a page: contents that are drawn many times, such as the marks of a diagram, and are parsed once."""

from __future__ import annotations

from pypdf.generic import ContentStream, StreamObject

MAX_FORMS = 20_000  # of one page, each as often as it is drawn
MAX_KEPT_FORMS, MAX_KEPT_BYTES = 1000, 10_000  # forms that are kept to be drawn again, and the size of each


class Forms:
    """Forms that one page draws."""

    def __init__(self) -> None:
        self._count = 0
        self._kept: dict[int, ContentStream] = {}  # by the number of their object

    def contents(self, form: StreamObject) -> ContentStream | None:
        """Return the operators of a form that is drawn; None where the page has drawn MAX_FORMS."""
        self._count += 1
        if self._count > MAX_FORMS:
            return None
        reference = form.indirect_reference
        known = self._kept.get(reference.idnum) if reference else None
        if known is not None:
            return known
        contents = ContentStream(form, reference.pdf if reference else None)
        if reference and len(contents.get_data()) <= MAX_KEPT_BYTES and len(self._kept) < MAX_KEPT_FORMS:
            self._kept[reference.idnum] = contents
        return contents
