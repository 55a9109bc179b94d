"""Word to a person when a run ends suspect or failed, or reads unlike before: an e-mail, a webhook, both.

Nothing here may stop a run: what can't be sent becomes a warning. Secrets come from the environment
alone: THEMESHIFT_SMTP_PASSWORD, and THEMESHIFT_WEBHOOK_TOKEN (sent as a bearer token). They go to the
address in config.toml and to no other: a webhook that answers with a redirect was told nothing.
"""

from __future__ import annotations

import base64
import json
import os
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pipeline.config import Config
from pipeline.durable import append_lines, read_lines
from pipeline.errors import all_without_secrets, without_secrets
from pipeline.progress import Tell
from pipeline.settings import Notify

SECONDS = 10
"""How long a server may take to answer."""

RunSummary = Mapping[str, Any]


def notify(runs: Sequence[RunSummary], config: Config, tell: Tell) -> int:
    """Tell of those `runs` (their JSON summaries) that are suspect or failed. Returns how many went out."""
    bad = [run for run in runs if run["outcome"] in ("suspect", "failed")]
    sent = 0
    if not bad:
        return sent
    for wanted, send in ((config.notify.to, _mail), (config.notify.webhook, _post)):
        if not wanted:
            continue
        try:
            send(bad, config)
            sent += 1
        except (OSError, ValueError, smtplib.SMTPException, HTTPException) as error:
            to = config.notify.smtp_host if send is _mail else "the webhook"
            why = without_secrets(" ".join(str(error).split()), _parts_of(config.notify.webhook))
            tell.warn(f"nobody was notified through {to}: {type(error).__name__}: {why}")
    return sent


def notify_of_checks(failed: Sequence[Mapping[str, Any]], config: Config, tell: Tell) -> int:
    """Tell of checks that fail at reading, each once. Returns how many messages went out.

    `failed` are rows of `monitor` with id, source, name, expected, seen, look_at. The ids of those told of
    stand in `working/notified.jsonl`, which a rebuild of the database leaves.
    """
    record = config.working / "notified.jsonl"
    told = {line["id"] for line in read_lines(record)}
    new = [check for check in failed if check["id"] not in told]
    sources = dict.fromkeys(check["source"] for check in new)
    runs = [
        {"source": name, "outcome": "suspect", "checks": [check for check in new if check["source"] == name]}
        for name in sources
    ]
    sent = notify(runs, config, tell)
    if sent:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        append_lines(record, [{"id": check["id"], "at": now} for check in new])
    return sent


def message(runs: Sequence[RunSummary], config: Config) -> EmailMessage:
    """The e-mail: which runs, which checks, what to look at, how to answer."""
    mail = EmailMessage()
    names = ", ".join(f"{run['source']} {run['outcome']}" for run in runs)
    mail["Subject"] = f"Themeshift: {names}"
    mail["From"] = config.notify.sender or config.notify.to[0]
    mail["To"] = ", ".join(config.notify.to)
    said = "\n\n".join([*map(_about, runs), f"Data folder: {config.data}"])
    mail.set_content(without_secrets(said) + "\n")
    return mail


def _about(run: RunSummary) -> str:
    figures = f", {run.get('kept', 0)} kept, {run.get('failed', 0)} failed" if "run_id" in run else ""
    lines = [f"{run['source']}: {run['outcome']}{figures}"]
    lines += [f"  because of: {run['reason']}"] if run.get("reason") else []
    for check in run.get("checks", ()):
        lines += [
            f"  {check['name']}  (themeshift answer {check['id']} --note ...)",
            f"    expected  {check['expected']}",
            f"    seen      {check['seen']}",
            f"    look at   {check['look_at']}",
        ]
    return "\n".join(lines)


def _mail(runs: Sequence[RunSummary], config: Config) -> None:
    given: Notify = config.notify
    if given.smtp_user and not given.starttls:
        raise ValueError("smtp_user without starttls would send the password in the clear")
    with smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=SECONDS) as server:
        if given.starttls:
            server.starttls(context=ssl.create_default_context())
        if given.smtp_user:
            server.login(given.smtp_user, os.environ.get("THEMESHIFT_SMTP_PASSWORD", ""))
        server.send_message(message(runs, config))


class _Stay(HTTPRedirectHandler):
    """Goes nowhere else: the answer that asks for it is an error, as any other that is no success."""

    def redirect_request(self, *_: Any) -> None:
        """None: no request follows."""


def _post(runs: Sequence[RunSummary], config: Config) -> None:
    there = urlsplit(config.notify.webhook)
    if there.scheme not in ("https", "http") or not there.hostname:
        raise ValueError(f"{config.notify.webhook!r} is no web address")
    said = {"data": str(config.data), "runs": all_without_secrets(list(runs))}
    body = json.dumps(said, ensure_ascii=False, default=str)
    headers = {"Content-Type": "application/json", "User-Agent": config.crawl.user_agent}
    user, at, host = there.netloc.rpartition("@")
    if at:
        headers["Authorization"] = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
    if token := os.environ.get("THEMESHIFT_WEBHOOK_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    url = there._replace(netloc=host, fragment="").geturl()
    request = Request(url, body.encode(), headers, method="POST")  # noqa: S310 - checked above
    try:
        with build_opener(_Stay).open(request, timeout=SECONDS) as response:
            response.read(1)
    except HTTPError as error:
        with error:
            if 300 <= error.code < 400:
                raise ValueError(_points_elsewhere(error)) from error
            raise


def _points_elsewhere(answer: HTTPError) -> str:
    to = " ".join(answer.headers.get("Location", "").split())[:500]
    return (
        f"it answered {answer.code} and points to {to or 'no address'}, where nothing was sent. "
        "If that is the right address, name it in config.toml"
    )


def _parts_of(webhook: str) -> list[str]:
    """What of a webhook's address may be all that keeps others from using it."""
    try:
        there: SplitResult = urlsplit(webhook)
    except ValueError:
        return [webhook]
    user = there.netloc.rpartition("@")[0]
    return [part for part in (*there.path.split("/"), there.query, *user.split(":")) if part]
