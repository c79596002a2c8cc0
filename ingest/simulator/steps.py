"""One step of a simulated process, and the ways a sender may word it."""

from random import Random

RichFact = tuple[str, str, str, str, int | None, int | None]
"""amount, currency, category, engagement_id, submitted and reviewed (milliseconds), as a rich payload tells them."""

ExpenseFact = tuple[str, str, RichFact | None]
"""expense_id, verb, and what the payload tells beyond the id."""

Step = tuple[int, str, str, ExpenseFact | None]
"""The sender's clock in milliseconds, event_name, `data` as JSON, and for expenses the fact."""

_OTHER_SPELLING = 0.05


class Wording:
    """How a notification spells the id of its entity: nothing of that is promised."""

    def __init__(self, random: Random, entity: str, id_key: str) -> None:
        self._rnd = random.random
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in id_key)
        self._usual = f'{{"{id_key}":"%s"}}'
        self._others = (
            f'{{"{snake}":"%s"}}',
            f'{{"{entity}":{{"{id_key}":"%s"}}}}',
            f'{{"{entity}":{{"id":"%s"}}}}',
            '{"id":"%s"}',
        )

    def thin(self, entity_id: str) -> str:
        """`data` that holds nothing but the id, now and then spelled or nested in another way."""
        share = self._rnd()
        template = self._usual if share >= _OTHER_SPELLING else self._others[int(share / _OTHER_SPELLING * 4)]
        return template % entity_id
