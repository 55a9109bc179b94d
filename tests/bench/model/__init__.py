"""`make bench-model`: quality and speed of the models, beside BERTopic as it comes and published baselines.

Each module here with a `NAME` is a section: `NEEDS` names the corpora that it reads, and
`run(paths)` prints its table and returns its figures.
"""
