"""`make coder`: data/reference/coder.npz, learnt anew from the reference set for the default codebook."""

from __future__ import annotations

import sys

from pipeline import config as configuration
from pipeline import themes as books
from pipeline.themes import reference
from pipeline.topics.embedding import embedder, name_of

PASSAGES = "data/reference/passages"
RATES = ("precision", "recall", "without keywords", "near misses")


def main() -> int:
    """Learn, save, and print how well each theme is coded on authors left out."""
    config = configuration.load()
    book, embed = books.load(config.codebook_file), embedder(config)
    coder = reference.learn(book, config.root / PASSAGES, embed, name_of(config))
    reference.save(coder, config.coder_file)
    for name, told in coder.validity.items():
        rates = (told.precision, told.recall, told.without_keywords, told.near_misses)
        figures = ", ".join(f"{what} {rate:.2f}" for what, rate in zip(RATES, rates, strict=True))
        sys.stdout.write(f"{name:<22} {told.positives:>4} of {told.passages:,}: {figures}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
