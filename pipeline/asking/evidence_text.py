"""Evidence for a person to read: the points, then the quotations, strongest first."""

from __future__ import annotations

import textwrap
from fractions import Fraction

from pipeline.asking.evidence import Evidence, Point, Quotation
from pipeline.report.periods import date_name
from pipeline.report.wording import percent

WIDTH = 100
PARTS = {Fraction(1, 4): "a quarter", Fraction(1, 12): "a twelfth", Fraction(1, 2): "a half"}


def as_text(found: Evidence) -> str:
    """Several lines; the phrases that matched stand between two asterisks."""
    name = f"{found.series.kind} {found.series.name} ({found.series.label})"
    whose = f"source {found.source}" if found.source else "all sources"
    head = [f"{name}, {found.period}, {whose}", *_shaky(found), *map(_point, found.points), _carrying(found)]
    blocks = ["\n".join(head)]
    blocks += [_quotation(rank, item) for rank, item in enumerate(found.quotations, 1)]
    if len(found.quotations) < found.passages:
        blocks.append(f"the strongest {len(found.quotations)} of {found.passages:,}; `--limit 0` lists all")
    return "\n\n".join(blocks)


def marked(text: str, marks: list[tuple[int, int]]) -> str:
    """The text with each mark (start, end) between two asterisks."""
    parts, done = [], 0
    for start, end in marks:
        parts += [text[done:start], "**", text[start:end], "**"]
        done = end
    return "".join([*parts, text[done:]])


def _shaky(found: Evidence) -> list[str]:
    if found.series.stability is None:
        return []
    overlap = percent(found.series.stability, 0)
    return [f"not stable: refits overlap with this topic by {overlap}; don't build on it (docs/methods.md)"]


def _point(point: Point) -> str:
    thin = "\n         thin: too few documents to be read as a point of a line" if point.thin else ""
    others = "".join(
        f"\n         {estimate}: " + ", ".join(f"{name} {_estimate(of[name])}" for name in sorted(of))
        for estimate, of in point.others.items()
    )
    return (
        f"{point.period:<8} mention {_estimate(point.mention)}, share {_estimate(point.share)}, "
        f"95% intervals; {_count(point.documents)} documents, {_count(point.passages)} passages{thin}{others}"
    )


def _estimate(numbers: tuple[float, float, float]) -> str:
    value, lower, upper = numbers
    return f"{percent(value)} ({100 * lower:.1f} to {100 * upper:.1f})"


def _count(effective: float) -> str:
    return f"{effective:,.2f}".rstrip("0").rstrip(".")


def _carrying(found: Evidence) -> str:
    counting = "" if found.weight == found.documents else f" (counting as {_count(found.weight)})"
    verb = "document carries" if found.documents == 1 else "documents carry"
    passages = "passage" if found.passages == 1 else "passages"
    line = f"{found.documents:,} {verb} it{counting}, in {found.passages:,} {passages}"
    return f"{line}\nwarning: {found.note}" if found.note else line


def _quotation(rank: int, item: Quotation) -> str:
    dated = date_name(item.published, item.published_precision)
    lines = [f"{rank:>3}  {item.score:.2f}  {dated}{_imprecise(item)}, {item.source}: {item.title}"]
    if item.text is None:
        until = f" after {item.retain_until}" if item.retain_until else ""
        lines.append(f"     [the text may not be kept{until}: no quotation]")
    else:
        lines += [_paragraph(part) for part in marked(item.text, item.marks).split("\n\n")]
    if item.may_export == "metadata" and not item.withheld:
        lines.append("     [not for export: the rights ledger allows metadata only]")
    lines += [
        f"     passage {item.passage_id}, document {item.document_id}, "
        f"characters {item.start_char} to {item.end_char}",
        f"     capture {item.capture_id}, {item.warc_file} at byte {item.warc_offset}",
        f"     {item.link or item.url}",
    ]
    return "\n".join(lines)


def _imprecise(item: Quotation) -> str:
    if item.weight > 0.999:
        return ""
    part = Fraction(item.weight).limit_denominator(12)
    counts = f"counts {PARTS.get(part, part)}"
    return f" (dated to the {item.published_precision} only, {counts})"


def _paragraph(text: str) -> str:
    indent = " " * 5
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
