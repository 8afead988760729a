"""Hidden text of PDF files: what a viewer shows is text, what nobody can see of it is counted and left out."""

import pytest
from tiny_pdf import pdf_file, text_content

from pincite.index.errors import ReadError
from pincite.ingestion.reading.draft import Draft
from pincite.ingestion.reading.readers.pdf.read_pdf import read_pdf

SEEN = text_content([(60, 700, 12, "F1", "Seen.")])
WORDS = "BT /F1 12 Tf 60 600 Td (two words) Tj ET"
BAR, WHITE = "0 0 .4 rg 50 590 200 30 re f", "1 1 1 rg"
LAYERS = "/OCProperties << /OCGs [7 0 R 8 0 R] /D << /OFF [7 0 R] >> >>"
OBJECTS = (
    "<< /Type /OCG /Name (off) >>",
    "<< /Type /OCG /Name (on) >>",
    f"<< /Subtype /Form /OC 7 0 R /BBox [0 0 600 800] /Length {len(WORDS)} >>\nstream\n{WORDS}\nendstream",
    f"<< /Subtype /Form /BBox [0 0 50 50] /Length {len(WORDS)} >>\nstream\n{WORDS}\nendstream",
    "<< /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /Length 1 >>\nstream\n0\nendstream",
    "<< /Type /OCMD /OCGs [7 0 R 8 0 R] >>",
    "<< /Type /OCMD /OCGs [7 0 R 8 0 R] /P /AllOn >>",
    "[ /ICCBased 15 0 R ]",
    "<< /N 3 /Length 0 >>\nstream\n\nendstream",
)
RESOURCES = (
    "/Properties << /Off 7 0 R /On 8 0 R /Any 12 0 R /All 13 0 R >> "
    "/XObject << /Off 9 0 R /Small 10 0 R /Picture 11 0 R >> /ColorSpace << /Icc 14 0 R /Spot [/Separation /Gold] >> "
    "/ExtGState << /Clear << /ca 0 >> /Faint << /ca .5 >> /Masked << /SMask << /S /Alpha >> >> >>"
)


def read(content: str, page_entries: str = "") -> Draft:
    data = pdf_file([content], LAYERS, extra=OBJECTS, resources=RESOURCES, page_entries=page_entries)
    return read_pdf(data, "a.pdf")


def texts(draft: Draft) -> list[str]:
    return [part.text for part in draft.parts]


@pytest.mark.parametrize(
    "hidden",
    [
        WORDS.replace("Tf", "Tf 3 Tr"),
        f"{WHITE} {WORDS}",
        f"1 g {WORDS}",
        f"0 0 0 0 k {WORDS}",
        f".99 .99 .98 rg {WORDS}",
        f"/Icc cs 1 1 1 sc {WORDS}",
        f"1 1 1 RG {WORDS.replace('Tf', 'Tf 1 Tr')}",
        f"{BAR} {WHITE} 40 580 300 60 re f {WORDS}",
        f"{BAR} 0 0 .4 rg {WORDS}",
        f"{WHITE} q 0 0 .4 rg Q {WORDS}",
        f"/Clear gs {WORDS}",
        f"q 0 0 50 50 re W n {WORDS} Q",
        f"q 1 0 0 1 0 -700 cm {WORDS} Q",
        WORDS.replace("12 Tf", ".9 Tf"),
        WORDS.replace("60 600 Td", ".05 0 0 .05 60 600 Tm"),
        WORDS.replace("Tf", "Tf 1 Tz"),
        f"/OC /Off BDC {WORDS} EMC",
        f"/OC /Off BDC /Span <</MCID 0>> BDC {WORDS} EMC EMC",
        f"/OC /All BDC {WORDS} EMC",
        "/Off Do",
        "/Small Do",
    ],
)
def test_what_nobody_can_see_is_counted_and_left_out(hidden: str) -> None:
    """Text in the colour of what is beneath it, without ink, tiny, clipped away or in a layer that is off goes."""
    draft = read(f"q {hidden} Q {SEEN}")
    assert (texts(draft), draft.notes) == (["Seen."], ("left out: words of hidden text (2)",))


