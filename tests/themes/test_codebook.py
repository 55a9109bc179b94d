"""The codebook: what it may say, what is refused, and what its phrases match."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from pipeline import store, themes
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.readers import normal
from pipeline.themes import Codebook, Matcher, Theme
from pipeline.themes.codebook_evidence import CodebookEvidence, distinct_of, score
from pipeline.themes.codebook_problems import problems, remarks
from pipeline.themes.matching import denial
from pipeline.topics.embedding import embedder
from tests.cli.test_cli import themeshift

THEME = Theme("x", "X", "What x is.", ("red tape",), ("Too many forms.",))
FREEDOM = Theme(
    "f", "F", "d", ("freedom*", "light touch", "king's men"), ("a b",), ("freedom of information",)
)
INTEREST = Theme("i", "I", "d", ("conflict* of interest*", "vested interest*"), negated="excluded")
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a codebook's TOML."""

    def written(text: str) -> Path:
        file = tmp_path / "codebook.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


def table(name: str, **keys: object) -> str:
    """A theme's table as TOML; JSON's lists and strings are TOML's."""
    whole = {"label": name, "definition": "d", "include": [f"{name} x"], **keys}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in whole.items()]
    return "\n".join([f"[theme.{name}]", *lines, ""])


def test_the_codebook_in_use_has_the_eight_themes(config: Config) -> None:
    names = [theme.theme for theme in themes.load(config.codebook_file).themes]
    assert names == [
        "fragmentation", "centralisation", "autonomy", "accountability", "clinical-engagement",
        "conflict-of-interest", "integration", "bureaucracy",
    ]  # fmt: skip


def test_in_the_codebook_in_use_every_exclusion_can_apply(config: Config) -> None:
    assert remarks(themes.load(config.codebook_file)) == []


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"include": []}, "no phrase in `include` and no sentence in `examples`"),
        ({"definition": " "}, "`definition` is empty"),
        ({"include": ["*"]}, "'\\*' matches almost everything"),
        ({"include": [" "]}, "' ' is empty"),
        ({"include": ["(sic) yes"]}, "begins or ends with '\\('"),
        ({"include": ["red tape", "Red-tape"]}, "'red tape' stands there 2 times"),
        (
            {"include": ["planning permission"], "exclude": ["planning perm*"]},
            "never counts, since `exclude`",
        ),
        ({"include": ["a\u0007b"]}, "holds a control character"),
        ({"examples": [""]}, "examples: a sentence is empty"),
        ({"negated": "no"}, "negated must be one of counts, excluded, not 'no'"),
        ({"includes": []}, "unknown key 'includes'; did you mean 'include'"),
        ({"include": "red tape"}, "must be a list of strings"),
    ],
)
def test_a_codebook_that_cannot_code_is_refused(write: Write, keys: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=rf"\[theme.x\].*{message}"):
        themes.load(write(table("x", **keys)))


def test_all_that_is_wrong_is_told_at_once(write: Write) -> None:
    text = table("x", definition="", colour="red") + table("y", include=["*", "ok phrase"], negated="maybe")
    with pytest.raises(ConfigError) as caught:
        themes.load(write("vers = 1\n" + text))
    assert "a codebook has `version` and tables" in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        themes.load(write(text))
    head, *lines = str(caught.value).splitlines()
    assert head.endswith("has 3 problems:")
    assert [line.strip()[:12] for line in lines] == ["- [theme.x]:", "- [theme.y] ", "- [theme.y] "]


def test_a_theme_may_have_phrases_alone_or_sentences_alone() -> None:
    phrases, sentences = replace(THEME, examples=()), replace(THEME, theme="y", include=())
    assert problems(Codebook("1", (phrases, sentences))) == []
    assert Matcher(sentences)("Red tape everywhere.") == []


def test_a_phrase_belongs_to_one_theme_unless_both_say_that_it_is_shared() -> None:
    other = replace(THEME, theme="y", include=("Red-Tape",))
    (told,) = problems(Codebook("1", (THEME, other)))
    assert told.startswith("'red tape' stands in [theme.x] and in [theme.y]; keep one")
    assert len(problems(Codebook("1", (replace(THEME, shared=True), other)))) == 1
    assert problems(Codebook("1", (replace(THEME, shared=True), replace(other, shared=True)))) == []


