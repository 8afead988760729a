"""Fields that several requests have, each with its bounds, and the checks that JSON Schema cannot state."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from pincite.index.metadata.dates import days_of
from pincite.index.metadata.metadata_filter import (
    DATE_REMEDY,
    LANGUAGE_REMEDY,
    MetadataFilter,
    ends_before,
    is_language_range,
)

MAX_K = 50  # passages in an answer
MAX_OFFSET = 200  # passages left out before those of an answer; there are no more candidates
MAX_PAGE = 100  # entries in a list
MAX_FILTER_VALUES = 20  # values of one field of a filter
MAX_FILTER_CHARACTERS = 200  # of one value
REPEATED = frozenset(["publishers", "languages", "tags"])  # in an address: a publisher's name may have a comma


def _is_text(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", "holds the character NUL, which is not text")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("surrogate", "holds half of a surrogate pair, which is not text")
    return text


def _is_language_range(text: str) -> str:
    if not is_language_range(text):
        raise PydanticCustomError("language", f"is not a language tag; {LANGUAGE_REMEDY}")
    return text


def _is_date(text: str) -> str:
    if days_of(text) is None:
        raise PydanticCustomError("date", f"is not a date; {DATE_REMEDY}")
    return text


def _whole(number: Any) -> Any:
    """Convert a float without a fraction: JSON has one kind of number, so 5.0 is a whole number."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WITHOUT_NUL: JsonDict = {"pattern": r"^[^\u0000]*$"}
_LANGUAGE_RANGE: JsonDict = {"pattern": r"^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|\*)$"}
_DATE: JsonDict = {"pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}
Whole = Annotated[int, BeforeValidator(_whole)]
IsText = AfterValidator(_is_text)
Text = Annotated[str, IsText, Field(json_schema_extra=WITHOUT_NUL)]
Names = Annotated[list[Text], Field(min_length=1, max_length=MAX_PAGE)]

K = Annotated[int, Field(ge=1, le=MAX_K, description="Passages at most."), BeforeValidator(_whole)]
Offset = Annotated[
    int,
    Field(ge=0, le=MAX_OFFSET, description="Passages to leave out, the best first; ranks stay."),
    BeforeValidator(_whole),
]
Verbatim = Annotated[bool, Field(description="Search the question as typed: no spelling is corrected.")]
Documents = Annotated[Names | None, Field(description="Answer from these documents alone, by id.")]
Sections = Annotated[
    Names | None, Field(description="Answer from these sections and those below them alone, as document#section.")
]
MinimumConfidence = Annotated[
    float,
    Field(ge=0, le=1, description="Below it no passages are returned, and what was `answered` is called `related`."),
]
_Value = Annotated[str, Field(min_length=1, max_length=MAX_FILTER_CHARACTERS), IsText]
_Name = Annotated[_Value, Field(json_schema_extra=WITHOUT_NUL)]
_LanguageRange = Annotated[_Value, AfterValidator(_is_language_range), Field(json_schema_extra=_LANGUAGE_RANGE)]
_Date = Annotated[str, AfterValidator(_is_date), Field(json_schema_extra=_DATE)]
_VALUES = Field(min_length=1, max_length=MAX_FILTER_VALUES)


class Request(BaseModel):
    """Base of all requests: unknown fields and values of another type are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)  # built when first used


class Options(Request):
    """Options of a question, which a batch takes for all of its questions, too."""

    k: K = 5
    offset: Offset = 0
    verbatim: Verbatim = False
    documents: Documents = None
    sections: Sections = None
    minimum_confidence: MinimumConfidence = 0.0


class Filters(Request):
    """Filters on the metadata of documents: every field that is given is met; of several values one is enough."""

    publishers: Annotated[list[_Name], _VALUES] | None = Field(
        default=None, description="Documents whose words one of these published, whatever the case."
    )
    languages: Annotated[list[_LanguageRange], _VALUES] | None = Field(
        default=None,
        description="Documents in one of these languages: `en` is met by en-GB (RFC 4647), `*` by any that is stated.",
    )
    tags: Annotated[list[_Name], _VALUES] | None = Field(
        default=None, description="Documents with one of these tags, whatever the case."
    )
    since: _Date | None = Field(
        default=None, description="Documents reviewed on this day or later: a year, month or day (2025, 2025-05)."
    )
    until: _Date | None = Field(default=None, description="Documents reviewed on this day or earlier.")

    @field_validator("until")
    @classmethod
    def _is_not_before(cls, until: str | None, info: ValidationInfo) -> str | None:
        if ends_before(info.data.get("since"), until):
            raise PydanticCustomError("order", "is before since")
        return until

    @property
    def metadata(self) -> MetadataFilter:
        """The filter."""
        publishers, languages, tags = (tuple(v or ()) for v in (self.publishers, self.languages, self.tags))
        return MetadataFilter(publishers, languages, tags, self.since, self.until)
