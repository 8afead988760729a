"""Settings, one row each: default, meaning, and the values it may have. Read once at the edge and passed in.

docs/settings.md is made from these rows by `python -m tools.settings_page --write`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pincite.index.errors import SettingError

ENV_PREFIX = "PINCITE_"
_CONTACT = re.compile(r'https?://[^\s"<>]+|(mailto:)?[^\s"<>:/@]+@[^\s"<>:/@]+')


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """Specification of one setting: what it means, and which values it may have."""

    name: str
    kind: str  # "int" or "str"
    default: int | str
    help: str
    minimum: int  # of an int
    maximum: int
    choices: tuple[str, ...]  # of a str; empty if any text will do
    pattern: re.Pattern[str] | None  # what a str must look like
    formerly: str  # its name in an earlier version, or ""

    @property
    def variable(self) -> str:
        """The environment variable, such as PINCITE_PORT."""
        return ENV_PREFIX + self.name.upper()


def setting(
    default: int | str,
    help: str,
    *,
    minimum: int = 1,
    maximum: int = 1_000_000,
    choices: tuple[str, ...] = (),
    pattern: re.Pattern[str] | None = None,
    formerly: str = "",
) -> Any:
    """Declare a field of Settings with everything that setting_specs() tells of it."""
    metadata = {
        "default": default,
        "help": help,
        "minimum": minimum,
        "maximum": maximum,
        "choices": choices,
        "pattern": pattern,
        "formerly": formerly,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of pincite; each field is also the environment variable PINCITE_<NAME>."""

    index: str = setting("var/index", "folder that holds the published bundles, or one bundle itself")
    corpus: str = setting("corpus", "file or folder that `pincite ingest` reads when it is given no path")
    model: str = setting("default", "sentence-transformers model that embeds at ingest: `default` or a folder")
    encoder_precision: str = setting(
        "auto",
        "precision of the encoder, chosen at ingest: float32; int8, a quarter of the size and half the time, nearly "
        "the same vectors; auto, int8 where it is near enough to float32",
        choices=("auto", "float32", "int8"),
        formerly="encoder",
    )
    passage_words: int = setting(60, "words in a passage at most, where sentences and lists allow it", minimum=20)
    token_vectors: int = setting(
        1,
        "1 keeps every token's vector for late interaction (400 bytes a token); 0 leaves them out, for very "
        "large corpora",
        minimum=0,
        maximum=1,
    )
    keep_bundles: int = setting(
        3,
        "bundles kept on disk, the live one included and 2 at least; the older ones are for roll-back",
        formerly="keep",
    )
    store_url: str = setting(
        "",
        "address of a Qdrant server that holds the passages, such as http://127.0.0.1:6333; without it, the files of "
        "the index do",
    )
    store_name: str = setting("pincite", "first part of the names of this index's collections in the store")
    store_key_file: str = setting("", "file that holds the key of the store")
    store_ca_file: str = setting(
        "", "file of the certificates (PEM) that an https store is trusted by; without it, those that the system trusts"
    )
    store_seconds: int = setting(
        2, "seconds that the store may take to answer one call, all attempts together", maximum=600
    )
    store_shards: int = setting(12, "shards of a collection that `pincite store copy` makes; fixed from then on")
    store_replicas: int = setting(1, "copies that the store keeps of each shard of such a collection", maximum=64)
    host: str = setting("127.0.0.1", "address that `pincite serve` listens on")
    port: int = setting(8000, "port that `pincite serve` listens on; 0 takes any free one", minimum=0, maximum=65535)
    processes: int = setting(
        1,
        "processes that `pincite serve` answers with on its one port, for as many processors; each opens the index",
        maximum=64,
    )
    cross_encoder: int = setting(
        1,
        "1 has the cross-encoder read the first passages of an answer; 0 leaves it out: faster, but wrong more often",
        minimum=0,
        maximum=1,
        formerly="judge",
    )
    question_characters: int = setting(2000, "characters in a question at most")
    answer_cache: int = setting(
        256,
        "answers kept in memory for when the same is asked again, by the same index; 0 keeps none",
        minimum=0,
        formerly="answers",
    )
    max_concurrent: int = setting(
        0,
        "questions worked on at the same time by one process; 0 takes its share of the processors",
        minimum=0,
        formerly="active",
    )
    max_queued: int = setting(
        16,
        "requests that wait for their turn in one process; more get 503 and come back",
        minimum=0,
        formerly="waiting",
    )
    requests_per_minute: int = setting(
        0,
        "requests a minute that one client may make of one process, a batch counting as its questions; 0 sets no limit",
        minimum=0,
        formerly="quota",
    )
    max_connections: int = setting(
        400,
        "connections that one address (of IPv6 one /64) may have open to one process; the one idle longest "
        "gives way to a new one; 0 sets no limit but 900 in all",
        minimum=0,
        formerly="connections",
    )
    api_keys_file: str = setting(
        "",
        "file of digests, one a line, as `pincite key` prints them; with it, endpoints want a key",
        formerly="keys",
    )
    cors_origins: str = setting(
        "",
        "web origins whose pages may call the endpoints, such as https://clinic.example; commas between them",
        formerly="origins",
    )
    trusted_hosts: str = setting(
        "",
        "names that requests may call this service by; commas between them; others get 400",
        formerly="hosts",
    )
    log: str = setting(
        "json",
        "what is written to standard error: json writes a line for each request, off none",
        choices=("json", "off"),
    )
    metrics_host: str = setting("127.0.0.1", "address that metrics for Prometheus are served on")
    metrics_port: int = setting(
        0,
        "port that metrics for Prometheus are served on, by further processes on the next ones; 0 serves none",
        minimum=0,
        maximum=65535,
    )
    reload_seconds: int = setting(2, "seconds between two looks for a newly published index")
    public_url: str = setting(
        "",
        "address at which people reach the service, such as https://pincite.example; without it, the one it listens on",
    )
    title: str = setting(
        "",
        "heading of the start page, such as “Ask about leave”; without it, the title of the one document, or “Ask "
        "the documents”",
    )
    intro: str = setting(
        "",
        "sentence below the heading of the start page; without it, the source and date of the one document",
    )
    emergency: str = setting(
        "911 in the US, 112 in Europe, 999 in the UK",
        "emergency numbers that every page names, with the places where they work",
    )
    crisis: str = setting(
        "988 in the US, 116 123 in the UK and Ireland, 112 elsewhere in Europe",
        "crisis lines that a question of distress is shown, with the places where they work",
    )
    care: str = setting(
        "medical",
        "medical watches questions for emergencies and distress, and says on every page what to do in an emergency and "
        "that no page is medical advice; none does neither, for documents that are not medical",
        choices=("medical", "none"),
    )
    contact: str = setting(
        "",
        "e-mail or web address for reports of wrong answers; without it, no page offers one",
        pattern=_CONTACT,
    )
    feedback: str = setting(
        "",
        "folder in which is counted whether answers helped, as readers say; without it, no page asks them and "
        "nothing is written",
    )

    @property
    def is_medical(self) -> bool:
        """True if questions are watched for emergencies and distress, and pages say that they are no medical advice."""
        return self.care == "medical"


