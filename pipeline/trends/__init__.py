"""Prevalence of themes and topics over time: crude, at a fixed mix of sources, corrected by human codes."""
