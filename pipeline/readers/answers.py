"""The answers of services that speak JSON, told apart by their shape; any other object is a row of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.readers import crossref, europepmc, govuk, guardian, hansard, record, wordpress
from pipeline.readers.draft import Draft
from pipeline.records import Capture

Row = Mapping[str, Any]

SHAPES: tuple[tuple[Callable[[Row], bool], Callable[[Capture, Row], Draft]], ...] = tuple(
    (module.fits, module.read) for module in (govuk, wordpress, europepmc, guardian, hansard, crossref)
)
"""(does the object have the shape?, its reader)"""


def read_answer(capture: Capture) -> Draft:
    """Raises SetAside for an object that holds no document."""
    row = record.row_of(capture)
    if "text" not in row:
        for fits, read in SHAPES:
            if fits(row):
                return read(capture, row)
    return record.read_record(capture, row)
