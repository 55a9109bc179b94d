"""human_code, code_sample, imported_code, passage, embeddings -> what is learnt from.

That is the training part, by consensus.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline import store
from pipeline.records import short_id
from pipeline.store import Connection
from pipeline.themes.calibration import Floats
from pipeline.themes.codebook_evidence import CodebookEvidence
from pipeline.themes.imported import Imported
from pipeline.themes.learning import Labelled
from pipeline.topics.embedding import unpack
from pipeline.trends.consensus import consensus

Code = tuple[str, str, int, int, float | None]
"""text hash, theme, how many coders said yes, of how many, chance to be drawn."""
HEAVIEST = 10
"""Times the mean: no passage weighs more, or a few that were hardly ever drawn would decide alone."""


class Codes:
    """People's codes for training, of texts that are still in the corpus and of themes in the codebook.

    `gone` are the texts that are not, `unknown` the themes.
    """

    def __init__(self, connection: Connection, themes: Sequence[str]) -> None:
        named = store.queries("code")
        rows: list[Code] = connection.execute(named["training"]).fetchall()
        texts = sorted({row[0] for row in rows})
        here = {t for (t,) in connection.execute(named["present_texts"], [texts]).fetchall()}
        self.rows = [row for row in rows if row[0] in here and row[1] in themes]
        self.gone = len(texts) - len(here)
        self.unknown = sorted({row[1] for row in rows} - set(themes))

    @property
    def fingerprint(self) -> str:
        """Changes with every code that is learnt from; the same as long as there are none."""
        return short_id(*(" ".join(map(str, row)) for row in self.rows))

    def labelled(self, connection: Connection, evidence: CodebookEvidence, given: Imported) -> Labelled:
        """The coded passages with all that a classifier looks at, and what other programs said of them."""
        hashes = sorted({row[0] for row in self.rows})
        found = connection.execute(store.queries("code")["labelled"], [hashes]).fetchnumpy()
        texts = [str(t) for t in found["text"]]
        vectors = unpack(found["vector"])
        likeness = evidence.likeness(vectors)
        place = {str(h): k for k, h in enumerate(found["text_hash"])}
        present = {name: np.full(len(texts), np.nan) for name in evidence.themes}
        chances = np.ones(len(texts))
        for text_hash, theme, yes, said, chance in self.rows:
            at = place[text_hash]
            together = consensus(yes, said)
            if together != 0.5:  # a tie teaches nothing
                present[theme][at] = together
            chances[at] = chance or 1.0
        return Labelled(
            texts, [str(d) for d in found["document_id"]], vectors,
            {name: [m(t) for t in texts] for name, m in zip(evidence.themes, evidence.matchers, strict=True)},
            {name: likeness[:, k].astype(np.float64) for k, name in enumerate(evidence.themes)},
            present, weights_of(chances),
            {name: given.offered(name, list(place)) for name in evidence.themes},
        )  # fmt: skip


def weights_of(chances: Floats) -> Floats:
    """The inverse of each passage's chance to be drawn; none above HEAVIEST times the mean."""
    weights = 1 / chances
    return np.asarray(np.minimum(weights, HEAVIEST * weights.mean()))
