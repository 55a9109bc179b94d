"""Coding: evidence of phrases and likeness, and, where people have coded, what is learnt from their codes."""