# settings of earlier versions, with what to do when one is still set
_REMOVED = {
    "encoder_threads": "unset it: a question is encoded by one thread",
    "threads": "unset it: the server's threads follow from PINCITE_MAX_CONCURRENT and PINCITE_MAX_QUEUED",
}


def setting_specs() -> dict[str, SettingSpec]:
    """Return the specification of every setting, by name, in order of declaration."""
    return {f.name: SettingSpec(f.name, str(f.type), **f.metadata) for f in fields(Settings)}


def read_settings(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Read settings: defaults, then PINCITE_* variables, then `overrides` that are not None.

    Raises SettingError for an unknown, renamed or removed variable and for a value of the wrong type or range.
    """
    specs = setting_specs()
    # an environment that still has an earlier name must not be taken for one without the setting
    renamed = {spec.formerly: spec for spec in specs.values() if spec.formerly}
    values: dict[str, Any] = {}
    for variable in sorted(v for v in environ if v.startswith(ENV_PREFIX)):
        name = variable.removeprefix(ENV_PREFIX).lower()
        if name in renamed:
            raise SettingError(variable, "has another name now", f"set {renamed[name].variable} instead")
        if name in _REMOVED:
            raise SettingError(variable, "is no setting any more", _REMOVED[name])
        if name not in specs:
            known = ", ".join(spec.variable for spec in specs.values())
            raise SettingError(variable, "no such setting", f"unset it, or use one of {known}")
        values[name] = _parse(variable, specs[name], environ[variable])
    for name, value in overrides.items():
        if value is not None:
            values[name] = _parse(f"--{name.replace('_', '-')}", specs[name], str(value))
    return Settings(**values)


def _parse(place: str, spec: SettingSpec, text: str) -> str | int:
    """Parse the value of a variable or option. Raises SettingError, naming `place`, if the setting cannot have it."""
    if spec.kind == "str":
        if not text.strip():
            raise SettingError(place, "is empty", f"give the {spec.help}, or leave it out")
        if spec.choices and text not in spec.choices:
            raise SettingError(place, f"{text[:20]!r} is not known", f"set it to one of {', '.join(spec.choices)}")
        if spec.pattern and not spec.pattern.fullmatch(text):
            problem = f"{text[:40]!r} is neither an e-mail nor a web address"
            raise SettingError(
                place, problem, "set it to one such as help@clinic.example or https://clinic.example/help"
            )
        return text
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not (is_number and spec.minimum <= int(text) <= spec.maximum):
        problem = f"{text[:20]!r} is not a whole number from {spec.minimum} to {spec.maximum}"
        raise SettingError(place, problem, f"set it to {spec.help}")
    return int(text)
