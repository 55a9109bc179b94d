"""The archive: WARC files written through one door and never changed, and what comes in from files."""

from pipeline.archive.folder import Archive, Renewed, Torn
from pipeline.archive.index import Count, Refusal, Run, RunReport, index_of
from pipeline.archive.writer import ArchiveWriter

__all__ = ["Archive", "ArchiveWriter", "Count", "Refusal", "Renewed", "Run", "RunReport", "Torn", "index_of"]
