"""What the catalogue says of a family of events: its fields and the process its events belong to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TYPES = ("VARCHAR", "BOOLEAN", "BIGINT", "DECIMAL(38,9)", "DATE", "TIMESTAMPTZ")
"""The types a field may be declared with; a field without a type is typed by observation."""

PERSONAL = ("none", "personal", "special")
"""Personal-data classes: none, identifies a person, special category. What nobody classified counts as personal."""

FACT_PLACES: Mapping[str, int] = {
    "entity_id": 8,
    "amount": 3,
    "currency": 3,
    "category": 3,
    "engagement_id": 6,
    "country": 3,
    "approver": 3,
    "submitted_at": 4,
    "reviewed_at": 4,
}
"""The facts a process may take from the data of its events, and in how many places each may be looked for."""

SHOWN_FACTS = frozenset({"amount", "currency", "category", "country"})
"""The facts that views for people show as they were told: none may come from a leaf that is classified personal."""


class CatalogueError(Exception):
    """A catalogue file says what the catalogue cannot hold."""

    def __init__(self, file: Path, line: int, problem: str) -> None:
        super().__init__(f"{file.name}, line {line}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared of one leaf of `data`."""

    type: str | None
    description: str
    unit: str | None
    personal: str


@dataclass(frozen=True, slots=True)
class Process:
    """How the events of a family move an entity through its stages."""

    name: str
    stages: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, tuple[str, ...]]
    ends: tuple[str, ...]
    targets: Mapping[str, int]
    expects: Mapping[str, tuple[str, ...]]

    @property
    def verbs(self) -> tuple[tuple[str, str], ...]:
        """Each stage with each of its verbs."""
        return tuple((stage, verb) for stage, verbs in self.stages.items() for verb in verbs)


@dataclass(frozen=True, slots=True)
class Family:
    """One family of events: the namespaces it lives in, where its object stands in `data`, and its fields."""

    name: str
    description: str
    namespaces: tuple[str, ...]
    roots: tuple[str, ...]
    fields: Mapping[str, Declared]
    process: Process | None
    file: Path


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All families."""

    families: tuple[Family, ...]

    @property
    def processes(self) -> tuple[tuple[Family, Process], ...]:
        """The families that are a process, with it."""
        return tuple((family, family.process) for family in self.families if family.process is not None)

    def family_of(self, event_name: str) -> Family | None:
        """The family in whose namespace the event is, if any."""
        namespace, dot, _ = event_name.partition(".")
        return next((family for family in self.families if dot and namespace in family.namespaces), None)
