"""The sample web: five sites, built like the real ones around invented documents, on a loopback address.

It exists so that the demo and the tests crawl over real HTTP, robots.txt, redirects, refusals and all.
"""

from spiders.sampleweb.server import SampleWeb, serve

__all__ = ["SampleWeb", "serve"]
