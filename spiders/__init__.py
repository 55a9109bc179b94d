"""Spiders find and keep: they decide which pages matter, and the archive gets the bytes. They never read."""
