"""python -m spiders.sampleweb: serve the sample web until interrupted."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from pipeline.errors import PipelineError
from spiders.sampleweb import serve
from spiders.sampleweb.faults import read_faults


def main() -> int:
    """Exit code 0 after Ctrl-C, 2 where the documents, the faults or the port can't be used."""
    parser = argparse.ArgumentParser(prog="python -m spiders.sampleweb", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--edition", type=int, default=1, help="the web as it is in this edition")
    parser.add_argument("--documents", type=Path, help="folder with <source>/*.md")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="[[fault]] tables: how to misbehave")
    options = parser.parse_args()
    try:
        faults = read_faults(options.faults) if options.faults else ()
        web = serve(options.documents, options.port, faults, options.edition)
    except (PipelineError, OSError, OverflowError) as error:
        sys.stderr.write(f"sampleweb: {error}\n")
        return 2
    with web as address:
        sys.stdout.write(f"serving {len(web.sites)} sites on {address}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
