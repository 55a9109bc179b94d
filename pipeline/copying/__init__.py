"""Which documents are copies of one another, and what changed between versions of a page."""
