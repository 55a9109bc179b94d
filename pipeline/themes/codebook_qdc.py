"""REFI-QDA codebooks (.qdc), which NVivo, MAXQDA, ATLAS.ti and others write and read.

After the REFI-QDA standard 1.5 (2019), namespace urn:QDA-XML:codebook:1.0. Some programs write another
namespace or none; elements are known by their names alone.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

from pipeline.errors import InputError
from pipeline.themes.codebook import Codebook, Theme
from pipeline.themes.codebook_block import cleaned, described, parsed, table_of

NAMESPACE = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Themeshift"
OURS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:themeshift:codebook")
VERSION = "codebook version: "
DEEPEST = 50
_LINE_END = re.compile(rb"[\x0b\x0c]|&#(?:0*1[12]|x0*[bc]);", re.IGNORECASE)
_NO_XML = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f]..|fff[ef]));"
    rb"|\xef\xbf[\xbe\xbf]",
    re.IGNORECASE,
)
"""Characters that XML 1.0 has no place for, as they are and as references; of a file in UTF-8."""


def to_qdc(book: Codebook) -> bytes:
    """The codebook as XML: a Code for each theme, and a Set of them all that holds the version."""
    from lxml import etree

    def add(parent: Any, element: str, /, **attributes: str) -> Any:
        return etree.SubElement(parent, f"{{{NAMESPACE}}}{element}", attributes)

    root = etree.Element(f"{{{NAMESPACE}}}CodeBook", {"origin": ORIGIN}, nsmap={None: NAMESPACE})
    codes = add(root, "Codes")
    for theme in book.themes:
        code = add(codes, "Code", guid=guid_of(theme), name=theme.label, isCodable="true")
        add(code, "Description").text = described(theme)
    whole = add(add(root, "Sets"), "Set", guid=str(uuid.uuid5(OURS, "/all")), name="Themeshift")
    add(whole, "Description").text = VERSION + book.version
    for theme in book.themes:
        add(whole, "MemberCode", guid=guid_of(theme))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=False))


def guid_of(theme: Theme) -> str:
    """The theme's identifier: the one that it came with, else made of its name, always the same."""
    return theme.guid or str(uuid.uuid5(OURS, theme.theme))


def from_qdc(data: bytes, where: str) -> dict[str, Any]:
    """A .qdc file as the tables of a codebook's TOML. Raises InputError for what is none.

    Codes that only group others (isCodable false) are no themes; a code within another is one of its own.
    """
    from lxml import etree

    # Entities are not resolved: a codebook has none, and a file could name any of this computer.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        try:  # some programs write control characters, which XML has no place for
            root = etree.fromstring(_NO_XML.sub(b"", _LINE_END.sub(b"\n", data)), parser)
        except etree.XMLSyntaxError:
            raise InputError(f"{where} is no XML: {error}") from error
    codes = next((child for child in root if _name(child) == "Codes"), None)
    if _name(root) != "CodeBook" or codes is None:
        raise InputError(
            f"{where} is no REFI-QDA codebook: a CodeBook with Codes was expected, not {_name(root)}"
        )
    themes: dict[str, Any] = {}
    for code, path in _codes(codes, ()):
        name, table = _theme(code)
        themes[_free(name, path, themes)] = table
    if not themes:
        raise InputError(f"{where} holds no code that can be given to a text")
    return {"version": _version(root), "theme": themes}


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _codes(parent: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    for code in parent:
        if _name(code) == "Code" and len(path) < DEEPEST:
            if code.get("isCodable", "true").strip() not in ("false", "0"):
                yield code, path
            yield from _codes(code, (*path, cleaned(code.get("name", ""))))


def _theme(code: Any) -> tuple[str, dict[str, Any]]:
    given = cleaned(code.get("name") or "")
    label = given.strip() or "unnamed"
    description = next((child.text or "" for child in code if _name(child) == "Description"), "")
    definition, pairs = parsed(description)
    name = dict(pairs).get("theme") or slug(label)
    table = {
        "label": given if pairs else label,
        "definition": definition or label,
        **table_of(pairs),
    }
    guid = (code.get("guid") or "").strip("{} ").lower()
    if guid and guid != str(uuid.uuid5(OURS, name)) and "guid" not in table:
        table["guid"] = guid
    if not pairs and not table.get("examples"):
        # A foreign code has words but no phrases: its name is what there is to look for.
        table["examples"] = [f"{label}. {definition}".strip() if definition else label]
    return name, table


def _version(root: Any) -> str:
    for element in root.iter():
        if _name(element) == "Description" and (element.text or "").startswith(VERSION):
            return str(element.text)[len(VERSION) :]
    return ""


def _free(name: str, path: tuple[str, ...], taken: dict[str, Any]) -> str:
    """The name; with those above it where another theme has it, with a number where that does not help."""
    longer = slug(" ".join([*path, name])) if name in taken else name
    number = 2
    while longer in taken:
        longer, number = f"{name}-{number}", number + 1
    return longer


def slug(label: str) -> str:
    """A label as a theme's short name: small letters, digits and hyphens."""
    return re.sub(r"[\W_]+", "-", label.lower()).strip("-") or "theme"
