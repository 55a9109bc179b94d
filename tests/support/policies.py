"""Invented policies in print, in the shapes that offices give them, each with the words that are its text.

A shape returns a PDF, the words of its text in the order of reading, and the words that are the page's alone
(heads, feet, contents, notes): no sentence is anybody's, no word of the one is in the other.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.support.pdfs import At, pdf

VOCABULARY = """
    members practices districts budgets panels treatments patients decisions papers minutes reviews carers
    clinics requests evidence wards doctors nurses meetings county valley office winter summer shared agreed
    weighed asked told published kept named moved opened closed counted ordered between under after before
    within every other
""".split()  # noqa: SIM905
LEFT, TOP, FOOT, LEADING = 60.0, 730.0, 100.0, 13.0


@dataclass
class Print:
    """A policy as it is printed. `text`: its words so far; `own`: what belongs to its pages alone."""

    random: Random
    pages: list[list[At]] = field(default_factory=lambda: [[]])
    text: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    y: float = TOP

    def sentence(self, least: int = 8) -> str:
        """Words with a capital in front and a full stop behind."""
        words = self.random.choices(VOCABULARY, k=self.random.randint(least, least + 12))
        return f"{' '.join(words).capitalize()}."

    def paragraph(self, sentences: int = 3) -> str:
        """Some sentences."""
        return " ".join(self.sentence() for _ in range(sentences))

    def line(self, text: str, x: float = LEFT, size: float = 10, bold: bool = False) -> None:
        """A line of text where the last one ended, on a new page where that is full."""
        if self.y < FOOT:
            self.turn()
        self.pages[-1].append(At(x, self.y, text, size, bold))
        self.y -= 1.3 * size

    def put(self, text: str, x: float = LEFT, size: float = 10, width: int = 88, bold: bool = False) -> None:
        """A paragraph of text."""
        for line in textwrap.wrap(text, width, break_on_hyphens=False):
            self.line(line, x, size, bold)
        self.text += text.split()
        self.y -= LEADING

    def turn(self) -> None:
        """A new page."""
        self.pages.append([])
        self.y = TOP

    def title(self, *lines: str) -> None:
        """The title in large print, which is no part of the text."""
        for line in lines:
            self.line(line, size=22, bold=True)
        self.y -= 2 * LEADING

    def around(self, drawn: Callable[[int], Sequence[At]], first: bool) -> None:
        """Lines of the page itself on each page, drawn before its text or after."""
        for n, page in enumerate(self.pages):
            lines = list(drawn(n))
            page[:] = [*lines, *page] if first else [*page, *lines]
            self.own |= {word for at in lines for word in at.text.split() if word.isalpha()}

    def done(self, **told: str) -> tuple[bytes, list[str], set[str]]:
        """The PDF, the words of its text, the words of its pages."""
        return pdf(*self.pages, told=told), self.text, self.own


def running_lines(random: Random) -> tuple[bytes, list[str], set[str]]:
    """A head, and a foot of two lines with the page's number, drawn before the text or behind it."""
    made, first = Print(random), random.random() < 0.5
    made.title("Requests of every kind")
    for _ in range(random.randint(30, 60)):
        made.put(made.paragraph())
    last = len(made.pages)

    def drawn(n: int) -> list[At]:
        return [
            At(LEFT, 800, "Runningtitle Xhead (XB12)", 8),
            At(LEFT, 52, "© Xboard 2015. Xrights Xreserved. Xnotice of Xterms (www.example.org/terms)", 7),
            At(LEFT, 42, f"Xlast Xupdated. Page {n + 1} of {last}", 7),
        ]

    made.around(drawn, first)
    return made.done()


