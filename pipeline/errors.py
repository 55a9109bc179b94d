"""What can go wrong in an expected way. Anything else is a bug and keeps its traceback."""


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


class SetAside(Exception):  # noqa: N818 - an outcome of reading, not an error of the program
    """A capture that holds no document, with the reason: it becomes a row, never a crash.

    `reason` is one of `pipeline.records.REASONS`, `detail` says what was seen.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
