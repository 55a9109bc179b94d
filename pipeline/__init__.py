"""Themeshift: from captured pages to themes over time. `pipeline.flow` shows the order of things."""

import platform
import sys

if platform.system() == "Windows":
    sys.stderr.write(
        "themeshift: Windows is not supported: install WSL (wsl --install), and run Themeshift there, with "
        "its data folder on the Linux side. See docs/operating.md\n"
    )
    raise SystemExit(2)
