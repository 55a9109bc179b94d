"""What can go wrong in an expected way, what may be said of it, and what a setting may be.

Any other failure keeps its traceback.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus, unquote

CUT = "[cut]"
"""What stands in a message in place of a secret."""
SECRETS = (
    "key", "token", "secret", "password", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "auth",
    "authorization", "credential", "credentials", "sig", "signature", "sid", "sessionid", "jwt", "otp",
    "apikey", "accesskey", "accesstoken", "authtoken", "secretkey", "privatekey",
)  # fmt: skip
"""The last words of names that secrets go by."""
_USER = re.compile(r"(?<=://)[^/\s?#]*@")
_HEADER = re.compile(r"""(?i)((?:authorization|cookie)['"]?\s*[:=]\s*\[?(?:b(?=['"]))?['"]?)[^\n'"]+""")
_BEARER = re.compile(r"(?i)(\bbearer\s+)[^\s'\"]+")
# Each name is taken from its first character on and never given back, or a long word would take for ever.
_PARAMETER = re.compile(r"""(?<![^\s?&;=#/'"<>(,])([^\s?&;=#/'"<>(,]++)(=)([^\s&#'"<>]*[^\s&#'"<>,.;:)])""")
_FIELD = re.compile(
    r"""((?:(['"])[\w.\[\]-]++\2(?=\W*['"])|(?<![\w-])(?=\w+[_-])[\w-]++|\b(?i:passw(?:or)?d))"""
    r"""\s*[:=]\s*(?!\[cut)\[?(?:b(?=['"]))?)"""
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s'",;{\[]+)"""
)
_LEAST = 6
"""Characters of what is taken for a secret because the environment has it under such a name."""


def without_secrets(text: str, known: Iterable[str] = ()) -> str:
    """The text as it may be said or kept in a log, with secrets cut out.

    They are known by their places (userinfo and parameters of addresses, headers, values of such names in
    JSON), because the environment has them under such a name, or because they are among `known`.
    """
    held = {value.strip() for name, value in os.environ.items() if _names_a_secret(name) and _no_path(value)}
    for secret in sorted({*held, *known}, key=len, reverse=True):
        if len(secret) >= _LEAST:
            for form in {
                secret,
                quote(secret, safe=""),
                quote(secret),
                quote_plus(secret),
                repr(secret)[1:-1],
            }:
                text = text.replace(form, CUT)
    text = _USER.sub(f"{CUT}@", text)
    text = _HEADER.sub(rf"\g<1>{CUT}", text)
    text = _BEARER.sub(rf"\g<1>{CUT}", text)
    text = _PARAMETER.sub(_without_value, text)
    return _FIELD.sub(_without_value, text)


def all_without_secrets(said: Any) -> Any:
    """The same for every text in lists and mappings, such as a run's summary."""
    if isinstance(said, Mapping):
        return {key: all_without_secrets(value) for key, value in said.items()}
    if isinstance(said, (list, tuple)):
        return [all_without_secrets(value) for value in said]
    return without_secrets(said) if isinstance(said, str) else said


def _without_value(found: re.Match[str]) -> str:
    whole, head, said = found[0], found[1], found[3]
    name = unquote(head).rstrip(" :=[b")
    return f"{whole[: -len(said)]}{CUT}" if _names_a_secret(name) and said.strip(".…'\"") else whole


def _no_path(value: str) -> bool:
    """PWD is the working directory, SSL_KEY where a key lies."""
    return not value.startswith(("/", "~", "."))


def _names_a_secret(name: str) -> bool:
    """Whether the last word of api_key, accessToken, X-Amz-Signature or user[password] is one of SECRETS."""
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))
    return bool(words) and words[-1].lower() in SECRETS


class PipelineError(Exception):
    """Says what was wrong, where, and what to do. The command line prints it and exits with 2."""

    def __str__(self) -> str:
        return without_secrets(super().__str__())


class ConfigError(PipelineError):
    """A configuration or reference file that can't be used as it stands."""


class InputError(PipelineError):
    """Something handed to an import that can't be taken in."""


class ArchiveError(PipelineError):
    """The archive can't be read or written."""


class StoreError(PipelineError):
    """The working or the published database can't be opened or written."""


class PublishError(PipelineError):
    """A snapshot can't be published; the one before stays as it was."""


class ModelError(PipelineError):
    """A topic model in models/ that can't be used: missing, incomplete or damaged."""


class SetAside(Exception):  # noqa: N818 - an outcome of reading, not an error of the program
    """A capture that holds no document, with the reason: it becomes a row, never a crash.

    `reason` is one of `pipeline.records.REASONS`, `detail` says what was seen.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a setting may be: from `least` to `most`, without these where they are left `out`.

    Of a list or a table it bounds each value.
    """

    least: float
    most: float
    out: str = ""

    def holds(self, value: Any) -> bool:
        """Whether the value lies in it; no NaN does."""
        above = value > self.least if self.out in ("least", "both") else value >= self.least
        below = value < self.most if self.out in ("most", "both") else value <= self.most
        return bool(above and below)

    def __str__(self) -> str:
        said = {
            "": "from {} to {}",
            "least": "above {}, up to {}",
            "most": "from {}, below {}",
            "both": "above {} and below {}",
        }
        return said[self.out].format(f"{self.least:,}", f"{self.most:,}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """The words that a setting, or each value of a list, may be."""

    words: tuple[str, ...]

    def holds(self, value: Any) -> bool:
        """Whether the value is one of them."""
        return value in self.words

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"
