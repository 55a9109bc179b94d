"""Small PDFs to read in tests: words at places on pages, in Helvetica or its bold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class At(NamedTuple):
    """A string drawn at a place, in points from the lower left corner. `turned`: it runs upwards."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False
    turned: bool = False


def pdf(
    *pages: Sequence[At],
    encrypted: bool = False,
    told: Mapping[str, str] = {},
    rotate: int = 0,
    fields: Mapping[tuple[float, float], str] = {},
) -> bytes:
    """A PDF of these pages (A4), each drawn in the order given; `encrypted`: it asks for a password.

    `told`: the file's own properties. `rotate`: by how many degrees pages are turned to be shown. `fields`:
    fields of a form on the first page, by their place, and what is filled in.
    """
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    forms = [f"{5 + 2 * len(pages) + n} 0 R" for n in range(len(fields))]
    for n, drawn in enumerate(pages):
        content = "\n".join(_shown(at) for at in drawn).encode("cp1252")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Rotate {rotate} /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents {6 + 2 * n} 0 R "
            f"{'/Annots [' + ' '.join(forms) + ']' if forms and not n else ''} >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    for (x, y), text in fields.items():
        objects.append(
            f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (f{x}{y}) /V ({text}) "
            f"/Rect [{x} {y} {x + 200} {y + 14}] >>".encode("cp1252")
        )
    if forms:
        objects[0] = f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{' '.join(forms)}] >> >>".encode()
    trailer = ""
    if told:
        objects.append(
            b"<< %b >>" % " ".join(f"/{key} ({value})" for key, value in told.items()).encode("cp1252")
        )
        trailer = f"/Info {len(objects)} 0 R"
    if encrypted:
        key = "<" + "5a" * 32 + ">"
        objects.append(f"<< /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >>".encode())
        trailer += f" /Encrypt {len(objects)} 0 R /ID [<00> <00>]"
    return _written(objects, trailer)


def column(x: float, top: float, lines: Sequence[str], size: float = 10) -> list[At]:
    """Lines one below the other."""
    return [At(x, top - 1.3 * size * n, line, size) for n, line in enumerate(lines)]


def _shown(at: At) -> str:
    text = at.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    place = f"0 1 -1 0 {at.x} {at.y} Tm" if at.turned else f"{at.x} {at.y} Td"
    return f"BT /F{1 + at.bold} {at.size} Tf {place} ({text}) Tj ET"


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
