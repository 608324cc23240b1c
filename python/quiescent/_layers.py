"""Layers of configuration files: merged and resolved by OmegaConf, with where each value stands."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from quiescent._arithmetic import evaluate
from quiescent.errors import ExperimentError

__all__ = ["MANDATORY", "Layer", "Merged", "describe"]

#: What stands for a value that has to be given.
MANDATORY = "???"
#: Longest file, in characters: an experiment has one or two thousand.
LONGEST_FILE = 1 << 16
#: Most characters that a value may draw together from others, and longest chain of references.
LONGEST, DEEPEST = 10_000, 64
#: What PyYAML raises, beside its own exceptions, for a value that is not what its tag says.
MISTAGGED = (ValueError, LookupError)
#: Most characters that a message quotes.
QUOTED = 60
#: What an interpolation may be: the whole key of another value, or one of two functions.
REFERENCE = re.compile(r"\$\{\s*([^\s${}:\[\].]+(?:\.[^\s${}:\[\].]+)*)\s*\}")
FUNCTION = re.compile(r"\$\{\s*(pi|eval)\s*:")


def _pi(*arguments: object) -> float:
    if arguments:
        raise ValueError("`pi` takes no argument; write ${pi:}")
    return math.pi


# Under names of their own: programs that read such files often register an `eval` of any code.
OmegaConf.register_resolver("quiescent.pi", _pi, replace=True)
OmegaConf.register_resolver(
    "quiescent.eval", lambda *parts: evaluate(",".join(map(str, parts))), replace=True
)


@dataclass(frozen=True)
class Layer:
    """A file, or a change in the form `key=value`."""

    #: What messages call it.
    source: str
    #: Its keys, with interpolations as texts.
    values: dict[str, Any]
    #: Where they stand, in a file.
    root: yaml.Node | None = None

    @classmethod
    def of_file(cls, path: Path) -> Layer:
        """Read a file.

        Raises
        ------
        ExperimentError
            If it cannot be read or is not a map.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ExperimentError(f"{path}: no such file") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ExperimentError(f"{path}: cannot be read: {reason}") from None
        if len(text) > LONGEST_FILE:
            raise ExperimentError(f"{path}: longer than {LONGEST_FILE} characters")
        root = None
        try:
            # Not by the faster loader in C, which OmegaConf has: that one crashes on deep nesting.
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            found: Any = OmegaConf.to_container(OmegaConf.load(io.StringIO(text)))
        except (yaml.YAMLError, *MISTAGGED) as error:
            mark = getattr(error, "problem_mark", None)
            place = f"{path}:{mark.line + 1}" if mark else path
            problem = getattr(error, "problem", None) or _first_line(error)
            raise ExperimentError(f"{place}: not valid YAML: {problem}") from None
        except OmegaConfBaseException as error:
            key = str(error.full_key)
            place = f"{path}:{_line(root, key) or 1}"
            raise ExperimentError(f"{place}: {key}: {_grammar(error)}") from None
        except RecursionError:
            raise ExperimentError(f"{path}: nested too deeply") from None
        if not isinstance(found, dict):
            raise ExperimentError(f"{path}:1: expected a map of keys, found {describe(found)}")
        return cls(str(path), found, root)._checked()

    @classmethod
    def of_change(cls, text: str) -> Layer:
        """Read `key=value`.

        Raises
        ------
        ExperimentError
            If it is something else.
        """
        source = f"override `{shorten(text)}`"
        if not re.match(r"[\w.]+=", text):
            raise ExperimentError(f"{source}: expected key=value, such as rnn.n_rec=256")
        try:
            found: Any = OmegaConf.to_container(OmegaConf.from_dotlist([text]))
        except OmegaConfBaseException as error:
            raise ExperimentError(f"{source}: {_grammar(error)}") from None
        except (yaml.YAMLError, RecursionError, *MISTAGGED) as error:
            problem = getattr(error, "problem", None) or _first_line(error)
            raise ExperimentError(f"{source}: not a value: {problem}") from None
        return cls(source, found)._checked()

    def _checked(self) -> Layer:
        for key, value in leaves(self.values):
            try:
                _check_interpolations(str(value))
            except ValueError as error:
                raise _fault(self.place(key) or self.source, key, value, str(error)) from None
        return self

    def place(self, key: str) -> str | None:
        """Return where it gives a dotted key, if it does."""
        if self.root is None:
            return self.source if find(self.values, key) is not None else None
        line = _line(self.root, key)
        return None if line is None else f"{self.source}:{line}"


