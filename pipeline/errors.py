"""What can go wrong in an expected way, what may be said of it, and what a setting may be.

Any other failure keeps its traceback.
"""

from __future__ import annotations

import errno
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


_MEMORY = "there is not enough memory: end other programs, or give this one more (`ulimit -v`)"
_ENDED = "its processes were ended from outside, as a system without memory does: end other programs"
REFUSALS: Mapping[int, str] = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "your share of the disk is used up: free some space",
    errno.EFBIG: "a file may grow no larger: raise the limit (`ulimit -f`), or use another file system",
    errno.EROFS: "the disk is read-only: make it writable, or name another folder",
    errno.EACCES: "this user may not do that: give it the right, or name another folder",
    errno.EPERM: "this user may not do that: give it the right, or name another folder",
    errno.EMFILE: "too many files are open: raise the limit (`ulimit -n 1024`)",
    errno.ENFILE: "too many files are open on this machine: end other programs",
    errno.EIO: "the disk reports an error: look at it, then run `themeshift verify`",
    errno.ESTALE: "the network disk has lost the file: mount it again",
    errno.ENOTCONN: "the disk is not there: mount it again",
    errno.ENODEV: "the disk is not there: mount it again",
    errno.ENOMEM: _MEMORY,
    errno.EAGAIN: "no process or thread can be started: end other programs, or raise the limit (`ulimit -u`)",
    errno.ENAMETOOLONG: "the name is too long: choose a shorter one",
    errno.ENOTDIR: "a part of the path is a file: name a folder",
    errno.EISDIR: "it is a folder: name a file",
    errno.ELOOP: "its links lead in a circle: name where it really lies",
}
"""What a machine refuses, and what to do about it; the same command then goes on."""
_WORDS = {
    "bad_alloc": _MEMORY,
    "out of memory": _MEMORY,
    "failed to map segment": _MEMORY,
    "could not allocate": _MEMORY,
    "failed to allocate": _MEMORY,
    "brokenprocesspool": _ENDED,
    "can't start new thread": REFUSALS[errno.EAGAIN],
}
_SHORT = tuple(
    REFUSALS[code]
    for code in (
        errno.ENOMEM,
        errno.EMFILE,
        errno.ENFILE,
        errno.EAGAIN,
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EFBIG,
    )
)


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


class BackupError(PipelineError):
    """A backup can't be made, read or restored; what it held stays as it was."""


def refusal(error: BaseException | str) -> str:
    """What the machine refused and what to do, as a sentence without its end; "" for any other failure.

    Libraries written in C tell of it in the system's own words, which are looked for in the message.
    """
    if isinstance(error, OSError) and error.errno is not None:
        where = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
        said = REFUSALS.get(error.errno, "")
        return f"{where}: {said}" if where and said else said
    if isinstance(error, MemoryError):
        return _MEMORY
    text = (error if isinstance(error, str) else f"{type(error).__name__}: {error}").lower()
    known = {os.strerror(code).lower(): said for code, said in REFUSALS.items()} | _WORDS
    cause = None if isinstance(error, str) else error.__cause__
    if said := refusal(cause) if cause else "":
        return said
    return known[max(found, key=len)] if (found := [words for words in known if words in text]) else ""


def is_short(error: BaseException) -> bool:
    """Whether the machine was short of memory, file handles or room: that says nothing of a file."""
    if isinstance(error, PipelineError) and error.__cause__ is not None:
        return is_short(error.__cause__)
    return refusal(error).endswith(_SHORT)


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
