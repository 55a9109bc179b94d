"""What can go wrong in an expected way, and what a setting may be. Any other failure keeps its traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class PipelineError(Exception):
    """Says what was wrong, where, and what to do. The command line prints it and exits with 2."""


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
