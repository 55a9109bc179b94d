"""`make bench-coding`: how well themes are coded where codes are known, by several coders in one run.

`trials` says what is learnt from and what is asked, `sets` makes the trials, `coders` code, `scores` judges.
"""
