"""The coders' page: a web server for one coder on this machine, which keeps each save before it answers.

Nobody else may ask it anything: it listens on the loopback address, its addresses begin with a secret that
is made anew each time, and it answers only under its own host name (a page elsewhere that points its
name here is turned away) and takes only JSON (which a page elsewhere may not send).
"""

from __future__ import annotations

import json
import secrets
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.errors import InputError, PipelineError
from pipeline.labelling import codes as coding
from pipeline.labelling.task import Item, Task, codes_of, given, task
from pipeline.limits import ANSWER

HOST = "127.0.0.1"
FILES: Mapping[str, tuple[str, str]] = {
    "": ("page.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
}
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Bytes of a save; a note has its bound, below."""
DRAINED = 10_000_000
"""Bytes of what is too long that are read nevertheless, so that the refusal arrives."""
PATIENCE = 2
"""Seconds to wait for more of it."""
LONGEST_NOTE = 2000


class CodingServer(ThreadingHTTPServer):
    """Serves one coder's task at `url`; port 0 takes any free one. Raises InputError where it is taken."""

    daemon_threads = True

    def __init__(self, config: Config, sample_id: str, coder: str, port: int = 0) -> None:
        self.config = config
        self.task: Task = task(config, sample_id, coder)
        self.items: dict[str, Item] = {item.passage_id: item for item in self.task.items}
        self.secret = secrets.token_urlsafe(16)
        self.saving = threading.Lock()
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise InputError(
                f"port {port} can't be listened on: {error.strerror}; choose another --port"
            ) from error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's concern; anything else is a bug, and told."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Where the coder begins."""
        return f"http://{HOST}:{self.server_port}/{self.secret}/"

    def state(self) -> dict[str, Any]:
        """What the page needs: themes, passages in order, and what the coder said so far."""
        said: dict[str, dict[str, bool | None]] = {}
        notes: dict[str, str] = {}
        for (passage_id, theme), code in given(self.config, self.task).items():
            said.setdefault(passage_id, {})[theme] = code.present
            notes[passage_id] = code.note
        return {
            "sample": self.task.sample.sample_id,
            "coder": self.task.coder,
            "gone": self.task.gone,
            "themes": [
                {"theme": t.theme, "label": t.label, "definition": t.definition, "examples": list(t.examples)}
                for t in self.task.themes
            ],
            "items": [
                {
                    "id": item.passage_id,
                    "text": item.text,
                    "about": dict(item.about),
                    "codes": said.get(item.passage_id, {}),
                    "note": notes.get(item.passage_id, ""),
                }
                for item in self.task.items
            ],
        }

    def save(self, given: Any) -> None:
        """Keep the codes of a passage: on disk when it returns. Raises InputError, ArchiveError."""
        known = {theme.theme for theme in self.task.themes}
        item = self.items.get(str(given.get("id"))) if isinstance(given, dict) else None
        if item is None:
            raise InputError("no passage of this sample")
        codes, note = given.get("codes"), given.get("note", "")
        whole = isinstance(codes, dict) and set(codes) == known
        if not whole or any(value not in (True, False, None) for value in codes.values()):
            raise InputError("every theme needs yes, no or can't tell")
        if not isinstance(note, str) or len(note) > LONGEST_NOTE:
            raise InputError(f"a note has at most {LONGEST_NOTE} characters")
        codes = {theme: None if value is None else bool(value) for theme, value in codes.items()}
        with self.saving:
            lines = codes_of(self.task, item, codes, note.strip(), "page")
            coding.append(self.config.archive, self.task.sample.sample_id, lines)


class _Handler(BaseHTTPRequestHandler):
    server: CodingServer
    server_version, sys_version = "Themeshift", ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """The page, its parts, and the state."""
        if (name := self._asked()) is None:
            return
        if name == "state":
            self._answer(HTTPStatus.OK, _as_json(self.server.state()), "application/json")
        elif name in FILES:
            file, media_type = FILES[name]
            self._answer(HTTPStatus.OK, (Path(__file__).parent / "page" / file).read_bytes(), media_type)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        """A save."""
        if self._asked() is None:
            self._end()
            return
        stated = self.headers.get("Content-Length", "")
        if not (stated.isascii() and stated.isdecimal()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "a save says how long it is")
            self._end()
            return
        if len(stated.lstrip("0")) > len(str(ANSWER)) or int(stated) > ANSWER:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "that is too long to be a save")
            self._end()
            return
        body = self.rfile.read(int(stated))
        if self._name() != "save":
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        elif self.headers.get_content_type() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a save is JSON")
        else:
            self._save(body)

    def _end(self) -> None:
        """Read what was not asked for, some of it, so that the refusal arrives; then hang up."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.settimeout(PATIENCE)
        rest = DRAINED
        with suppress(OSError):
            while rest > 0 and (part := self.rfile.read1(65_536)):
                rest -= len(part)

    def _save(self, body: bytes) -> None:
        try:
            self.server.save(json.loads(body))
        except RecursionError:
            self._refuse(HTTPStatus.BAD_REQUEST, "that is nested too deeply to be a save")
        except (ValueError, InputError) as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error)[:500])
        except PipelineError as error:  # a full disk, say: the coder must know that it is not kept
            self._refuse(HTTPStatus.INSUFFICIENT_STORAGE, str(error))
        else:
            self._answer(HTTPStatus.OK, _as_json({"saved": True}), "application/json")

    def _name(self) -> str:
        return self.path.removeprefix("/").partition("/")[2]

    def _asked(self) -> str | None:
        """What of this coder's is asked for; None, with the refusal sent, where the asker may not."""
        own = {f"{host}:{self.server.server_port}" for host in (HOST, "localhost")}
        origin = self.headers.get("Origin")
        head, _, name = self.path.removeprefix("/").partition("/")
        if self.headers.get("Host") not in own or (origin and origin.removeprefix("http://") not in own):
            self._refuse(HTTPStatus.FORBIDDEN, "this page answers on this machine only")
        elif not secrets.compare_digest(head.encode(), self.server.secret.encode()):
            self._refuse(
                HTTPStatus.FORBIDDEN, "this address has ended: open the one that `label serve` prints now"
            )
        else:
            return name
        return None

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._answer(status, _as_json({"error": why}), "application/json")

    def _answer(self, status: HTTPStatus, body: bytes, media_type: str) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": media_type, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the coder's."""


def _as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
