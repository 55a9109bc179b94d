"""Themeshift: from captured pages to themes over time. `pipeline.flow` shows the order of things."""
