"""The published file -> a sample: what counts in trends is the frame that passages are drawn from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

import numpy as np

from pipeline import store
from pipeline import themes as books
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling.drawing import Stratum, Unit, draw, level_of, split
from pipeline.labelling.samples import SHOWN, Drawn, Sample, checked_name, kept_for_training
from pipeline.records import short_id
from pipeline.store import Connection


@dataclass(frozen=True, slots=True)
class Wish:
    """What to draw: how many units (passage or document), for which themes (none: all).

    `evaluate` is the share kept from training, `show` what coders see of a document.
    """

    size: int = 200
    themes: tuple[str, ...] = ()
    unit: str = "passage"
    evaluate: float = 0.5
    seed: int = 1
    name: str = ""
    show: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framed:
    """A passage of the frame: the themes that the machine coded, and whether it was near to another."""

    passage_id: str
    document_id: str
    source: str
    year: int
    coded: Sequence[str]
    near: bool
    text_hash: str = ""


def new_sample(config: Config, wish: Wish) -> Sample:
    """Draw a sample from the published file; keeping it is the caller's. The same wish gives the same sample.

    Raises InputError where a theme or a key of `show` is not known, or the frame is too small; StoreError
    where nothing is published.
    """
    for key in wish.show:
        if key not in SHOWN:
            raise InputError(f"coders can't be shown {key!r}; what there is: {', '.join(SHOWN)}")
    if not 0 <= wish.evaluate <= 1:
        raise InputError(f"--evaluate is a share between 0 and 1, not {wish.evaluate:g}")
    with store.open_published(store.published_file(config)) as connection:
        themes = _themes(connection, wish)
        frame, withheld = _frame(connection, config, themes)
        whole = len(frame)
        frame = _apart(frame, *kept_for_training(config.archive))
        built = _built(connection)
        strata, drawn = _draw(frame, wish)
        texts = _texts(connection, sorted(drawn))
    return Sample(
        sample_id=_name(wish, themes, built),
        drawn_at=datetime.now(UTC).isoformat(timespec="seconds"),
        unit=wish.unit,
        themes=themes,
        show=wish.show,
        codebook=codebook_version(books.load(config.codebook_file)),
        frame={
            "passages": len(frame),
            "documents": len({passage.document_id for passage in frame}),
            "withheld": withheld,
            "kept_for_training": whole - len(frame),
            "size": wish.size,
            "evaluate": wish.evaluate,
            "seed": wish.seed,
            "published": built,
        },
        strata=tuple(strata),
        passages=tuple(_passages(frame, drawn, texts, wish)),
    )


def codebook_version(book: books.Codebook) -> str:
    """The codebook's version and a hash of what a coder reads of it."""
    read = [f"{t.theme}\n{t.label}\n{t.definition}\n{chr(10).join(t.examples)}" for t in book.themes]
    return f"{book.version} ({short_id(*read, length=8)})"


def known_theme(name: str, book: books.Codebook) -> books.Theme:
    """The theme of the codebook. Raises InputError for one that it doesn't have."""
    themes = {theme.theme: theme for theme in book.themes}
    if name not in themes:
        close = get_close_matches(name, themes, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(themes)}"
        raise InputError(f"there is no theme {name!r} in the codebook; {hint}")
    return themes[name]


def _themes(connection: Connection, wish: Wish) -> tuple[str, ...]:
    known = [theme for (theme,) in connection.execute(_sql("themes")).fetchall()]
    for theme in wish.themes:
        if theme not in known:
            close = get_close_matches(theme, known, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known) or 'none'}"
            raise InputError(f"there is no theme {theme!r} in the published file; {hint}")
    if not known:
        raise InputError(
            "the published file has no themes: run `themeshift build`, then `themeshift publish`"
        )
    return tuple(dict.fromkeys(wish.themes)) or tuple(known)


def _built(connection: Connection) -> dict[str, str]:
    result = connection.execute(_sql("built"))
    names = [column[0] for column in result.description or ()]
    return dict(zip(names, result.fetchone() or (), strict=True))


