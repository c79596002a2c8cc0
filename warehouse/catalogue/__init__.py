"""Declared events: types, descriptions, personal-data class, entity keys and stages, one readable file per family."""

from functools import cache
from pathlib import Path

from .model import FACT_PLACES, PERSONAL, SHOWN_FACTS, TYPES, Catalogue, CatalogueError, Declared, Family, Process
from .normalize import normalized
from .reading import Place, open_file

__all__ = ["Catalogue", "CatalogueError", "Declared", "Family", "Process", "declared", "load", "normalized"]

_HERE = Path(__file__).parent


@cache
def load(folder: Path = _HERE) -> Catalogue:
    """Read and check every family in the folder; a mistake raises CatalogueError with file and line."""
    families: list[Family] = []
    taken: dict[str, Family] = {}
    for file in sorted(folder.glob("*.yaml")):
        root = open_file(file)
        family = _family(root)
        for name in (*family.namespaces, f"process {family.process.name}" if family.process else ""):
            if name and name in taken:
                root.refuse(f"{name} is declared in {taken[name].file.name} already")
            taken[name] = family
        families.append(family)
    return Catalogue(tuple(families))


def declared(event_name: str) -> dict[str, Declared]:
    """What is declared of the leaves of this event's data, by normalized path; empty for an unknown event."""
    family = load().family_of(event_name)
    if family is None:
        return {}
    return {normalized(root, path): field for path, field in family.fields.items() for root in family.roots}


def _family(place: Place) -> Family:
    """One file."""
    parts = place.mapping(("family", "description", "namespaces", "roots", "fields"), ("process",))
    family = Family(
        name=parts["family"].text(),
        description=parts["description"].text(),
        namespaces=parts["namespaces"].texts(),
        roots=parts["roots"].texts(),
        fields=parts["fields"].each(_field),
        process=_process(parts["process"]) if "process" in parts else None,
        file=place.file,
    )
    if "process" in parts:
        _keep_private(parts["process"], family)
    return family


def _keep_private(place: Place, family: Family) -> None:
    """Refuse a fact that would bring personal data into the views for people; an approver is made a code there."""
    facts = family.process.facts if family.process else {}
    classes = {normalized(root, path): field.personal for path, field in family.fields.items() for root in family.roots}
    for fact in sorted(SHOWN_FACTS & facts.keys()):
        for path in facts[fact]:
            if (personal := classes.get(normalized("$", path), "none")) != "none":
                place.refuse(f"`{fact}` is shown to people, and `{path}` is classified {personal}")


def _field(place: Place) -> Declared:
    """One leaf of data."""
    parts = place.mapping(("description",), ("type", "unit", "personal"))
    return Declared(
        type=parts["type"].one_of(TYPES) if "type" in parts else None,
        description=parts["description"].text(),
        unit=parts["unit"].text() if "unit" in parts else None,
        personal=parts["personal"].one_of(PERSONAL) if "personal" in parts else "personal",
    )


def _process(place: Place) -> Process:
    """The process of a family."""
    parts = place.mapping(("name", "stages", "facts"), ("ends", "targets", "expects"))
    stages = parts["stages"].each(Place.texts)
    _once(parts["stages"], stages)
    known = tuple(stages)
    facts = parts["facts"].mapping(("entity_id",), tuple(FACT_PLACES)[1:])
    for name, value in facts.items():
        if len(value.texts()) > FACT_PLACES[name]:
            value.refuse(f"`{name}` can be looked for in {FACT_PLACES[name]} places, not {len(value.texts())}")
    return Process(
        name=parts["name"].text(),
        stages=stages,
        facts={name: value.texts() for name, value in facts.items()},
        ends=_stages_of(parts["ends"], known) if "ends" in parts else (),
        targets={_stage(place, known, key): value.whole_number() for key, value in _items(parts, "targets")},
        expects={_stage(value, known, key): _stages_of(value, known) for key, value in _items(parts, "expects")},
    )


def _items(parts: dict[str, Place], name: str) -> list[tuple[str, Place]]:
    return list(parts[name].items()) if name in parts else []


def _stage(place: Place, known: tuple[str, ...], stage: str) -> str:
    """A stage this process has."""
    if stage not in known:
        place.refuse(f"`{stage}` is not a stage of this process; known: {', '.join(known)}")
    return stage


def _stages_of(place: Place, known: tuple[str, ...]) -> tuple[str, ...]:
    """Some stages this process has."""
    return tuple(_stage(place, known, stage) for stage in place.texts())


def _once(place: Place, stages: dict[str, tuple[str, ...]]) -> None:
    """Refuse a verb that stands for two stages."""
    seen: dict[str, str] = {}
    for stage, verbs in stages.items():
        for verb in verbs:
            if verb in seen:
                place.refuse(f"the verb `{verb}` stands for both {seen[verb]} and {stage}")
            seen[verb] = stage
