"""Tests for change: change points, late against early, and around events."""
