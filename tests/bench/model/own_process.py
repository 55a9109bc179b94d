"""Texts -> vectors -> topics, in a fresh process: reads the texts as JSON, tells seconds and peak memory."""

from __future__ import annotations

import json
import resource
import sys
import time

from pipeline.settings import Topics
from pipeline.topics.embedding import WordLlama


def once(texts: list[str]) -> dict[str, float]:
    """Seconds to embed and to fit, and those of the processor for both; how many topics there are."""
    from pipeline.topics.model import fit_model, topic_names

    began, worked = time.perf_counter(), time.process_time()
    vectors = WordLlama()(texts)
    embedded = time.perf_counter()
    model = fit_model(texts, vectors, Topics())
    names = topic_names(model, 10)
    ended = time.perf_counter()
    cpu = time.process_time() - worked
    return {"embed": embedded - began, "fit": ended - embedded, "cpu": cpu, "topics": len(names)}


def main() -> None:
    """Measure twice: the first time pays for what is imported and compiled."""
    texts = json.load(sys.stdin)
    runs = [once(texts), once(texts)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    sys.stdout.write(json.dumps({"runs": runs, "peak_mb": round(peak)}))


if __name__ == "__main__":
    main()
