"""Settings are one table: typed, documented, and nothing else is taken."""

from __future__ import annotations

import pytest

from pincite.index.errors import SettingError
from pincite.index.settings import Settings, read_settings
from tools import settings_page


def test_defaults_then_environment_then_options() -> None:
    """An option goes before a variable, a variable before the default; None is no option."""
    assert read_settings({}) == Settings()
    environ = {"PINCITE_PORT": "9000", "PINCITE_INDEX": "a", "HOME": "x"}
    assert read_settings(environ, port=None, index="b") == Settings(port=9000, index="b")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PINCITE_PROT": "1"}, "PINCITE_PROT: no such setting"),
        ({"PINCITE_PORT": "http"}, "PINCITE_PORT: 'http' is not a whole number from 0 to 65535"),
        ({"PINCITE_PORT": "65536"}, "is not a whole number from 0 to 65535"),
        ({"PINCITE_PORT": "-1"}, "is not a whole number"),
        ({"PINCITE_PORT": "٣"}, "is not a whole number"),
        ({"PINCITE_PORT": "9" * 5000}, "is not a whole number"),
        ({"PINCITE_PROCESSES": "0"}, "from 1 to"),
        ({"PINCITE_THREADS": "32"}, "^PINCITE_THREADS: is no setting any more"),
        ({"PINCITE_ENCODER_THREADS": "1"}, "^PINCITE_ENCODER_THREADS: is no setting any more"),
        ({"PINCITE_ENCODER_PRECISION": "float16"}, "^PINCITE_ENCODER_PRECISION: 'float16' is not known"),
        ({"PINCITE_INDEX": " "}, "PINCITE_INDEX: is empty"),
        ({"PINCITE_CONTACT": "javascript:alert(1)"}, "PINCITE_CONTACT: .* is neither an e-mail nor a web address"),
        ({"PINCITE_CONTACT": "data:text/html,a@b.example"}, "neither an e-mail nor a web"),
        ({"PINCITE_CONTACT": "help desk"}, "neither an e-mail nor a web"),
        ({"PINCITE_CONTACT": "https://"}, "neither an e-mail nor a web"),
    ],
)
def test_bad_settings_are_named(environ: dict[str, str], message: str) -> None:
    """An unknown name, a wrong type and a value out of range are errors that name the variable."""
    with pytest.raises(SettingError, match=message):
        read_settings(environ)


@pytest.mark.parametrize("contact", ["a@b.example", "mailto:a+x@b.example", "https://b.example/help?x=1"])
def test_whoever_finds_a_wrong_answer_may_write_or_visit(contact: str) -> None:
    """E-mail addresses, with mailto: or without, and web addresses are taken as they stand."""
    assert read_settings({"PINCITE_CONTACT": contact}).contact == contact


def test_the_page_of_settings_is_up_to_date() -> None:
    """docs/settings.md has the table that `python -m tools.settings_page` prints."""
    assert settings_page.settings_table() in settings_page.PAGE.read_text(encoding="utf-8")


def test_an_earlier_name_is_refused_with_the_new_one() -> None:
    """A variable that was renamed is an error that names the one to set instead."""
    with pytest.raises(SettingError, match=r"^PINCITE_QUOTA: has another name now") as refused:
        read_settings({"PINCITE_QUOTA": "5"})
    assert refused.value.remedy == "set PINCITE_REQUESTS_PER_MINUTE instead"
