"""A source's earlier runs, as the archive's records tell them: what a run is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from pipeline.archive import Archive, index_of
from pipeline.config import Config
from pipeline.durable import read_lines
from pipeline.operating.failed_checks import Answers
from spiders.figures import Figures, group_of


class History:
    """The records of a source's earlier runs that have figures, oldest first."""

    def __init__(self, runs: Sequence[dict[str, Any]], answers: Answers, source: str) -> None:
        self.runs = runs
        self.answers = answers
        self.source = source

    @classmethod
    def of(cls, config: Config, source: str, but: str) -> Self:
        """As the archive tells it, without the run `but`."""
        runs: dict[str, dict[str, Any]] = {}
        for file in Archive(config.archive).files():
            if not file.name.startswith(f"{source}-"):
                continue
            for line in read_lines(index_of(file)):
                if line["type"] == "run" and line["source"] == source and line.get("measures"):
                    runs[line["run_id"]] = {**line, "refusals": set()}
                elif line["type"] == "refused" and line["run_id"] in runs:
                    runs[line["run_id"]]["refusals"].add((line["url"], group_of(line["reason"])))
        runs.pop(but, None)
        in_order = sorted(runs.values(), key=lambda run: str(run["started_at"]))
        return cls(in_order, Answers.of(config.archive), source)

    def usual(self, check: str) -> list[Figures]:
        """The figures of the runs that a check may compare with."""
        return [run["measures"] for run in self._usual(check)]

    def refused(self) -> set[tuple[str, str]]:
        """Address and kind of reason, of what the runs that are usual were refused."""
        return {pair for run in self._usual("refused") for pair in run["refusals"]}

    def _usual(self, check: str) -> Iterator[dict[str, Any]]:
        """The finished runs and the suspect ones that passed this check.

        Where a person has accepted a run as what is usual now, it and those after it.
        """
        accepted = self.answers.accepted(self.source, check)
        for run in self.runs:
            ended = datetime.fromisoformat(run["finished_at"])
            passed = check not in {failed["name"] for failed in run.get("checks", ())}
            fine = run["outcome"] in ("finished", "suspect") and passed
            if ended == accepted or (fine and (accepted is None or ended > accepted)):
                yield run
