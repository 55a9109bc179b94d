"""Figures of a data folder in Prometheus' text format, for node_exporter's textfile collector.

https://prometheus.io/docs/instrumenting/exposition_formats/. A figure that isn't known is left out: an absent
series can be alerted on, a made-up zero can't. docs/operating.md lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import Any

from pipeline import store
from pipeline.asking.doctor import Facts, examine, noted, time_of, verified
from pipeline.asking.status import failing
from pipeline.config import Config
from pipeline.durable import write_whole
from pipeline.errors import ConfigError, StoreError
from pipeline.operating import machine, schedule
from pipeline.operating.kept import NOTE as BACKUP
from pipeline.stages.tally import commit

Labels = Mapping[str, str]
PREFIX = "themeshift_"
ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
OUTCOMES = ("kept", "unchanged", "known", "gone", "failed")


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: its name, kind (counter or gauge), what it says, and its values by labels."""

    name: str
    kind: str
    says: str
    values: tuple[tuple[Labels, float], ...]


def text(config: Config) -> str:
    """All figures, as they stand now. Raises InputError where there is no data folder."""
    lines = []
    for metric in _all(config, datetime.now(UTC)):
        if metric.values:
            name = PREFIX + metric.name
            lines += [f"# HELP {name} {metric.says}", f"# TYPE {name} {metric.kind}"]
            lines += [f"{name}{_labels(labels)} {value:.17g}" for labels, value in metric.values]
    return "\n".join(lines) + "\n"


def write(config: Config) -> Path | None:
    """Write the file that [notify] metrics names, whole or not at all. None where it names none.

    Raises ConfigError where it can't be written, or would not be read.
    """
    if not config.notify.metrics:
        return None
    file = config.root / config.notify.metrics
    if file.suffix != ".prom":
        raise ConfigError(
            f"{config.file} [notify] metrics: node_exporter reads files that end in .prom, not {file}"
        )
    try:
        write_whole(file, text(config).encode())
        file.chmod(0o644)  # node_exporter is another user
    except OSError as error:
        raise ConfigError(
            f"{config.file} [notify] metrics: {file} can't be written: {error.strerror}"
        ) from error
    return file


def _labels(labels: Labels) -> str:
    """As the format has them, with backslashes, quotes and line ends escaped."""
    said = [f'{name}="{value.translate(ESCAPED)}"' for name, value in labels.items()]
    return f"{{{','.join(said)}}}" if said else ""


def _gauge(name: str, says: str, *values: tuple[Labels, float | None]) -> Metric:
    known = tuple((labels, float(value)) for labels, value in values if value is not None)
    return Metric(name, "gauge", says, known)


def _all(config: Config, now: datetime) -> Iterator[Metric]:
    facts = Facts.of(config, now)
    levels = [finding.level for finding in examine(config, now, facts)]
    yield _gauge(
        "info", "The version that wrote this.", ({"version": version("themeshift"), "commit": commit()}, 1)
    )
    yield _gauge("written_timestamp_seconds", "When this was written.", ({}, now.timestamp()))
    of = "Findings of `themeshift doctor`, by level."
    yield _gauge(
        "findings", of, *(({"level": level}, levels.count(level)) for level in ("advice", "trouble"))
    )
    yield _gauge(
        "checks_unanswered", "Failing checks of monitors that nobody has answered.", ({}, _unanswered(config))
    )
    yield _gauge(
        "disk_free_bytes", "Free on the disk of the data folder.", ({}, disk_usage(config.data).free)
    )
    sizes = machine.sizes_of(config).items()
    yield _gauge("folder_bytes", "Size of each folder.", *(({"folder": name}, size) for name, size in sizes))
    yield Metric(
        "captures_total", "counter", "Captures in the archive, by source.",
        tuple(({"source": source}, float(n)) for source, n in sorted(facts.captures.items())),
    )  # fmt: skip
    yield _gauge(
        "last_capture_timestamp_seconds", "When the last capture was made.", ({}, _seconds(facts.latest))
    )
    yield from _runs(facts)
    yield from _scheduled(config)
    yield from _published(config, facts)
    yield from _kept(config)


def _runs(facts: Facts) -> Iterator[Metric]:
    runs = sorted(facts.runs.items())
    yield _gauge(
        "source_last_run_timestamp_seconds", "When the last run of a source ended.",
        *(({"source": source}, _seconds(time_of(run["finished_at"]))) for source, run in runs),
    )  # fmt: skip
    yield _gauge(
        "source_last_run_good", "1 where the last run of a source finished and no check failed.",
        *(({"source": source}, run["outcome"] == "finished") for source, run in runs),
    )  # fmt: skip
    yield _gauge(
        "source_last_run_pages", "Pages of the last run of a source, by what became of them.",
        *(
            ({"source": source, "outcome": outcome}, run[outcome])
            for source, run in runs for outcome in OUTCOMES if isinstance(run.get(outcome), int)
        ),
    )  # fmt: skip


def _scheduled(config: Config) -> Iterator[Metric]:
    last = schedule.last(config)
    steps = last.get("steps", {}).items()
    yield _gauge(
        "scheduled_run_timestamp_seconds",
        "When the last scheduled run ended.",
        ({}, _seconds(time_of(last.get("ended")))),
    )
    yield _gauge(
        "scheduled_run_exit_code", "The code with which it ended; 0: all was well.", ({}, last.get("code"))
    )
    yield _gauge(
        "scheduled_step_seconds",
        "How long each of its steps took.",
        *(({"step": s}, one["seconds"]) for s, one in steps),
    )
    yield _gauge(
        "scheduled_step_exit_code", "The code of each.", *(({"step": s}, one["code"]) for s, one in steps)
    )


def _published(config: Config, facts: Facts) -> Iterator[Metric]:
    try:
        with store.open_published(store.published_file(config)) as connection:
            built = store.value(connection, "SELECT epoch(built_at) FROM about")
            documents = store.value(connection, "SELECT count(*) FROM document")
            captures = store.value(connection, "SELECT count(*) FROM capture")
    except (StoreError, store.BROKEN):
        return
    yield _gauge("published_built_timestamp_seconds", "When what is published was built.", ({}, built))
    yield _gauge("published_documents", "Documents in the published file.", ({}, documents))
    behind = max(facts.captures.total() - captures, 0)
    yield _gauge("published_captures_behind", "Captures in the archive that it does not know.", ({}, behind))


def _kept(config: Config) -> Iterator[Metric]:
    times = verified(config)
    oldest, newest = (min(times), max(times)) if times else (None, None)
    yield _gauge("verified_timestamp_seconds", "When something was verified last.", ({}, _seconds(newest)))
    yield _gauge(
        "verified_all_since_timestamp_seconds", "Since when everything was verified.", ({}, _seconds(oldest))
    )
    said: dict[str, Any] = noted(config.working / BACKUP)
    yield _gauge(
        "backup_timestamp_seconds", "When the last backup was made.", ({}, _seconds(time_of(said.get("at"))))
    )
    problems = said.get("problems")
    yield _gauge(
        "backup_problems", "What was not whole in it.", ({}, problems if isinstance(problems, int) else None)
    )


def _unanswered(config: Config) -> int | None:
    try:
        return len(failing(config))
    except (StoreError, store.BROKEN):
        return None


def _seconds(when: datetime | None) -> float | None:
    return when.timestamp() if when else None
