"""No version with a known hole is let in by pyproject.toml, and requirements.lock holds none.

`make audit` asks for the holes that became known since.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {
    # package: the last version with it, and what it is
    "aiohttp": ("3.14.2", "CVE-2026-69244: its parser reads past the end of a malformed answer"),
    "brotli": ("1.1.0", "CVE-2025-6176: no bound on what a page unpacks to"),
    "cryptography": ("49.0.0", "CVE-2026-69247: an oracle in PKCS#7"),
    "filelock": ("3.20.2", "CVE-2025-68146: a link in place of a lock file truncates another file"),
    "idna": ("3.14", "CVE-2026-45409: time that grows with the square of a name's length"),
    "jinja2": ("3.1.5", "CVE-2025-27516: a way out of the sandbox"),
    "lxml": ("6.0.2", "CVE-2026-41066: external entities by default in two parsers"),
    "pygments": ("2.19.2", "CVE-2026-4539: a regular expression without end"),
    "pypdfium2": ("5.7.1", "CVE-2026-4455, of PDFium"),
    "requests": ("2.32.5", "CVE-2026-25645: a temporary file that others may put there first"),
    "scrapy": (
        "2.13.3",
        "CVE-2025-6176: brotli bombs; those before 2.17 can't do with a Twisted that is mended",
    ),
    "twisted": ("25.5.0", "CVE-2026-42304"),
    "urllib3": ("2.6.3", "CVE-2026-44431, CVE-2026-44432: headers told to other hosts; bombs past the bound"),
}


def declared() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {one.name: one for one in map(Requirement, project["dependencies"])}


@pytest.mark.parametrize("package", KNOWN)
def test_no_floor_lets_in_a_version_with_a_known_hole(package: str) -> None:
    last, _ = KNOWN[package]
    assert not declared()[package].specifier.contains(last)


def test_the_locked_versions_are_those_that_are_asked_for() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked: dict[str, list[str]] = {}
    for name, version in re.findall(r"(?m)^([\w-]+)==([^\s;\\]+)", text):
        locked.setdefault(name, []).append(version)
    for name, requirement in declared().items():
        assert locked[name], name
        assert all(requirement.specifier.contains(Version(version)) for version in locked[name]), name
