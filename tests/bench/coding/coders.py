"""The coders that are tried: the codebook alone, Themeshift's, and two that anybody would try first."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from pipeline import config as configuration
from pipeline.settings import Code
from pipeline.themes import Codebook, reference
from pipeline.themes.calibration import Flags, Floats
from pipeline.themes.codebook_evidence import CodebookEvidence
from pipeline.themes.learning import Labelled, learn, untaught
from pipeline.themes.model import Model
from pipeline.themes.training_codes import weights_of
from pipeline.topics.embedding import Embedder, Vectors, embedder
from tests.bench.coding.trials import Trial

Answer = tuple[Floats, Flags]
"""The score of each text for each theme, and whether it is coded: (n, themes)."""
Coder = Callable[[Trial], Answer | None]
"""None where there is nothing that this coder could learn from."""


@cache
def embed() -> Embedder:
    """The embedder that EMBEDDER names as config.toml would, else the default, loaded once."""
    config = configuration.load()
    model = os.environ.get("EMBEDDER") or config.embed.model
    return Remembering(embedder(replace(config, embed=replace(config.embed, model=model))))


class Remembering:
    """An embedder that remembers what it has embedded: slow ones are asked the same many times."""

    def __init__(self, inner: Embedder) -> None:
        self.inner, self.name, self.batch = inner, inner.name, inner.batch
        self.known: dict[str, Any] = {}
        self.seconds = 0.0

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """The vectors, one row per text."""
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        began = time.perf_counter()
        for start in range(0, len(new), self.batch):
            part = new[start : start + self.batch]
            self.known |= dict(zip(part, self.inner(part), strict=True))
        self.seconds += time.perf_counter() - began
        return np.array([self.known[text] for text in texts], dtype=np.float32)


def phrases(trial: Trial) -> Answer:
    """Any phrase of the codebook that counts; the more distinct ones, the surer."""
    evidence = CodebookEvidence(trial.themes, embed())
    scores = np.array(
        [[len({p.lower() for p in m(text)}) for m in evidence.matchers] for text in trial.asked.texts], float
    )
    return scores, scores > 0


def rule(trial: Trial) -> Answer:
    """The codebook's rule: phrases and likeness together."""
    evidence = CodebookEvidence(trial.themes, embed())
    return answer(untaught("", evidence.themes), evidence, trial)


def themeshift(trial: Trial) -> Answer | None:
    """What a build does with the same material."""
    evidence = CodebookEvidence(trial.themes, embed())
    if trial.by:
        book = Codebook("", tuple(trial.themes))
        model = reference.learn_from(book, evidence.themes, trial.by, embed())
        if trial.learnt is None:
            return answer(model, evidence, trial)
        ground = reference.ground(model, book, lambda: trial.by, embed())
        own = learn("", labelled(trial, evidence), Code(), ground=ground)
        return answer(own, evidence, trial)
    if trial.learnt is None:
        return None
    return answer(learn("", labelled(trial, evidence), Code()), evidence, trial)


def labelled(trial: Trial, evidence: CodebookEvidence) -> Labelled:
    """The trial's codes as the stage `code` hands them over."""
    assert trial.learnt is not None
    texts = trial.learnt.texts
    vectors = embed()(texts)
    likeness = evidence.likeness(vectors).astype(np.float64)
    names = evidence.themes
    return Labelled(
        texts, [str(i) for i in range(len(texts))], vectors,
        {name: [m(text) for text in texts] for name, m in zip(names, evidence.matchers, strict=True)},
        {name: likeness[:, k] for k, name in enumerate(names)},
        {name: trial.learnt.present[:, k].astype(float) for k, name in enumerate(names)},
        weights_of(1 / trial.learnt.weights),
    )  # fmt: skip


def answer(model: Model, evidence: CodebookEvidence, trial: Trial) -> Answer:
    """What a model makes of the trial's texts."""
    texts = trial.asked.texts
    vectors = embed()(texts)
    likeness = evidence.likeness(vectors).astype(np.float64)
    shared = model.shared(vectors, texts)
    scores = np.zeros((len(texts), len(evidence.themes)))
    coded = np.zeros(scores.shape, dtype=bool)
    for k, (theme, matcher) in enumerate(zip(evidence.themes, evidence.matchers, strict=True)):
        found = model.code(theme, [matcher(text) for text in texts], likeness[:, k], shared)
        scores[:, k], coded[:, k] = [c.score for c in found], [c.coded for c in found]
    return scores, coded


def words(trial: Trial) -> Answer | None:
    """A linear support vector machine on TF-IDF of words and pairs, classes balanced."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    texts, _ = trial.material
    if not texts:
        return None
    terms = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    learnt, asked = terms.fit_transform(texts), terms.transform(trial.asked.texts)
    return _each(trial, learnt, asked, lambda: LinearSVC(class_weight="balanced"))


def vectors(trial: Trial) -> Answer | None:
    """A logistic regression on the default embedding, classes balanced."""
    from sklearn.linear_model import LogisticRegression

    texts, _ = trial.material
    if not texts:
        return None
    return _each(
        trial, embed()(texts), embed()(trial.asked.texts),
        lambda: LogisticRegression(C=10, class_weight="balanced", max_iter=1000),
    )  # fmt: skip


def _each(trial: Trial, learnt: Any, asked: Any, make: Callable[[], Any]) -> Answer:
    present = trial.material[1]
    scores = np.full((len(trial.asked.texts), present.shape[1]), -np.inf)
    for k in range(present.shape[1]):
        if 0 < present[:, k].sum() < len(present):
            scores[:, k] = make().fit(learnt, present[:, k]).decision_function(asked)
    return np.maximum(scores, -1e9), scores > 0


CODERS: dict[str, Coder] = {
    "phrases alone": phrases,
    "codebook's rule": rule,
    "Themeshift": themeshift,
    "TF-IDF, linear SVM": words,
    "embedding, logistic": vectors,
}
