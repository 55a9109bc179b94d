"""Fixtures that every test may use. The network is refused, loopback aside."""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import Run, importing
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from spiders.sampleweb import SampleWeb, serve
from tests.support import forked, shared
from tests.support.crawling import write_settings

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.", "::1", "localhost")


CRAWLING = {"settings", "nights", "outcomes"}
BUILDING = {"built", "built_low", "by_command", "coded", "corpus", "made", "own_two", "three"}
"""Fixtures for tests that crawl, and for those that build a corpus of their own: both take seconds."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a test that crawls waits, for the crawl as the crawl for its server."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what crawls or builds as slow. Files of many slow tests come first, short ones fill the end."""
    for item in items:
        if (CRAWLING | BUILDING).intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address}: only loopback is allowed")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """A quarter of a small build is threads of DuckDB that wait for one another: one for each of pytest's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(store.SETTINGS, "threads", 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_fork_server(request: pytest.FixtureRequest) -> None:
    """Where any test crawls, the server that processes are forked from is one that crawls can use."""
    if any(CRAWLING.intersection(getattr(item, "fixturenames", ())) for item in request.session.items):
        forked.start_server()


@pytest.fixture
def every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many threads as outside of tests: for those by which results don't depend on their number."""
    monkeypatch.delitem(store.SETTINGS, "threads")


@pytest.fixture(autouse=True)
def _shared_data_stays_as_it_is() -> Iterator[None]:
    """A test that writes to what others read fails, instead of them."""
    yield
    assert shared.changes() == []


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The project's configuration on a data folder of the test's own."""
    return quick(configuration.load(tmp_path / "data"))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The config.toml of a crawl (tests/support/crawling.py)."""
    return write_settings(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="module")
def web() -> Iterator[SampleWeb]:
    """The sample web, one for each file of tests, since they look at what was asked of it."""
    web = serve()
    with web:
        yield web


@pytest.fixture
def tell() -> Tell:
    """Progress that says nothing and keeps its warnings."""
    return Tell(quiet=True)


@pytest.fixture
def run() -> Run:
    """A run to write captures under."""
    return Run("run-20130401-abcdef12", "bmj", datetime(2013, 4, 1, tzinfo=UTC))


def quick(config: Config) -> Config:
    """The same configuration with few resamples: intervals are coarser, nothing else differs."""
    return replace(config, trend=replace(config.trend, resamples=200))


def by_rule(config: Config) -> Config:
    """The same configuration without the reference set: themes are coded by the codebook's rule."""
    return replace(config, reference=replace(config.reference, passages=""))


def build_shared(config: Config, rows: list[dict[str, Any]]) -> Config:
    """Import rows, build and publish, for many tests to read; no test may change that data folder."""
    file = config.data.with_name("rows.jsonl")
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    importing.import_paths([file], config, Tell(quiet=True))
    build_all(config)
    return shared.share(config)


def build_all(config: Config) -> dict[str, int]:
    """Build, and publish; returns what each stage did."""
    tell = Tell(quiet=True)
    done = {ran.stage: ran.rows for ran in flow.build(config, tell)}
    publish(config, tell)
    return done


SUBJECTS = (
    "Commissioning is fragmented between many bodies and nobody sees the whole of a patient's pathway, say "
    "doctors of CCG {n}. The budget was carved up between {n} organisations.",
    "Members of the CCG declared their conflicts of interest before the vote, and a lay member took the "
    "chair for item {n}. Some held shares in the provider.",
    "Hospital, community nurses and the council now work as one team in CCG {n}. Integrated care is planned "
    "jointly and pooled budgets pay for it.",
    "The CCG's flu clinic opened its doors on wet Saturday {n}. Nurses gave vaccinations to four hundred "
    "people, and the car park was full by nine.",
)


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows as a JSONL file: write_rows(rows, name) -> path."""

    def write(rows: list[dict[str, Any]], name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def sample_rows() -> list[dict[str, Any]]:
    """Sixteen small dated documents, 2012 to 2015, on four subjects; a title ends in its subject's number."""
    return [
        {
            "url": f"https://www.bmj.com/content/{year - 1670}/bmj.x{year}{n}",
            "date": f"{year}-0{1 + 2 * n}-1{n}",
            "title": f"Title {year} {n}",
            "text": text.format(n=year),
        }
        for year in (2012, 2013, 2014, 2015)
        for n, text in enumerate(SUBJECTS)
    ]


@pytest.fixture
def corpus(config: Config, tell: Tell, write_rows: Callable[..., Path]) -> Config:
    """A data folder with sixteen documents imported and nothing built."""
    importing.import_paths([write_rows(sample_rows())], config, tell)
    return config


@pytest.fixture(scope="session")
def sixteen(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The sixteen documents, built and published once for all tests: to open, never to change."""
    return build_shared(quick(configuration.load(tmp_path_factory.mktemp("sixteen") / "data")), sample_rows())


@pytest.fixture
def built(sixteen: Config, tmp_path: Path) -> Config:
    """A copy of the same, the test's own."""
    return shared.copy(sixteen, tmp_path / "data")


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A published corpus to open, never to change: the sixteen documents, and three of another source.

    Of those, two are dated to 2013 only, and one has words that the codebook excludes.
    """
    more = [
        {
            "url": f"https://www.nuffieldtrust.org.uk/research/sample-{number}",
            "date": date,
            "title": f"Sample {number}",
            "text": text,
        }
        for number, (date, text) in enumerate(THREE)
    ]
    config = by_rule(quick(configuration.load(tmp_path_factory.mktemp("opened") / "data")))
    config = replace(config, topics=replace(config.topics, min_passages=4))
    return build_shared(config, [*sample_rows(), *more])


THREE = (
    (
        "2013",
        "Well-led, open & honest: a fragmented system cannot be any of it, said the CCG. The work is "
        "split between many bodies, who meet in one room, year-round, for tea & talk.",
    ),
    (
        "2013",
        "A choir of nurses sang for the CCG in the town hall, and everyone went home in a good mood. "
        "The money went to the hospice.",
    ),
    (
        "2013-05-20",
        "The CCG paid for scans of bone fragments after falls on the ice, and a surgeon showed the pictures. "
        "Emergency visits rose, and so did those to the fracture clinic in the next town.",
    ),
)
