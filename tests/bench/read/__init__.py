"""`make bench-read [PAGES=folder]`: how well and how fast pages are read, beside other readers."""
