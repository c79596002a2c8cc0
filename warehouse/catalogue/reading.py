"""Read one YAML file with its lines in hand, so that every error names file and line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import yaml

from .model import CatalogueError

T = TypeVar("T")

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it: ten times as fast."""


@dataclass(frozen=True, slots=True)
class Place:
    """One node of a YAML file."""

    file: Path
    node: yaml.Node

    def refuse(self, problem: str) -> NoReturn:
        """Say what is wrong here."""
        raise CatalogueError(self.file, self.node.start_mark.line + 1, problem)

    def items(self) -> Iterator[tuple[str, "Place"]]:
        """The keys and values of a mapping, each key once."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("a mapping of keys to values is expected")
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            key_place = Place(self.file, key_node)
            key = key_place.text()
            if key in seen:
                key_place.refuse(f"`{key}` stands here a second time")
            seen.add(key)
            yield key, Place(self.file, value_node)

    def mapping(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, "Place"]:
        """A mapping that has all required keys and no unknown ones."""
        found: dict[str, Place] = {}
        for key, value in self.items():
            if key not in required + optional:
                value.refuse(f"`{key}` is not known here; known: {', '.join(required + optional)}")
            found[key] = value
        for key in required:
            if key not in found:
                self.refuse(f"`{key}` is missing")
        return found

    def texts(self) -> tuple[str, ...]:
        """A list of texts, at least one, each once."""
        if not isinstance(self.node, yaml.SequenceNode) or not self.node.value:
            self.refuse("a list of at least one text is expected, such as [created, submitted]")
        found = tuple(Place(self.file, child).text() for child in self.node.value)
        if len(set(found)) < len(found):
            self.refuse("an entry stands in this list twice")
        return found

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            self.refuse("a text is expected")
        return " ".join(str(self.node.value).split())

    def one_of(self, known: tuple[str, ...]) -> str:
        """One of the known texts."""
        found = self.text()
        if found not in known:
            self.refuse(f"`{found}` is not known; one of {', '.join(known)} is expected")
        return found

    def whole_number(self) -> int:
        """A whole number above zero."""
        found = self.text()
        if not found.isdecimal() or int(found) == 0:
            self.refuse(f"`{found}` is not a whole number above zero")
        return int(found)

    def each(self, read: Callable[["Place"], T]) -> dict[str, T]:
        """Every value of a mapping, read in the same way."""
        return {key: read(value) for key, value in self.items()}


def open_file(file: Path) -> Place:
    """The root of a YAML file."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=LOADER)
    except UnicodeDecodeError as error:
        raise CatalogueError(file, error.object.count(b"\n", 0, error.start) + 1, "this is not UTF-8") from error
    except yaml.reader.ReaderError as error:
        raise CatalogueError(file, 1, f"this is not YAML: {error.reason} (position {error.position})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(file, line, f"this is not YAML: {error.problem}") from error
    if node is None:
        raise CatalogueError(file, 1, "the file is empty")
    return Place(file, node)