def odd_and_even(random: Random) -> tuple[bytes, list[str], set[str]]:
    """The chapter's name on odd pages, the title's on even ones, the number outside, Roman ones in front."""
    made = Print(random)
    made.title("Budgets of the county")
    for _ in range(random.randint(50, 80)):
        made.put(made.paragraph())

    def drawn(n: int) -> list[At]:
        number = ("i", "ii", "iii")[n] if n < 3 else str(n - 2)
        even = [At(LEFT, 790, f"{number} | Xpolicy", 9)]
        odd = [At(380, 790, f"Xchapter Xname{'ab'[n > 4]} | {number}", 9)]
        return [] if not n else odd if n % 2 else even

    made.around(drawn, first=False)
    return made.done()


def small_table(random: Random) -> tuple[bytes, list[str], set[str]]:
    """A table of numbered criteria in smaller print ends a page, one with a footnote follows."""
    made = Print(random)
    made.title("How panels weigh requests")
    for _ in range(random.randint(4, 9)):
        made.put(made.paragraph())
    if made.y < 320:
        made.turn()
    for n in range(1, random.randint(8, 13)):
        left, right = textwrap.wrap(made.sentence(12), 44), textwrap.wrap(made.sentence(12), 44)
        top = made.y
        for at, line in enumerate(left):
            made.pages[-1].append(At(LEFT, top - 10 * at, f"{n}. {line}" if not at else line, 7.5))
        for at, line in enumerate(right):
            made.pages[-1].append(At(320, top - 10 * at, line, 7.5))
        made.text += [f"{n}.", *" ".join(left).split(), *" ".join(right).split()]
        made.y = top - 10 * max(len(left), len(right)) - 8
    made.turn()
    before = len(made.pages)
    made.put(f"{made.paragraph()} {made.paragraph()}")
    # the mark stands right behind a word of the second line, raised and small
    noted = made.pages[before - 1][1]
    cut = noted.text.split()[:4]
    made.pages[-1][1] = noted._replace(text=" ".join(cut))
    made.pages[-1].insert(2, At(LEFT + 200, noted.y + 4, "1", 5.5))
    rest = noted.text.split()[4:]
    made.pages[-1].insert(3, At(LEFT + 206, noted.y, " ".join(rest), 10))
    made.pages[-1] += [
        At(LEFT, 90, "1 Xsee the xminutes of an xinvented xmeeting, xpage four, where the xclerk", 7),
        At(LEFT, 81, "xwrote that xnobody had xcome.", 7),
    ]
    made.own |= {"Xsee", "xminutes", "xinvented", "xnobody"}
    return made.done()


def numbered(random: Random) -> tuple[bytes, list[str], set[str]]:
    """Paragraphs whose number hangs before them, in smaller bold print of its own, or drawn at the end."""
    made, late = Print(random), random.random() < 0.5
    made.title("Rules for the panel")
    numbers: list[tuple[int, At]] = []
    for n in range(1, random.randint(20, 30)):
        if made.y < FOOT + 60:
            made.turn()
        mark = At(LEFT, made.y, f"{1 + n // 9}.{1 + n % 9}", 8.5, True)
        made.text.append(mark.text)
        if late:
            numbers.append((len(made.pages) - 1, mark))
        else:
            made.pages[-1].append(mark)
        made.put(made.paragraph(2), x=LEFT + 42, width=78)
    for page, mark in numbers:
        made.pages[page].append(mark)
    return made.done()


def contents(random: Random) -> tuple[bytes, list[str], set[str]]:
    """A list of contents: with dots that lead to numbers, or with numbers at the right alone."""
    made, dots = Print(random), random.random() < 0.5
    made.title("A handbook of clinics")
    made.line("Contents", size=14, bold=True)
    for n in range(1, 12):
        name = f"{n}. Xentry xof xmany" if n != 4 else f"{n}. Xentry xwith xlong xname"
        made.own |= set(name.split()[1:])
        if dots:
            made.line(f"{name} {'.' * random.randint(30, 60)} {n + 1}")
        else:
            made.pages[-1].append(At(LEFT, made.y, name))
            made.pages[-1].append(At(500, made.y, str(n + 1)))
            made.y -= LEADING
    made.turn()
    for n in range(1, 12):
        made.put(f"{n}. {' '.join(random.choices(VOCABULARY, k=4)).capitalize()}", size=13, bold=True)
        for _ in range(3):
            made.put(made.paragraph())
    return made.done()


