"""Pages per second: ours, bare trafilatura with metadata, parsing alone; and where our time goes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median

import lxml.html
from trafilatura import bare_extraction

from pipeline.errors import SetAside
from pipeline.readers import access, block_model, boilerplate, describe, general, html, markup, read
from pipeline.records import Capture, Document

ROUNDS = 5


def ours(capture: Capture) -> Document | None:
    """The document with all its fields; None for what is set aside."""
    try:
        return read(capture)
    except SetAside:
        return None


def trafilatura(capture: Capture) -> None:
    """Text and metadata by trafilatura as it comes."""
    bare_extraction(capture.body, url=capture.url, with_metadata=True)


def floor(capture: Capture) -> None:
    """What no reader can do without."""
    lxml.html.document_fromstring(capture.body)


def on_one_core(captures: Sequence[Capture]) -> dict[str, float]:
    """Median pages per second of each, round by round in turn, and the median of the rounds' ratios."""
    contenders: dict[str, Callable[[Capture], object]] = {
        "ours": ours,
        "trafilatura": trafilatura,
        "floor": floor,
    }
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, reader in contenders.items():
            started = time.process_time()
            for capture in captures:
                reader(capture)
            rates[name].append(len(captures) / (time.process_time() - started))
    found = {name: round(median(rate), 1) for name, rate in rates.items()}
    ratios = [mine / other for mine, other in zip(rates["ours"], rates["trafilatura"], strict=True)]
    return found | {"ratio": round(median(ratios), 2)}


def on_all_cores(captures: Sequence[Capture]) -> dict[str, float]:
    """Pages per second of as many processes as there are cores, and how many times that of one."""
    many = list(captures) * max(1, 600 // len(captures))
    cores = os.cpu_count() or 1
    seconds = {}
    for processes in (1, cores):
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            list(pool.map(_warm, range(processes * 4)))
            started = time.perf_counter()
            for _ in pool.map(_counted, many, chunksize=32):
                pass
            seconds[processes] = time.perf_counter() - started
    rate = len(many) / seconds[cores]
    return {"cores": cores, "pages": round(rate, 1), "scaling": round(seconds[1] / seconds[cores], 2)}


def _counted(capture: Capture) -> int:
    return ours(capture) is not None


def _warm(_: int) -> None:
    import pipeline.readers.html  # noqa: F401

    time.sleep(0.2)


def breakdown(captures: Sequence[Capture]) -> dict[str, float]:
    """Milliseconds a page of the steps of reading, by wrapping each; steps that others hold are taken off."""
    spent: dict[str, float] = {}
    stack: list[float] = []

    def timed(name: str, step: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **named: object) -> object:
            stack.append(0.0)
            started = time.process_time()
            try:
                return step(*arguments, **named)
            finally:
                took = time.process_time() - started
                spent[name] = spent.get(name, 0.0) + took - stack.pop()
                if stack:
                    stack[-1] += took

        return run

    steps = (
        ("parse", html, "parse"),
        ("tags", html, "Head"),
        ("metadata", html, "described"),
        ("dates", describe.dating, "publish"),
        ("trafilatura", general, "extracted"),
        ("paragraphs", html, "blocks"),
        ("pruning", html, "gathered"),
        ("pruning", html, "clean"),
        ("pruning", html, "drop_references"),
        ("pruning", general, "prune"),
        ("blocks", general, "page_blocks"),
        ("features", general, "features"),
        ("trees", block_model.BlockModel, "probability"),
        ("short pages", general, "_everything"),
        ("access", access, "judge"),
        ("lines", boilerplate, "trimmed"),
        ("pruning", markup.Furniture, "prune"),
    )
    kept = [(owner, name, getattr(owner, name)) for _, owner, name in steps]
    try:
        for label, owner, name in steps:
            setattr(owner, name, timed(label, getattr(owner, name)))
        whole = timed("rest", ours)
        for capture in captures:
            whole(capture)
    finally:
        for owner, name, step in kept:
            setattr(owner, name, step)
    return {
        name: round(1000 * spent[name] / len(captures), 2) for name in sorted(spent, key=lambda n: -spent[n])
    }
