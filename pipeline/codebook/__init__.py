"""The codebook: themes with what counts and what doesn't; read, checked, matched in text, exchanged."""

from pipeline.codebook.matching import Match, Matcher
from pipeline.codebook.reading import load
from pipeline.codebook.themes import Codebook, Theme

__all__ = ["Codebook", "Match", "Matcher", "Theme", "load"]
