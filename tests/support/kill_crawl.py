"""python -m tests.support.kill_crawl: kill -9 a crawl of the sample web at random moments: is it completed?

Each time the archive must in the end hold what an undisturbed crawl holds (the same addresses with the same
digests), what was acknowledged before the kill must not be asked for again, and no torn record may be left.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.archive import Archive
from spiders.sampleweb import SampleWeb, serve
from tests.support import forked

SOURCES = ("kar", "kingsfund")
"""One with OAI-PMH, one with files that only its pages lead to."""


@dataclass(frozen=True)
class Kill:
    """One kill: after how many answers and seconds more, what was acknowledged by then, and what was torn."""

    answers: int
    seconds: float
    acknowledged: int
    torn: int
    asked_again: int
    complete: bool


def arguments(data: Path, address: str) -> list[str]:
    """What crawls SOURCES into `data`."""
    return [*SOURCES, "--data", str(data), "--connect-to", address]


def contents(data: Path) -> set[tuple[str, str]]:
    """Addresses and digests of what the archive has acknowledged."""
    lines = Archive(data / "archive").lines()
    return {(line["url"], line["digest"]) for line in lines if line["type"] == "capture"}


def undisturbed(web: SampleWeb, data: Path) -> tuple[set[tuple[str, str]], int]:
    """What a crawl holds that nobody disturbs, and how many requests it takes."""
    before = len(web.requests)
    code, _, err = forked.run(arguments(data, web.address), data.with_suffix(".undisturbed"))
    assert code == 0, err
    return contents(data), len(web.requests) - before


def kill(web: SampleWeb, data: Path, answers: int, seconds: float, whole: set[tuple[str, str]]) -> Kill:
    """Kill a crawl when so many answers were given and so much time has passed since; run it again."""
    before = len(web.requests)
    process = forked.start(arguments(data, web.address), data.with_suffix(".killed"))
    while len(web.requests) - before < answers and process.is_alive():
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.join()
    archive = Archive(data / "archive")
    known = contents(data)
    size = sum(file.stat().st_size for file in archive.files())
    start = len(web.requests)
    code, _, _ = forked.run(arguments(data, web.address), data.with_suffix(".again"))
    asked = {f"https://{request.host}{request.target}" for request in web.requests[start:]}
    torn = sum(file.stat().st_size for file in archive.folder.glob("*.torn-*")) if size else 0
    whole_again = code == 0 and archive.sync() == [] and contents(data) == whole
    return Kill(
        answers, round(seconds, 4), len(known), torn, len(asked & {url for url, _ in known}), whole_again
    )


def kills(times: int, seed: int, folder: Path, pause: float = 0.005) -> list[Kill]:
    """Kill a crawl at so many random moments, each in a data folder of its own."""
    moments = random.Random(seed)
    web = serve()
    web._server.handle_error = lambda request, client_address: None  # type: ignore[method-assign] # hung up on
    with web:
        web.pause = pause
        whole, requests = undisturbed(web, folder / "undisturbed")
        done = []
        for number in range(times):
            answers, seconds = moments.randint(1, requests), moments.uniform(0, 2 * pause)
            done.append(kill(web, folder / str(number), answers, seconds, whole))
            shutil.rmtree(folder / str(number))
    return done


def main() -> int:
    """Exit code 0 if every crawl was completed."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.kill_crawl", description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20130401)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done = kills(options.times, options.seed, Path(folder))
    for one in done:
        print(json.dumps(asdict(one)))  # noqa: T201
    good = sum(one.complete and not one.asked_again for one in done)
    print(f"{good} of {len(done)} completed")  # noqa: T201
    return 0 if good == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())
