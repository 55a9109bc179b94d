"""`python -m pipeline` is `themeshift`."""

from pipeline.cli import main

main()