@pytest.mark.parametrize(
    ("include", "exclude", "applies"),
    [
        ("freedom*", "freedom of information", True),
        ("fragment*", "bone fragment*", True),
        ("accountab*", "accountable care*", True),
        ("light touch", "very light", True),
        ("centrali*", "central london", False),
        ("merg*", "emerg*", False),
    ],
)
def test_an_exclusion_that_can_never_apply_is_remarked(include: str, exclude: str, applies: bool) -> None:
    theme = replace(THEME, include=(include,), exclude=(exclude,))
    assert (remarks(Codebook("1", (theme,))) == []) is applies


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("New freedoms for all", ["freedoms"]),
        ("A LIGHT-TOUCH regime, a light\n touch", ["LIGHT-TOUCH", "light\n touch"]),
        ("A freedom of information request", []),
        ("freedom of information, and freedom", ["freedom"]),
        ("unfreedom", []),
        ("All the king’s men", ["king’s men"]),
    ],
)
def test_phrases_match_whole_words_in_any_case_and_exclusions_win(text: str, found: list[str]) -> None:
    assert Matcher(FREEDOM)(text) == found


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("There was no conflict of interest.", "no"),
        ("She never had any personal conflict of interest.", "never"),
        ("It isn’t a conflict of interest.", "isn’t"),
        ("A decision without conflicts of interest", "without"),
        ("a lack of conflict of interest", "lack of"),
        ("Conflicts of interest were ruled out.", "were ruled out"),
        ("Not only a conflict of interest", ""),
        ("No doubt a conflict of interest", ""),
        ("It was not without conflicts of interest.", ""),
        ("There was no money; conflicts of interest were rife.", ""),
        ("They had no plan, but a conflict of interest.", ""),
        ("The board did not meet, and conflicts of interest grew.", ""),
        ("No one on the whole of the large board saw that conflict of interest.", ""),
        ("A conflict of interest", ""),
    ],
)
def test_a_denial_reaches_a_few_words_and_no_further_than_its_clause(text: str, by: str) -> None:
    (match,) = Matcher(INTEREST).matches(text)
    assert denial(text, match.start, match.end) == by
    assert (match.denied_by, match.negated, match.counts) == (by, bool(by), not by)


def test_by_default_a_denied_phrase_counts_and_is_known_as_denied() -> None:
    (match,) = Matcher(replace(INTEREST, negated="counts")).matches("no conflict of interest")
    assert (match.denied_by, match.counts) == ("no", True)


def test_of_a_theme_that_minds_negation_the_stage_counts_what_the_matcher_counts(config: Config) -> None:
    evidence = CodebookEvidence([INTEREST, FREEDOM], embedder(config))
    text = "No conflict of interest. But vested interests, and no freedom."
    found = [["conflict of interest", "vested interests"], ["freedom"]]
    assert evidence.minds_negation
    assert evidence.phrases(found, text) == [["vested interests"], ["freedom"]]


def test_the_fingerprint_knows_every_word_and_no_comment(write: Write) -> None:
    book = themes.load(write('version = "1"\n' + table("x")))
    assert themes.load(write('# why\nversion = "2"\n' + table("x"))).fingerprint == book.fingerprint
    assert themes.load(write(table("x", definition="e"))).fingerprint != book.fingerprint


@pytest.mark.slow
def test_check_counts_phrases_in_the_published_corpus(opened: Config) -> None:
    done = themeshift("codebook", "check", "--data", opened.data)
    assert done.returncode == 0, done.stderr
    (block,) = [part for part in done.stdout.split("\n\n") if part.startswith("fragmentation")]
    assert "carved up 4" in block
    assert "bone fragment* 1" in block
    assert "never found: " in block
    found = json.loads(themeshift("codebook", "check", "--json", "--data", opened.data).stdout)
    with store.open_published(store.published_file(opened)) as connection:
        assert found["passages"] == store.value(connection, "SELECT count(*) FROM passage")


def test_check_tells_all_problems_of_a_file_and_ends_with_2(write: Write) -> None:
    done = themeshift("codebook", "check", write(table("x", definition="", include=["*"])))
    assert done.returncode == 2
    assert "has 2 problems" in done.stderr


@pytest.mark.slow
def test_a_codebook_leaves_and_comes_back_by_command(tmp_path: Path, config: Config) -> None:
    for kind in ("qdc", "csv"):
        file, into = tmp_path / f"book.{kind}", tmp_path / f"from-{kind}.toml"
        assert themeshift("codebook", "export", file).returncode == 0
        assert themeshift("codebook", "import", file, "--into", into).returncode == 0
        assert themes.load(into) == themes.load(config.codebook_file)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv in Windows-1252", "xlsx"])
