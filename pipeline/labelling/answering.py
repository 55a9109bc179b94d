"""A sample of one theme, answered at the terminal: a passage, a key, the next. Each answer is kept."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from pipeline.config import Config
from pipeline.labelling import codes as coding
from pipeline.labelling.task import Item, Task, codes_of, given, task
from pipeline.records import counted

KEYS = {"y": True, "n": False, "?": None}
HELP = "y yes, n no, ? can't tell, b back, q stop"
WIDEST = 96


def answer(config: Config, sample_id: str, coder: str) -> int:
    """Ask about the passages of a sample that the coder has not answered; returns how many were answered.

    Reads a key where it is asked at a terminal, else a line each. Stops at q, at the end of the input, and at
    Ctrl-C.
    """
    todo = task(config, sample_id, coder)
    theme = todo.themes[0]
    said = given(config, todo)
    open_ = [item for item in todo.items if (item.passage_id, theme.theme) not in said]
    click.echo(f"\n{theme.label}: {theme.definition}\n{HELP}")
    at, done = 0, 0
    while at < len(open_):
        click.echo(f"\n{at + 1} of {len(open_)}\n{_wrapped(open_[at])}")
        key = _key()
        if key == "q":
            break
        if key == "b":
            at = max(at - 1, 0)
        elif key in KEYS:
            _keep(config, todo, open_[at], KEYS[key])
            at, done = at + 1, max(done, at + 1)
        else:
            click.echo(HELP)
    yes = sum(code.present is True for code in given(config, todo).values())
    click.echo(
        f"\n{counted(done, 'answer', none='no answers')} kept, {yes} of {len(todo.items)} with the theme. "
        + (
            f"The same command goes on with the other {len(open_) - done}"
            if done < len(open_)
            else "The same command proposes more; `themeshift build` learns from them"
        )
    )
    return done


def _keep(config: Config, todo: Task, item: Item, present: bool | None) -> None:
    found = codes_of(todo, item, {todo.themes[0].theme: present}, "", "terminal")
    coding.append(config.archive, todo.sample.sample_id, found)


def _key() -> str:
    if sys.stdin.isatty():
        try:
            key = click.getchar()
        except (KeyboardInterrupt, EOFError):
            return "q"
        click.echo(key)
        return key.lower()
    line = sys.stdin.readline()
    return line.strip().lower()[:1] if line else "q"


def _wrapped(item: Item) -> str:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    return "\n".join(textwrap.fill(part, width) for part in item.text.split("\n") if part.strip())
