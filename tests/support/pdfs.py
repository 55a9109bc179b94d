"""Small PDFs to read in tests: words at places on pages, in Helvetica."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class At(NamedTuple):
    """A string drawn at a place, in points from the lower left corner."""

    x: float
    y: float
    text: str
    size: float = 10


def pdf(*pages: Sequence[At], encrypted: bool = False) -> bytes:
    """A PDF of these pages (A4), each drawn in the order given; `encrypted`: it asks for a password."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for n, drawn in enumerate(pages):
        content = "\n".join(_shown(at) for at in drawn).encode("cp1252")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * n} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    if encrypted:
        key = "<" + "5a" * 32 + ">"
        objects.append(f"<< /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >>".encode())
    return _written(objects, f"/Encrypt {len(objects)} 0 R /ID [<00> <00>]" if encrypted else "")


def column(x: float, top: float, lines: Sequence[str], size: float = 10) -> list[At]:
    """Lines one below the other."""
    return [At(x, top - 1.3 * size * n, line, size) for n, line in enumerate(lines)]


def _shown(at: At) -> str:
    text = at.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {at.size} Tf {at.x} {at.y} Td ({text}) Tj ET"


def _written(objects: Sequence[bytes], trailer: str) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    return (
        out
        + (
            f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
            f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(out)}\n%%EOF"
        ).encode()
    )