@pytest.mark.parametrize(
    "shown",
    [
        f"{BAR} {WHITE} {WORDS}",
        f"0 0 .4 RG 30 w 50 605 m 250 605 l S {WHITE} {WORDS}",
        f"0 0 .4 rg 50 590 m 250 590 l 250 620 l 50 620 l h f {WHITE} {WORDS}",
        " ".join(f"0 0 .{n} rg 50 {590 + 3 * n} 200 3 re f" for n in range(1, 10)) + f" {WHITE} {WORDS}",
        f"q 200 0 0 30 50 590 cm /Picture Do Q {WHITE} {WORDS}",
        f"q 200 0 0 30 50 590 cm BI /W 1 /H 1 /BPC 8 /CS /G ID 0 EI Q {WHITE} {WORDS}",
        f"q 50 590 200 30 re W n /Any sh Q {WHITE} {WORDS}",
        f"/Pattern cs /Any scn 50 590 200 30 re f {WHITE} {WORDS}",
        f"/Pattern cs /Any scn {WORDS}",
        f"/Spot cs 0 scn {WORDS}",
        f"/Masked gs {WHITE} {WORDS}",
        f"{WHITE} {WORDS.replace('Tf', 'Tf 2 Tr')}",
        f"/Faint gs {WORDS}",
        f"q 0 595 600 3 re W n {WORDS} Q",
        f"/OC /On BDC {WORDS} EMC",
        f"/OC /Any BDC {WORDS} EMC",
        f"/OC /Off BDC {BAR} EMC {WORDS}",
        f"/OC /Off BDC EMC {WORDS}",
        WORDS.replace("12 Tf", "1 Tf"),
    ],
)
def test_light_text_on_what_is_painted_is_text(shown: str) -> None:
    """Text that is seen stays, whatever its colour: on a bar, a line, strips, a picture; outlined, clipped in part."""
    draft = read(f"q {shown} Q")
    assert ([draft.title or "", *texts(draft)][-1], draft.notes) == ("two words", ())


def test_a_page_is_as_large_as_its_crop_box_and_as_its_unit() -> None:
    """Text outside of the crop box is hidden; a unit of ten points makes letters of a fifth of a unit readable."""
    assert texts(read(f"{WORDS} {SEEN}", "/CropBox [0 650 600 9000]")) == ["Seen."]
    assert texts(read(f"{WORDS} {SEEN}", "/CropBox [900 900 990 990]")) == ["Seen.", "two words"]
    assert texts(read(WORDS.replace("12 Tf", ".2 Tf"), "/UserUnit 10")) == ["two words"]


def test_text_below_a_scanned_page_is_hidden() -> None:
    """A text layer without ink over a picture was recognised by a program and may be wrong: nobody ever saw it."""
    with pytest.raises(ReadError, match="its text layer is hidden, as below scanned pages") as caught:
        read("q 600 0 0 800 0 0 cm /Picture Do Q " + WORDS.replace("Tf", "Tf 3 Tr"))
    assert caught.value.reason == "no_text_layer"


def test_forms_of_forms_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page draws so many forms and no more; a note says that it was read in part."""
    monkeypatch.setattr("pincite.ingestion.reading.readers.pdf.painting.forms.MAX_FORMS", 3)
    form = f"<< /Subtype /Form /Length {len(WORDS)} >>\nstream\n{WORDS}\nendstream"
    draft = read_pdf(
        pdf_file(["1 0 0 1 0 -40 cm /X Do " * 4], extra=[form], resources="/XObject << /X 7 0 R >>"), "a.pdf"
    )
    assert texts(draft) == ["two words"] * 3
    assert draft.notes == ("lost: text of page 1, on which too much is drawn",)


def test_a_page_that_is_full_of_paint_hides_no_colour() -> None:
    """A page of more paint than is kept does not say what lies behind its text."""
    bars = " ".join(f"0 0 .4 rg {n} 100 3 3 re f" for n in range(2001))
    assert texts(read(f"{bars} {WHITE} {WORDS}")) == ["two words"]
