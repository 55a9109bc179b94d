"""Which program of an office a file is from, by its bytes: .docx is read, the rest is told what to do."""

from __future__ import annotations

import zipfile
from io import BytesIO

ZIP, OLE, RTF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf"
WAY_OUT = "save it as .docx or PDF and gather or import that"
_STREAMS = (
    ("EncryptedPackage", "a file of Office behind a password"),
    ("WordDocument", f"a file of Word before 2007 (.doc): {WAY_OUT}"),
    ("PowerPoint Document", f"slides of PowerPoint before 2007 (.ppt): {WAY_OUT}"),
    ("Workbook", "a workbook of Excel before 2007 (.xls): `themeshift import` takes tables"),
    ("Book", "a workbook of Excel before 2007 (.xls): `themeshift import` takes tables"),
)
_FOLDERS = (
    ("word/", "docx", ""),
    ("xl/", "", "a workbook of Excel (.xlsx): `themeshift import` takes tables"),
    ("ppt/", "", f"slides of PowerPoint (.pptx): {WAY_OUT}"),
)
_OPEN = (
    ("text", f"a text of LibreOffice (.odt): {WAY_OUT}"),
    ("spreadsheet", "a sheet of LibreOffice (.ods): `themeshift import` takes tables"),
    ("presentation", f"slides of LibreOffice (.odp): {WAY_OUT}"),
)
_KINDS = {
    "application/msword": f"a file of Word before 2007 (.doc): {WAY_OUT}",
    "application/rtf": f"rich text (.rtf): {WAY_OUT}",
    "text/rtf": f"rich text (.rtf): {WAY_OUT}",
    "application/vnd.oasis.opendocument.text": f"a text of LibreOffice (.odt): {WAY_OUT}",
}


def told(body: bytes, media_type: str = "") -> tuple[str, str]:
    """The kind of a file that an office's program wrote, "docx" or "", and why it is not read.

    Both are empty for a file of any other kind.
    """
    if body.startswith(RTF):
        return "", f"rich text (.rtf): {WAY_OUT}"
    if body.startswith(OLE):
        for name, why in _STREAMS:
            if name.encode("utf-16-le") in body:
                return "", why
        return "", _KINDS.get(media_type, f"a file of Office before 2007: {WAY_OUT}")
    if body.startswith(ZIP):
        return _packed(body)
    return "", _KINDS.get(media_type, "")


def _packed(body: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        # cut off: the list of parts stands at the end, the first of them at the beginning
        names = [name for name, _, _ in _FOLDERS if name.encode() in body[:65536]]
    for folder, kind, why in _FOLDERS:
        if any(name.startswith(folder) for name in names):
            return kind, why
    for name, why in _OPEN:
        if f"application/vnd.oasis.opendocument.{name}".encode() in body[:200]:
            return "", why
    return "", ""