def test_a_codebook_may_come_as_a_spreadsheet_saves_it(tmp_path: Path, kind: str) -> None:
    rows = [["Name", "Phrases"], ["Patients’ choice", "cafés\nchoice"]]
    file, into = tmp_path / f"book.{kind[:4].strip()}", tmp_path / "new.toml"
    if kind == "xlsx":
        with xlsxwriter.Workbook(file) as book:
            page = book.add_worksheet()
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    else:
        file.write_bytes("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode("cp1252"))
    done = themeshift("codebook", "import", file, "--into", into)
    assert done.returncode == 0, done.stderr
    assert ("cp1252" in done.stderr) is (kind != "xlsx")
    (theme,) = themes.load(into).themes
    assert (theme.label, theme.include) == ("Patients’ choice", ("cafés", "choice"))


@pytest.mark.slow
def test_a_file_that_is_there_is_not_written_over_without_force(tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_text("mine", encoding="utf-8")
    done = themeshift("codebook", "export", file)
    assert (done.returncode, file.read_text(encoding="utf-8")) == (2, "mine")
    assert "is there already; --force writes over it" in done.stderr
    assert themeshift("codebook", "export", file, "--force").returncode == 0
    assert file.read_text(encoding="utf-8") != "mine"


def test_a_lone_theme_is_coded_by_its_phrases_and_never_by_the_subject_of_the_corpus(config: Config) -> None:
    lone = Theme("abolition", "Abolition", "The board that buys care is abolished.", ("abolish*",), ())
    texts = ["The board that buys care met on Tuesday.", "They abolish it."]
    embed = embedder(config)
    likeness = CodebookEvidence([lone], embed).likeness(embed(texts))[:, 0]
    assert [
        score(Matcher(lone)(text), float(own)).coded for text, own in zip(texts, likeness, strict=True)
    ] == [
        False,
        True,
    ]


def test_a_theme_that_is_hardly_described_is_coded_by_its_phrases(config: Config) -> None:
    terse = [
        Theme(name, name, f"Case {name}.", (phrase,), ()) for name, phrase in (("a", "top down"), ("b", "x"))
    ]
    embed, text = embedder(config), "Hospitals and practices bought a bowl of soup, top down."
    likeness = CodebookEvidence(terse, embed).likeness(embed([text]))[0]
    assert [
        score(Matcher(theme)(text), float(own)).coded for theme, own in zip(terse, likeness, strict=True)
    ] == [True, False]


def test_a_lone_theme_without_phrases_is_known_by_its_sentences(config: Config) -> None:
    lone = Theme("abolition", "Abolition", "", (), ("The board that buys care is abolished.",))
    embed = embedder(config)
    near, far = CodebookEvidence([lone], embed).likeness(
        embed(["The board is abolished.", "A bowl of soup."])
    )[:, 0]
    assert near > far


TYPED = {
    "'": "'’‘‛ʼʻʹ′`´＇", "-": "-‐‑‒–—―−﹘﹣－", '"': '"“”„«»', " ": "  \u00a0\u2009\u202f\u3000\n",
}  # fmt: skip
PHRASE = 'patients\' "top-down choice"s in naïve offices'


@st.composite
def typings(draw: st.DrawFn) -> str:
    """The phrase as somebody, or some program, types it."""
    signs = [draw(st.sampled_from(TYPED[sign])) if sign in TYPED else sign for sign in PHRASE]
    form = draw(st.sampled_from(["NFC", "NFD"]))
    text = unicodedata.normalize(form, "".join(signs)).replace(
        "ffi", draw(st.sampled_from(["ffi", "ﬃ", "f\u00adfi"]))
    )
    return draw(st.sampled_from([text, text.upper() if "ﬃ" not in text else text, f"“{text}”"]))


@given(typings(), typings())
def test_a_phrase_meets_its_words_however_either_is_typed(phrase: str, text: str) -> None:
    """DuckDB, which searches whole tables, and Python find the same, at the same place of the text."""
    matcher = Matcher(replace(THEME, include=(phrase.strip("“”"),)))
    published = "\n\n".join(normal.split(f"They had said {normal.line(text)}, and left."))
    (match,) = matcher.matches(published)
    assert published[match.start : match.end] == match.words
    assert normal.words(match.words) in (5, 6)
    found = duckdb.execute("SELECT regexp_extract_all(?, ?)", [published, matcher.pattern]).fetchone()
    assert found == ([match.words],)


@pytest.mark.parametrize(
    "text",
    [
        "No 10 wants a conflict of interest.",
        "No. 10’s conflict of interest",
        "There is no let-up in conflicts of interest.",
        "There was no let‑up in the conflicts of interest.",
        "There seems no end to conflicts of interest.",
        "no end in sight to conflicts of interest",
        "There is no shortage of vested interests.",
        "a no-nonsense conflict of interest",
        "not-for-profit bodies’ conflicts of interest",
        "the never–ending conflict of interest",
        "We can’t ignore conflicts of interest.",
        "There was no reduction in conflicts of interest.",
        "There is no clearer example of a conflict of interest.",
        "No one — as ever — saw it: a conflict of interest",
    ],
)
def test_what_only_looks_like_a_denial_denies_nothing(text: str) -> None:
    (match,) = Matcher(INTEREST).matches(text)
    assert match.counts


@pytest.mark.parametrize(
    "text",
    [
        "There was no patient–doctor conflict of interest.",
        "No-one saw a conflict of interest.",
        "There is no question of a conflict of interest.",
        "It wasnʼt a conflict of interest.",
        "no longer a conflict of interest",
    ],
)
def test_a_denial_stays_one(text: str) -> None:
    (match,) = Matcher(INTEREST).matches(text)
    assert match.negated


def test_phrases_that_differ_in_type_alone_are_one(write: Write) -> None:
    with pytest.raises(ConfigError, match="stands there 2 times"):
        themes.load(write(table("x", include=["patients’ top‑down voice", "Patients' top–down voice"])))
    assert distinct_of(["top‑down", "Top–down", "top-down"]) == 1


def test_a_new_emoji_is_part_of_a_text(write: Write) -> None:
    book = themes.load(write(table("x", label="\U0001fae8 shaken", definition="\U0001fadf")))
    assert book.themes[0].label == "\U0001fae8 shaken"