def _frame(connection: Connection, config: Config, themes: Sequence[str]) -> tuple[list[Framed], int]:
    """The passages that can be drawn, and how many can't, since their text may be kept no longer."""
    counted = store.queries("trend")["documents"].strip().rstrip(";").replace("?", "$access")
    access = {"access": list(config.trend.access)}
    asked = {**access, "themes": list(themes)}
    rows = connection.execute(_sql("frame").format(counted=counted), asked).fetchall()
    withheld = connection.execute(_sql("withheld").format(counted=counted), access).fetchone()
    return [Framed(*row) for row in rows], int(withheld[0]) if withheld else 0


def _apart(frame: Sequence[Framed], documents: set[str], texts: set[str]) -> list[Framed]:
    """Without documents that are learnt from, or hold a text that is: none judges what it taught."""
    held = documents | {passage.document_id for passage in frame if passage.text_hash in texts}
    return [passage for passage in frame if passage.document_id not in held]


def _draw(frame: Sequence[Framed], wish: Wish) -> tuple[list[Stratum], dict[str, Stratum]]:
    """The strata, and passage_id -> its stratum for every passage drawn."""
    units = _units(frame, wish.unit)
    if not 0 < wish.size <= len(units):
        raise InputError(
            f"there are {len(units)} {wish.unit}s that count in trends and can be read, "
            f"so {wish.size} can't be drawn: "
            + (f"draw --size {len(units)} or fewer" if units else "gather and publish more first")
        )
    rng = np.random.default_rng([wish.seed, 1])
    try:
        strata, drawn = draw(units, wish.size, rng)
    except ValueError as error:
        raise InputError(f"{error}: draw a larger --size, or for fewer --themes") from error
    if wish.unit == "passage":
        return strata, drawn
    return strata, {p.passage_id: drawn[p.document_id] for p in frame if p.document_id in drawn}


def _units(frame: Sequence[Framed], unit: str) -> list[Unit]:
    """The passages as units, or their documents, each with the level of all that its passages carry."""
    members: dict[str, list[Framed]] = defaultdict(list)
    for passage in frame:
        members[passage.passage_id if unit == "passage" else passage.document_id].append(passage)
    coded = {name: sorted({theme for p in own for theme in p.coded}) for name, own in members.items()}
    frequency = Counter(theme for themes in coded.values() for theme in themes)
    return [
        Unit(name, own[0].source, own[0].year, level_of(coded[name], any(p.near for p in own), frequency))
        for name, own in members.items()
    ]


def _texts(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(_sql("texts"), [list(ids)]).fetchall()}


def _passages(
    frame: Sequence[Framed], drawn: Mapping[str, Stratum], texts: Mapping[str, str], wish: Wish
) -> list[Drawn]:
    """The drawn passages with their part: all passages of a document go to the same one."""
    own = [passage for passage in frame if passage.passage_id in drawn]
    rng = np.random.default_rng([wish.seed, 2])
    first: dict[str, str] = {}
    for passage in own:
        first.setdefault(passage.document_id, drawn[passage.passage_id].stratum)
    lots = dict(zip(first, rng.permutation(len(first)), strict=True))
    documents = sorted(first, key=lambda document: (first[document], lots[document]))
    kept = split(documents, wish.evaluate, rng)
    found = []
    for passage in own:
        stratum = drawn[passage.passage_id]
        part, share = (
            ("evaluate", wish.evaluate) if kept[passage.document_id] else ("train", 1 - wish.evaluate)
        )
        chance = stratum.probability
        text_hash = short_id(texts[passage.passage_id])
        found.append(
            Drawn(
                passage.passage_id,
                passage.document_id,
                text_hash,
                stratum.stratum,
                part,
                chance,
                chance * share,
            )
        )
    return found


def _name(wish: Wish, themes: Sequence[str], built: Mapping[str, str]) -> str:
    if wish.name:
        return checked_name(wish.name, "sample")
    what = short_id(
        *themes, wish.unit, *map(str, (wish.size, wish.evaluate, wish.seed)), *map(str, built.values())
    )
    return f"s-{what[:8]}"


def _sql(name: str) -> str:
    return store.queries("label")[name]
