"""`make bench-crawl PAGES=2000`: what keeping every page costs, beside plain Scrapy that throws pages away.

Both crawl the same pages from the same server on loopback with the same settings; the last line is one
JSON object with the figures. Memory is the peak of the crawling process.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "www.gponline.com"
LISTED = 200
ROUNDS = 3


def main(pages: int) -> int:
    """Crawl `pages` articles both ways, several times in turn, and print the ratio of the medians."""
    runs: dict[str, list[dict[str, float]]] = {"plain": [], "themeshift": []}
    with site(pages) as address:
        for _ in range(ROUNDS):
            for name, crawl in (("plain", plain), ("themeshift", kept)):
                runs[name].append(crawl(address, pages))
    median = {
        name: sorted(r["pages"] / r["seconds"] for r in found)[ROUNDS // 2] for name, found in runs.items()
    }
    for name, found in runs.items():
        peak = max(r["peak_mb"] for r in found)
        sys.stdout.write(f"{name:<11} {median[name]:7.1f} pages/s  peak {peak:.0f} MB\n")
    ratio = median["themeshift"] / median["plain"]
    sys.stdout.write(json.dumps({"pages": pages, "ratio": round(ratio, 3), "runs": runs}) + "\n")
    return 0


def plain(address: str, pages: int) -> dict[str, float]:
    """Scrapy alone."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "tests.bench_plain", address, data]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def kept(address: str, pages: int) -> dict[str, float]:
    """The spider of a real source, every page into the archive."""
    code = (
        "import resource, sys; from spiders.__main__ import main; code = main(); "
        "sys.stderr.write('\\npeak %d' % resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)"
    )
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-c", code, "--data", data, "--connect-to", address, "gponline"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    run = json.loads(done.stdout.splitlines()[-1])
    # Both are timed from the start of the crawl to its end, without the start of the process.
    return {
        "pages": run["kept"],
        "seconds": run["seconds"],
        "peak_mb": float(done.stderr.rpartition("peak ")[2]) / 1e3,
    }


@contextmanager
def site(pages: int) -> Iterator[str]:
    """A site of `pages` articles of some 20 kB on listings of 200, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _handler(pages: int) -> type[BaseHTTPRequestHandler]:
    words = ["commissioning", "group", "practice", "budget", "board", "patients", "clinical", "local"]
    noise = random.Random(1)
    body = " ".join(noise.choice(words) for _ in range(2500))

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
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
