"""`make bench-crawl PAGES=2000`: what keeping every page costs, beside plain Scrapy that throws pages away.

All crawl the same pages from the same server on loopback, one request at a time over one connection, under
robots.txt, with the same settings, handler, log and links to follow; timed from the spider's opening to its
closing. "plain" has Themeshift's settings, "untuned" those of them at Scrapy's default that are for speed
alone (tests/bench_plain.py). The last line is one JSON object with the figures. Memory is the peak of the
crawling process from then on until the next quarter of the pages was served.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
LISTED = 200
SIZE = 20_000


def main(pages: int, rounds: int) -> int:
    """Crawl `pages` articles each way, several times in turn, and print the medians of the ratios."""
    runs: dict[str, list[dict[str, Any]]] = {"plain": [], "untuned": [], "themeshift": []}
    with Site(pages) as site:
        for _ in range(rounds):
            for name, found in runs.items():
                found.append(site.crawl(name))
    sys.stdout.write(f"{pages} pages of {SIZE / 1e3:.0f} kB, {rounds} rounds, medians\n")
    for name, found in runs.items():
        pace = median(run["pages"] / run["seconds"] for run in found)
        peaks = ", ".join(f"{share} % {mb:.0f}" for share, mb in found[-1]["peak_mb"].items())
        sys.stdout.write(f"{name:<11} {pace:7.1f} pages/s  peak MB: {peaks}\n")
    ratios = {name: round(_ratio(runs["themeshift"], runs[name]), 3) for name in ("plain", "untuned")}
    sys.stdout.write(
        f"themeshift has {ratios['plain']:.0%} of the pace of plain Scrapy with the same settings, "
        f"{ratios['untuned']:.0%} of that with Scrapy's own defaults\n"
    )
    sys.stdout.write(json.dumps({"pages": pages, "ratio": ratios, "runs": runs}) + "\n")
    return 0


def _ratio(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> float:
    """The median over rounds, since a machine is not equally fast in all of them."""
    return median(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs, strict=True))


class Site:
    """A site of so many articles of some 20 kB on listings of 200, on loopback."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.served = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def crawl(self, name: str) -> dict[str, Any]:
        """Pages, seconds and memory of one crawl: Scrapy alone, or every page into the archive."""
        address, self.served = f"127.0.0.1:{self._server.server_port}", 0
        with tempfile.TemporaryDirectory() as data, tempfile.TemporaryFile("w+") as said:
            command = ["tests.bench.plain", address, data, "tuned" if name == "plain" else ""]
            if name == "themeshift":
                command = ["spiders", "--data", data, "--connect-to", address, "gponline"]
            process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=said)
            peaks = self._watch(process)
            said.seek(0)
            run = json.loads(said.read().splitlines()[-1])
            for report in Path(data).glob("logs/runs/*.json"):  # where seconds aren't rounded
                run = json.loads(report.read_text(encoding="utf-8"))
        return {"pages": run.get("kept") or run["pages"], "seconds": run["seconds"], "peak_mb": peaks}

    def _watch(self, process: subprocess.Popen[bytes]) -> dict[str, float]:
        """Peak memory in MB by the share of pages served."""
        peaks: dict[str, float] = {}
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            with suppress(OSError, IndexError):
                peak = float(status.read_text().partition("VmRSS:")[2].split()[0]) / 1e3
                share = 25 * int(4 * self.served / self.pages)
                peaks[str(share)] = max(peak, peaks.get(str(share), 0.0))
            time.sleep(0.02)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        return peaks


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    words = ["commissioning", "group", "practice", "budget", "board", "patients", "clinical", "local"]
    noise, pages = random.Random(1), site.pages
    body = " ".join(noise.choice(words) for _ in range(2500))[:SIZE]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # one write per answer: no waiting for acknowledgements

        def do_GET(self) -> None:
            if self.path.startswith("/robots.txt"):
                self._send("User-agent: *\nDisallow: /login\n", "text/plain")
            elif self.path.startswith("/news"):
                page = int(self.path.partition("page=")[2] or 1)
                first = (page - 1) * LISTED
                links = "".join(
                    f'<a href="/a-title/article/{9100000 + n}">x</a>'
                    for n in range(first, min(first + LISTED, pages))
                )
                more = f'<a href="/news?page={page + 1}">next</a>' if first + LISTED < pages else ""
                self._send(f"<html><body>{links}{more}</body></html>", "text/html")
            else:
                site.served += 1
                self._send(f"<html><title>{self.path}</title><p>{self.path} {body}</p></html>", "text/html")

        def _send(self, text: str, media_type: str) -> None:
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