def versions(random: Random) -> tuple[bytes, list[str], set[str]]:
    """A cover with a version line, its number and day at the foot of each page, a table of versions."""
    made = Print(random)
    made.title("Commissioning policy:", "requests of single patients")
    made.put("Version 3, 8 February 2023", size=11)
    made.turn()
    made.put("Version control", size=13, bold=True)
    for number, day in (("1.0", "4 March 2019"), ("2.0", "6 May 2021"), ("3.0", "8 February 2023")):
        made.put(f"{number} {day} Board office")
    for _ in range(random.randint(20, 40)):
        made.put(made.paragraph())

    def drawn(n: int) -> list[At]:
        return [
            At(LEFT, 50, "Xpolicy v3 | 08/02/2023 | Xprinted xcopies are xuncontrolled", 8),
            At(520, 50, f"{n}", 8),
        ]

    made.around(lambda n: drawn(n) if n else [], first=random.random() < 0.5)
    return made.done(
        Title="Microsoft Word - policy v3.doc", Author="T Ypist", CreationDate="D:20230301120000Z"
    )


def hyphens(random: Random) -> tuple[bytes, list[str], set[str]]:
    """Words cut at the ends of lines, of pages too, and compounds whose hyphen is their own."""
    made = Print(random)
    made.title("Words that are cut")
    for _ in range(random.randint(20, 40)):
        words = [*made.paragraph(2).split(), "the", "long-term", "plan", "of", "commissioning", "groups."]
        made.text += words
        line = ""
        for word in words:
            if len(f"{line} {word}") <= 60:
                line = f"{line} {word}".strip()
            elif word == "commissioning" and len(line) < 56:
                made.line(f"{line} commis-")
                line = "sioning"
            elif word == "long-term" and len(line) < 56:
                made.line(f"{line} long-")
                line = "term"
            else:
                made.line(line)
                line = word
        made.line(line)
        made.y -= LEADING
    made.put("A long-term plan of commissioning is a plan.")
    return made.done()


def two_columns(random: Random) -> tuple[bytes, list[str], set[str]]:
    """Columns of prose under a heading across both, drawn row by row, one by one, or the right one first."""
    made, order = Print(random), random.choice(["rows", "columns", "right first"])
    made.title("A year of the boards")
    for _ in range(2):
        top = made.y
        columns = []
        for x in (LEFT, 315.0):
            lines = textwrap.wrap(made.paragraph(14), 44)[:40]
            made.text += " ".join(lines).split()
            columns.append([At(x, top - LEADING * n, line) for n, line in enumerate(lines)])
        left, right = columns
        pairs = [at for n in range(max(map(len, columns))) for side in columns for at in side[n : n + 1]]
        made.pages[-1] += {"rows": pairs, "columns": [*left, *right], "right first": [*right, *left]}[order]
        made.turn()
    made.pages.pop()
    return made.done()


def bullets_and_annexes(random: Random) -> tuple[bytes, list[str], set[str]]:
    """Bullets with sub-bullets of their own kinds, and annexes that each begin a page in large print."""
    made = Print(random)
    made.title("What groups do")
    for letter in "ABCD":
        made.put(f"Annex {letter}", size=16, bold=True)
        made.put(made.paragraph())
        for _ in range(random.randint(2, 5)):
            for sign, x in (("\u2022", LEFT + 18), ("o", LEFT + 36), ("\u2013", LEFT + 54)):
                item = made.sentence(14)
                if made.y < FOOT + 3 * LEADING:
                    made.turn()
                made.pages[-1].append(At(x, made.y, sign))
                for line in textwrap.wrap(item, 70):
                    made.line(line, x + 14)
                made.text += item.split()
        made.y -= LEADING
        if letter != "D":
            made.turn()
    return made.done()


SHAPES = (
    running_lines, odd_and_even, small_table, numbered, contents, versions, hyphens, two_columns,
    bullets_and_annexes,
)  # fmt: skip
