"""What is said, logged or sent tells no secret, and is otherwise as it was."""

from __future__ import annotations

import json
import logging
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SECRETS, InputError, without_secrets
from pipeline.progress import Record, Tell

NAMES = st.one_of(
    st.sampled_from(SECRETS),
    st.sampled_from(SECRETS).map(str.upper),
    st.tuples(st.sampled_from(["api", "access", "X-Amz", "client", "my"]), st.sampled_from("-_."),
              st.sampled_from(SECRETS)).map("".join),
    st.sampled_from(["accessToken", "apiKey", "userPassword", "X-Amz-Signature", "user[password]"]),
)  # fmt: skip
VALUES = st.text(string.ascii_letters + string.digits + "-_~+/=.!", min_size=12, max_size=40).map(
    lambda text: "Zz9" + text
)
PLACES = {
    "a parameter": lambda name, value: f"https://example.org/feed?page=2&{name}={quote(value, safe='')}#top",
    "a parameter, as it is": lambda name, value: f"https://example.org/feed?{name}={value}&page=2",
    "a parameter whose name is encoded": lambda name, value: (
        f"https://example.org/?{quote(name, safe='')}={value}"
    ),
    "the user of an address": lambda name, value: (
        f"see ftp://{name}:{quote(value, safe='')}@example.org/feed"
    ),
    "a header": lambda name, value: f"Authorization: Basic {value}",
    "a header as Python shows it": lambda name, value: str({b"Authorization": [f"Token {value}".encode()]}),
    "a cookie": lambda name, value: f"Set-Cookie: {name}={value}; Path=/; other={value}",
    "a bearer": lambda name, value: f"sent with bearer {value}",
    "JSON": lambda name, value: json.dumps({"a": 1, name: value}),
    "what Python shows": lambda name, value: repr({"a": 1, name: value}),
    "a setting": lambda name, value: f"{name}={value}",
}


@pytest.mark.parametrize("place", list(PLACES))
@given(name=NAMES, value=VALUES)
def test_a_secret_is_cut_wherever_it_stands(place: str, name: str, value: str) -> None:
    said = without_secrets(f"it failed: {PLACES[place](name, value)}")
    assert said.startswith("it failed: ")
    assert value not in said
    assert quote(value, safe="") not in said


@given(st.text(min_size=8).filter(lambda text: len(text.strip()) >= 8 and text[0] not in "/~."))
def test_what_the_environment_has_under_such_a_name_is_cut_in_every_form(secret: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if "\0" in secret or not secret.isprintable():
            secret = "printable-" + secret.encode("utf-8", "replace").hex()
        patch.setenv("SOME_API_KEY", secret)
        for form in (secret, quote(secret, safe=""), repr(secret)[1:-1]):
            assert form.strip() not in without_secrets(f"the server said <{form}> and hung up")


@pytest.mark.parametrize(
    "text",
    [
        "config.toml [notify]: unknown key 'token'; did you mean 'to'?",
        "https://example.org/?author=jane&keyword=nhs&page=2 was not reached",
        "sources.toml [bmj]: the key 'name' is missing",
        "guardian needs a key in the environment: GUARDIAN_API_KEY=... ; see its page",
        "--map: 'text=' is not FIELD=COLUMN, as in text=answer,date=published",
        "wrote to jane@example.org: 3 tokens, monkey=4",
        "{'id': 1, 'key': 5}",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


@given(st.text())
def test_cutting_once_is_enough(text: str) -> None:
    once = without_secrets(text)
    assert without_secrets(once) == once


@pytest.mark.parametrize(
    "piece", ["a", "a-", "a_", "a.", "'a", "a=", "://a", "&a", "key=", "bearer ", "'key' ", "@"]
)
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    """One that took the square of it would not end in an hour."""
    assert without_secrets(piece * (400_000 // len(piece)))


def test_errors_warnings_and_logs_go_through_it(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    url = "https://me:hunter2@example.org/?api_key=12345678"
    safe = "https://[cut]@example.org/?api_key=[cut]"
    assert str(InputError(f"{url} can't be read")) == f"{safe} can't be read"
    tell = Tell(quiet=True)
    tell.warn(url)
    assert (tell.warnings, capsys.readouterr().err) == ([safe], f"warning: {safe}\n")
    record = Record("a", logging.ERROR, __file__, 1, "asked %s", (url,), None)
    try:
        raise ValueError(url)
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    written = logging.Formatter().format(record)
    assert f"asked {safe}" in written
    assert f"ValueError: {safe}" in written
    assert "hunter2" not in written
