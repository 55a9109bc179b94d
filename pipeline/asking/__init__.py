"""Questions to the published file: the evidence behind a point, why a passage is coded, how much moved."""
