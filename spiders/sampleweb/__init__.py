"""The sample web: sites and services, built like the real ones around invented documents, on loopback.

It exists so that the demo and the tests crawl over real HTTP, robots.txt, redirects, refusals and all.
"""

from spiders.sampleweb.faults import Fault
from spiders.sampleweb.server import SampleWeb, serve

__all__ = ["Fault", "SampleWeb", "serve"]
