"""What counts as a word of a topic, and which words say nothing."""

from __future__ import annotations

from pipeline.settings import Topics

WORD = r"(?u)\b[^\W\d_][\w’'-]+\b"
SUBJECTS = frozenset({"bill", "fire", "interest", "mill", "mine", "serious", "system"})
"""On scikit-learn's list of stop words, and yet subjects (Nothman et al. 2018): conflicts of interest."""

ADDRESSES = frozenset({"http", "https", "www"})


def stop_words(settings: Topics) -> list[str]:
    """English words without a subject of their own, and those that the whole corpus shares; sorted."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return sorted((ENGLISH_STOP_WORDS - SUBJECTS) | ADDRESSES | set(settings.stop_words))
