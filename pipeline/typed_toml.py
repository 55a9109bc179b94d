"""TOML tables -> frozen classes. Unknown keys, missing keys and wrong types fail, and say where."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pipeline.errors import ConfigError

T = TypeVar("T")


def read_toml(file: Path) -> dict[str, Any]:
    """Parse a TOML file. Raises ConfigError, with the line, for one that is missing or malformed."""
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        raise ConfigError(f"{file} is missing") from None
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error


def make(kind: type[T], table: Any, where: str) -> T:
    """Build a frozen class from a TOML table, refusing unknown keys, missing keys and wrong types."""
    if not isinstance(table, dict):
        raise ConfigError(f"{where} must be a table")
    hints = get_type_hints(kind)
    refuse_unknown(table, hints, where)
    for item in fields(kind):  # type: ignore[arg-type]
        required = item.default is MISSING and item.default_factory is MISSING
        if required and item.name not in table:
            raise ConfigError(f"{where}: the key {item.name!r} is missing")
    return kind(**{key: _typed(value, hints[key], f"{where} {key}") for key, value in table.items()})


def problems_of(kind: type[Any], table: Any, where: str) -> list[str]:
    """Every reason why `make` would refuse the table, not only the first."""
    if not isinstance(table, dict):
        return [f"{where} must be a table"]
    hints = get_type_hints(kind)
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    found = [f"{where}: the key {name!r} is missing" for name in needed if name not in table]
    for key, value in table.items():
        try:
            refuse_unknown({key: value}, hints, where)
            _typed(value, hints[key], f"{where} {key}")
        except ConfigError as error:
            found.append(str(error))
    return found


def refuse_unknown(table: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
    """Raises ConfigError for a key that is not known, with the one that may have been meant."""
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: unknown key {key!r}; {hint}")


def _typed(value: Any, hint: Any, where: str) -> Any:
    if hint == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{where} must be a list of strings, not {value!r}")
        return tuple(value)
    if hint == tuple[int, ...]:
        if not isinstance(value, list) or not all(type(item) is int and item > 0 for item in value):
            raise ConfigError(f"{where} must be a list of whole numbers above 0, not {value!r}")
        return tuple(sorted(value))
    if hint == Mapping[str, float]:
        if not isinstance(value, dict) or not all(_is_weight(item) for item in value.values()):
            raise ConfigError(f"{where} must be a table of numbers of at least 0, not {value!r}")
        return {key: float(item) for key, item in value.items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{where} must be {hint.__name__}, not {value!r}")
    return value


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
