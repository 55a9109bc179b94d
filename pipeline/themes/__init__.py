"""The codebook: themes with what counts and what doesn't; read, checked, matched in text, exchanged."""

from pipeline.themes.codebook import Codebook, Theme
from pipeline.themes.codebook_toml import load
from pipeline.themes.matching import Match, Matcher

__all__ = ["Codebook", "Match", "Matcher", "Theme", "load"]