class Merged:
    """Layers, of which later ones win, as one."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers
        try:
            config = OmegaConf.merge(*(_renamed(layer.values) for layer in layers))
        except OmegaConfBaseException as error:
            key = str(error.full_key)
            raise ExperimentError(f"{self.place(key)}: {key}: {_first_line(error)}") from None
        self._config = config
        #: Nested, with interpolations as texts.
        self.values: Any = OmegaConf.to_container(config)

    def place(self, key: str) -> str:
        """Return where a key was given last; of a missing one, where its section was, or a file."""
        for wanted in (key, key.split(".")[0]):
            for layer in reversed(self._layers):
                if (place := layer.place(wanted)) is not None:
                    return place
        return self._layers[0].source

    def resolved(self) -> dict[str, Any]:
        """Return the values with interpolations replaced by what they stand for.

        Raises
        ------
        ExperimentError
            If one is to be given, or an interpolation has no value, refers to itself or grows
            without end.
        """
        drawn: dict[str, int] = {}
        for key, value in leaves(self.values):
            if value == MANDATORY:
                raise ExperimentError(
                    f"{self.place(key)}: {key}: missing; {MANDATORY} says that it has to be given: "
                    f"add `{key}=…`"
                )
            self._draw(key, value, (), drawn)
        try:
            found: Any = OmegaConf.to_container(self._config, resolve=True)
        except OmegaConfBaseException as error:
            key = str(error.full_key)
            raised = "ValueError raised while resolving interpolation: "
            raise self._fault(key, _first_line(error).removeprefix(raised)) from None
        values: dict[str, Any] = found
        return values

    def _draw(self, key: str, value: Any, way: tuple[str, ...], drawn: dict[str, int]) -> int:
        """Return how many characters a value draws together from those that it refers to."""
        if key in way:
            circle = " → ".join((*way[way.index(key) :], key))
            raise self._fault(key, f"it refers to itself: {circle}")
        if len(way) > DEEPEST:
            raise self._fault(key, f"references more than {DEEPEST} levels deep")
        if key not in drawn:
            total = len(str(value))
            for reference in REFERENCE.findall(value) if isinstance(value, str) else []:
                target = find(self.values, reference)
                if target is None:
                    raise self._fault(key, f"there is no `{reference}`")
                if isinstance(target, dict):
                    reason = f"`{reference}` is a section; refer to one of its keys"
                    raise self._fault(key, reason)
                for below, of in leaves(target, reference):
                    total += self._draw(below, of, (*way, key), drawn)
                if total > LONGEST:
                    raise self._fault(key, f"it grows to more than {LONGEST} characters")
            drawn[key] = total
        return drawn[key]

    def _fault(self, key: str, reason: str) -> ExperimentError:
        return _fault(self.place(key), key, find(self.values, key), reason)


def find(values: Any, key: str) -> Any:
    """Return the value of a dotted key; None if there is none."""
    for part in key.split("."):
        if isinstance(values, list):
            values = dict(enumerate(values)).get(int(part)) if part.isdecimal() else None
        else:
            values = values.get(part) if isinstance(values, dict) else None
    return values


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Iterate over what is neither map nor list, with its dotted key."""
    if isinstance(value, (dict, list)):
        for name, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(below, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def describe(value: Any) -> str:
    """Return a value in the words of a message."""
    match value:
        case str():
            return f"the text `{shorten(value)}`"
        case dict():
            return "a map"
        case list():
            return f"a list of {len(value)} values"
        case _:
            return json.dumps(value)


def shorten(text: str) -> str:
    """Return a text as a message quotes it: on one line, and not long."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"


def _check_interpolations(text: str) -> None:
    """Refuse what is neither a reference nor one of the two functions."""
    for found in re.finditer(r"\$\{", text):
        start = found.start()
        if REFERENCE.match(text, start) or FUNCTION.match(text, start):
            continue
        if other := re.match(r"\$\{\s*([^${}:]+?)\s*:", text[start:]):
            raise ValueError(
                f"`{shorten(other[1])}` is not read; references such as ${{rnn.n_rec}}, ${{pi:}} "
                "and ${eval:…} with arithmetic are"
            )
        raise ValueError("a reference is the whole key of another value, such as ${rnn.n_rec}")


def _renamed(value: Any) -> Any:
    """Return values whose interpolations call this module's functions."""
    if isinstance(value, dict):
        return {key: _renamed(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_renamed(below) for below in value]
    return FUNCTION.sub(r"${quiescent.\1:", value) if isinstance(value, str) else value


def _line(node: yaml.Node | None, key: str) -> int | None:
    """Return the line on which a file has a dotted key."""
    line = None
    for part in key.split("."):
        if not isinstance(node, yaml.MappingNode):
            return line
        entries = [(name, below) for name, below in node.value if name.value == part]
        if not entries:
            return None
        name, node = entries[-1]
        line = name.start_mark.line + 1
    return line


def _fault(place: str, key: str, value: Any, reason: str) -> ExperimentError:
    text = shorten(str(value).replace("${quiescent.", "${"))
    return ExperimentError(f"{place}: {key}: `{text}`: {reason}")


def _grammar(error: BaseException) -> str:
    return (
        f"it has no interpolation that OmegaConf reads ({_first_line(error)}); arithmetic with "
        'parentheses is in quotes, as in ${eval:"(1 + 2) * 3"}'
    )


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
