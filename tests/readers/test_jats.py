"""JATS as journals write it: every word of the text in its order, the day it came out, who wrote it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SetAside
from pipeline.readers import read
from pipeline.readers.decode import kind_of
from pipeline.records import Capture, Document
from tests.readers.test_readers import PROSE, dated

NAME = "<name><surname>Muster</surname><given-names>Erika</given-names></name>"
AUTHOR = f'<contrib contrib-type="author">{NAME}</contrib>'
EPUB = '<pub-date pub-type="epub"><day>7</day><month>3</month><year>2016</year></pub-date>'


def article(
    body: str = "",
    dates: str = EPUB,
    authors: str = f"<contrib-group>{AUTHOR}</contrib-group>",
    root: str = 'article-type="research-article" xml:lang="en"',
    behind: str = "",
) -> str:
    return (
        f"<article {root}><front><article-meta><article-id pub-id-type='pmid'>99</article-id>"
        f"<title-group><article-title>Lunch and the budget</article-title></title-group>{authors}{dates}"
        f"<abstract><p>{PROSE}</p></abstract></article-meta></front>"
        f"<body><sec><title>Results</title>{body}</sec></body>{behind}</article>"
    )


def taken(text: str | bytes, media_type: str = "application/xml") -> Document:
    body = text if isinstance(text, bytes) else text.encode()
    return read(
        Capture(
            url="https://example.org/a.xml",
            source="files",
            media_type=media_type,
            body=body,
            fetched_at=datetime(2024, 11, 1, tzinfo=UTC),
        )
    )


def results(body: str, behind: str = "") -> list[str]:
    """The paragraphs below the heading "Results"."""
    found = taken(article(body, behind=behind)).text.split("\n\n")
    return found[found.index("Results") + 1 :]


# --- words -----------------------------------------------------------------------------------------------

WRAPPED = {
    "a quotation": "<disp-quote><p>{}</p><attrib>{}</attrib></disp-quote>",
    "a list": "<list><list-item><p>{}</p></list-item><list-item><p>{}</p></list-item></list>",
    "a box": "<boxed-text><caption><title>{}</title></caption><p>{}</p></boxed-text>",
    "definitions": "<def-list><def-item><term>{}</term><def><p>{}</p></def></def-item></def-list>",
    "preformatted text": "<preformat>{}\n{}</preformat>",
    "a poem": "<verse-group><verse-line>{}</verse-line><verse-line>{}</verse-line></verse-group>",
    "an interview": "<speech><speaker>{}</speaker><p>{}</p></speech>",
    "a statement": "<statement><title>{}</title><p>{}</p></statement>",
    "emphasis": "<bold>{} <italic>{}</italic></bold>",
    "a footnote": "<fn><p>Unwanted.</p></fn>",
    "a formula": "<disp-formula><tex-math>unwanted</tex-math></disp-formula>",
    "a table": "<table-wrap><caption><p>Unwanted</p></caption></table-wrap>",
    "a marker": ' [<xref ref-type="bibr" rid="r1">1</xref>]',
}


@given(
    st.lists(
        st.lists(st.sampled_from(sorted(WRAPPED)), min_size=1, max_size=4).map(tuple), min_size=1, max_size=3
    ),
    st.booleans(),
)
def test_a_paragraph_with_any_block_in_it_keeps_all_its_words_in_order(
    paragraphs: list[tuple[str, ...]], nested: bool
) -> None:
    words = (f"word{n}" for n in count())
    body = ""
    for kinds in paragraphs:
        inner = next(words)
        for kind in kinds:
            block = WRAPPED[kind]
            inner += " " + block.format(*(next(words) for _ in range(block.count("{}")))) + f" {next(words)}"
        body += f"<disp-quote><p>{inner}</p></disp-quote>" if nested else f"<p>{inner}</p>"
    found = " ".join(results(body))
    assert re.findall(r"word\d+", found) == [f"word{n}" for n in range(int(next(words)[4:]))]
    assert "nwanted" not in found


def test_a_block_divides_its_paragraph() -> None:
    quote = "<disp-quote><p>We eat early.</p></disp-quote>"
    said = f"<p>One put it like this: {quote} Others <bold>disagreed</bold>.</p>"
    assert results(said) == ["One put it like this:", "We eat early.", "Others disagreed."]


def test_a_box_that_floats_stands_behind_the_text() -> None:
    box = "<boxed-text><p>What is known: soup.</p></boxed-text><fig><p>No.</p></fig>"
    assert results("<p>They ate.</p>", behind=f"<floats-group>{box}</floats-group>") == [
        "They ate.",
        "What is known: soup.",
    ]


def ref(text: str, kind: str = "ref-type='bibr' ") -> str:
    return f"<xref {kind}rid='b1'>{text}</xref>"


TABLE = "ref-type='table' "
FORMULA = (
    "<inline-formula><alternatives><mml:math xmlns:mml='m'><mml:mi>n</mml:mi><mml:mo>=</mml:mo>"
    "<mml:mn>9</mml:mn></mml:math><tex-math>$n=9$</tex-math></alternatives></inline-formula>"
)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (f"Soup<sup>{ref('1')},{ref('2')}</sup> helps.", "Soup helps."),
        (f"Soup<sup>{ref('1', '')}</sup> helps.", "Soup helps."),
        (f"Soup helps (see {ref('Muster 2012')}; {ref('Doe 2013')}).", "Soup helps."),
        (f"As {ref('Muster (2012)')} says, soup helps.", "As Muster (2012) says, soup helps."),
        (f"Soup helps ({ref('Table 1', TABLE)}).",
         "Soup helps (Table 1)."),
        (f"Soup helps<break/>everybody, {FORMULA}.", "Soup helps everybody, n=9."),
        ("Soup &ndash; hot&nbsp;h&eacute;lps &amp; &unheardof;heals.", "Soup – hot hélps & heals."),
        ("It is <disp-formula><label>(1)</label>soup = <italic>n</italic> bowls</disp-formula> and more.",
         "It is soup = n bowls and more."),
        ("Soup<!-- no words --> helps<?page 12?>.", "Soup helps."),
    ],
)  # fmt: skip
def test_markers_go_and_what_is_part_of_the_sentence_stays(written: str, text: str) -> None:
    assert results(f"<p>{written}</p>") == [text]


# --- dates -----------------------------------------------------------------------------------------------


def stated(kind: str, *parts: str) -> str:
    year, month, day = (*parts, "", "")[:3]
    written = f"<day>{day}</day>" if day else ""
    written += f"<month>{month}</month>" if month else ""
    return f"<pub-date {kind}>{written}<year>{year}</year></pub-date>"


ONLINE = 'date-type="pub" publication-format="electronic"'


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        (stated('pub-type="epub-ppub"', "2014", "04"), "2014-04"),
        (stated('pub-type="ppub"', "2014", "Apr"), "2014-04"),
        (stated('pub-type="ppub"', "2014", "July-August"), "2014-07"),
        (stated('pub-type="ppub"', "2014", "September", "3"), "2014-09-03"),
        (stated('pub-type="ppub"', "2014", "2", "31"), "2014-02"),
        ('<pub-date pub-type="ppub"><season>Spring</season><year>2014</year></pub-date>', "2014"),
        ('<pub-date pub-type="ppub"><string-date>3rd of May 2014</string-date></pub-date>', "2014-05-03"),
        ('<pub-date iso-8601-date="2014-05-03"><year>2014</year></pub-date>', "2014-05-03"),
        (stated("", "2014", "5", "3"), "2014-05-03"),
        # the earliest electronic day, wherever it stands
        (stated('pub-type="ppub"', "2014", "1", "1") + stated(ONLINE, "2014", "5", "9")
         + stated('pub-type="epub"', "2014", "5", "2"), "2014-05-02"),
        (stated('pub-type="epub"', "2014") + stated(ONLINE, "2014", "5", "9"), "2014-05-09"),
        (stated('date-type="collection" publication-format="electronic"', "2015", "1", "1")
         + stated('publication-format="print"', "2014", "6"), "2014-06"),
        (stated('pub-type="pmc-release"', "2015", "1") + stated('pub-type="collection"', "2014"), "2014"),
        (stated('date-type="retracted"', "2019", "1", "1"), None),
        ('<history><date date-type="accepted"><month>2</month><year>2013</year></date>'
         '<date date-type="epub"><month>3</month><year>2013</year></date></history>', "2013-03"),
        ('<history><date date-type="received"><year>2013</year></date></history>', None),
    ],
)  # fmt: skip
def test_an_article_has_the_day_it_came_out(dates: str, day: str | None) -> None:
    assert dated(taken(article(dates=dates))) == day


# --- people ----------------------------------------------------------------------------------------------


def by(written: str, kind: str = ' contrib-type="author"') -> str:
    return f"<contrib{kind}>{written}</contrib>"


def name(given: str, family: str) -> str:
    return f"<name><surname>{family}</surname><given-names>{given}</given-names></name>"


DEGREES = "<given-names>Tom</given-names> <surname>Sample</surname>, <degrees>PhD</degrees>"
GROUP = f"<collab>Lunch Group<contrib-group><contrib>{NAME}</contrib></contrib-group></collab>"


@pytest.mark.parametrize(
    ("contributors", "people"),
    [
        (by(f"<name-alternatives>{NAME}</name-alternatives>"), ("Erika Muster",)),
        (by(f"<name-alternatives>{name('花', '見本')}{NAME}</name-alternatives>"), ("Erika Muster",)),
        (by(f"<string-name>{DEGREES}</string-name>"), ("Tom Sample",)),
        (by("<string-name>Tom J. Sample</string-name>"), ("Tom J. Sample",)),
        (by(NAME, ""), ("Erika Muster",)),
        (by(NAME, ' contrib-type="editor"'), ()),
        (by(name("A", "Lee")) + by(name("A B", "Hall")), ("A Lee", "A B Hall")),
        # a group is nobody; its members are the authors where nobody else is
        (by("<collab>Lunch Study Group</collab>"), ()),
        (by(GROUP), ("Erika Muster",)),
        (by(name("Ann", "Lee")) + by(GROUP), ("Ann Lee",)),
    ],
)
def test_its_authors_are_named_however_their_names_are_written(
    contributors: str, people: tuple[str, ...]
) -> None:
    assert taken(article(authors=f"<contrib-group>{contributors}</contrib-group>")).authors == people


# --- files -----------------------------------------------------------------------------------------------

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet href="a.css"?><!-- a <note> -->\n'
EATEN = "<p>They ate.</p>"
NAMESPACE = 'dtd-version="1.3" xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" xml:lang="ger"'
TYPED = f'{NAMESPACE} article-type="letter"'


@pytest.mark.parametrize(
    "written",
    [
        HEAD + article(EATEN),
        HEAD + '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "a.dtd">' + article(EATEN, root=""),
        HEAD + article(EATEN, root=NAMESPACE),
        f"<pmc-articleset>{article(EATEN)}</pmc-articleset>",
        f"<articles>{article(EATEN)}</articles>",
        f'<OAI-PMH xmlns="o"><record><metadata>{article(EATEN, root=TYPED)}</metadata></record></OAI-PMH>',
        ('<?xml version="1.0" encoding="UTF-16"?>' + article(EATEN)).encode("utf-16"),
    ],
    ids=["bare", "doctype", "namespace", "set", "articles", "oai", "utf-16"],
)
@pytest.mark.parametrize("label", ["application/xml", "text/xml", "text/html", ""])
def test_jats_is_known_by_its_bytes_in_any_wrapping(written: str | bytes, label: str) -> None:
    assert taken(written, label).text.endswith("They ate.")


def test_a_set_of_several_articles_is_a_listing() -> None:
    with pytest.raises(SetAside, match="2 articles"):
        taken(f"<pmc-articleset>{article()}{article()}</pmc-articleset>")


@pytest.mark.parametrize(("code", "language"), [("EN-gb", "en"), ("ger", "de"), ("cze", "cs"), ("und", None)])
def test_languages_have_two_letters(code: str, language: str | None) -> None:
    assert taken(article(root=f'article-type="x" xml:lang="{code}"')).language == language


def test_without_numbers_of_pubmed_an_article_stands_at_its_doi() -> None:
    with_doi = article().replace("pub-id-type='pmid'>99<", "pub-id-type='doi'>10.9999/x<")
    assert taken(with_doi).url == "https://doi.org/10.9999/x"


def test_thousands_of_markers_in_one_paragraph_take_no_quadratic_time() -> None:
    marks = "".join(f"soup {ref(str(n))}, " for n in range(20_000))
    assert len(results(f"<p>{marks}</p>")[0].split()) == 20_000


def test_an_article_that_states_no_version_is_told_by_its_front() -> None:
    plain = b"<article>\n<front><article-meta/></front><body><p>Said.</p></body></article>"
    assert kind_of("application/xml", plain) == "jats"
    assert kind_of("text/html", b'<article class="post"><h2>Front</h2><p>Said.</p></article>') == "html"
