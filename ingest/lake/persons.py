"""Find what is about a person: deliveries in which a text, number or key is one of the values that name the person."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ingest.lake.bodies import Members, Steps, read, texts, written
from ingest.lake.finding import Look

ENVELOPE = frozenset({("event_name",), ("id",), ("company_id",)})
"""What the envelope says of itself names no person."""
PERSON = r"(engagement|employ|person|people|user|worker|contract|member)"
NAMES_A_PERSON = re.compile(rf"(?i).*\.({PERSON}\w*id|.*e-?mail)|{PERSON}\w*\.id")
"""The key of an object and a key in it, whose value tells who somebody is."""
NOTHING = Look(meant=False)


@dataclass(frozen=True)
class ByPerson:
    """The deliveries in which one of these values stands whole; of an e-mail address, in whatever capitals.

    Bodies that are no JSON match where they contain one.
    """

    values: frozenset[str]

    kind = "person"

    def look(self, key: str, body: bytes) -> Look:  # noqa: ARG002 - as the protocol has it
        """By every leaf and every key of the body, but for what the envelope says of itself."""
        if not self._may_hold(body):
            return NOTHING
        try:
            value = read(body)
        except (ValueError, RecursionError):
            lower = body.lower()
            return Look(any(form.lower() in lower for one in self.values for form in written(one)))
        return self._found(value)

    def _found(self, value: Any) -> Look:
        places, others, mentions = [], [], False
        for steps, text, owner in texts(value):
            if steps in ENVELOPE:
                continue
            if _folded(text) in self._folded:
                places.append(steps)
                others += self._beside(steps, owner)
            else:
                mentions = mentions or self._within.search(text) is not None
        return Look(bool(places), places, mentions, others)

    def _beside(self, steps: Steps, owner: Members | None) -> list[str]:
        """Values in the same object of `data` whose key says that they name a person too."""
        keys = [step for step in steps if step is not None]
        prefix = f"{keys[-2]}." if len(keys) > 1 else ""
        pairs = [(key, text) for key, text in owner or () if isinstance(text, str) and text and prefix]
        return [
            text for key, text in pairs if NAMES_A_PERSON.fullmatch(prefix + key) and _folded(text) not in self._folded
        ]

    def _may_hold(self, body: bytes) -> bool:
        """A quick look, which most bodies do not pass."""
        if b"\\" in body or b"\0" in body or not all(one.isascii() for one in self.values):
            return True
        lower = body.lower()
        return any(one in lower for one in self._lower)

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(map(_folded, self.values))

    @cached_property
    def _lower(self) -> tuple[bytes, ...]:
        return tuple(one.lower().encode() for one in self.values)

    @cached_property
    def _within(self) -> re.Pattern[str]:
        words = "|".join(re.escape(one) for one in sorted(self.values))
        return re.compile(rf"(?<![A-Za-z0-9_])(?:{words})(?![A-Za-z0-9_])", re.IGNORECASE)


def _folded(text: str) -> str:
    return text.casefold() if "@" in text else text
