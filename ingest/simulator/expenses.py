"""The life of an expense claim: drafted, submitted, approved or declined, submitted again, paid, or deleted."""

from random import Random

from .chance import APPROVAL, DRAFTING, PAYMENT, payment_share
from .clock import DAY, HOUR, SECOND, iso, iso_date
from .names import CATEGORIES, COUNTRIES, REASONS
from .steps import ExpenseFact, Step, Wording
from .world import Person, World, decimal, text

Mark = tuple[int, str]
"""When something happened to an expense, and the verb that says what."""

_NEVER_SUBMITTED = 0.015
_DELETED_WHILE_PENDING = 0.015
_PAID = 0.97
_UNLOGGED = 0.016  # of those that were neither declined nor cut short: 1.3% of all
_SAME_SECOND = 0.001
_FOREIGN_RECEIPT = 0.12
_RICH = 0.72
_OTHER_NAMESPACE = 0.06


class Expenses:
    """Draws expense claims that take as long, and go round as often, as real ones were measured to."""

    def __init__(self, random: Random, world: World) -> None:
        self._random = random
        self._rnd = random.random
        self._world = world
        self._wording = Wording(random, "expense", "expenseId")

    def draw(self, start: int, person: Person) -> list[Step]:
        """All steps of one new expense of a person, from its creation at `start`."""
        marks = self._life(start)
        if self._rnd() < 0.02:
            marks.append((marks[len(marks) // 2][0] + 2 * SECOND, "flagged"))
            marks.sort()
        if self._rnd() < _UNLOGGED and not any(verb == "declined" for _, verb in marks) and len(marks) > 3:
            lost = ("submitted",) if self._rnd() < 0.5 else ("created", "updated", "submitted")
            return self._tell(marks, person, lost)
        return self._tell(marks, person, ())

    def _life(self, start: int) -> list[Mark]:
        """What happens to an expense, in order, with the submission first in mind: durations count from it."""
        rnd = self._rnd
        drafting = DRAFTING.at(rnd())
        marks = [(start, "created")]
        if rnd() < 0.55:
            marks.append((start + drafting // 2, "updated"))
        submitted = start + drafting
        fate = rnd()
        if fate < _NEVER_SUBMITTED:
            return [*marks, (submitted + DAY, "deleted")] if fate < _NEVER_SUBMITTED / 2 else marks
        if fate > 1 - _SAME_SECOND:
            submitted -= submitted % SECOND
            return [*marks, (submitted + SECOND, "submitted"), (submitted + SECOND + 999, "approved")]
        marks.append((submitted, "submitted"))
        share = rnd()
        decided = submitted + APPROVAL.at(share)
        if fate > 1 - _SAME_SECOND - _DELETED_WHILE_PENDING:
            return [*marks, (decided, "deleted")]
        if share > 0.3 and rnd() < 0.175:
            marks += self._rework(submitted, decided)
            if marks[-1][1] != "submitted":
                return marks
        marks.append((decided, "approved"))
        if rnd() < _PAID:
            paid = submitted + PAYMENT.at(payment_share(share, rnd()))
            marks.append((paid if paid > decided else decided + HOUR, "reimbursed"))
        return marks

    def _rework(self, submitted: int, decided: int) -> list[Mark]:
        """One to six rounds of decline and new submission before the decision; one claim in six is given up."""
        rnd = self._rnd
        rounds = 1
        while rounds < 6 and rnd() < 0.25:
            rounds += 1
        pace = (decided - submitted) // (2 * rounds + 1)
        marks: list[Mark] = []
        at = submitted
        for _ in range(rounds):
            declined = at + pace - int(pace * 0.6 * rnd())
            marks.append((declined, "declined"))
            at = declined + pace - int(pace * 0.6 * rnd())
            if rnd() < 0.7:
                marks.append(((declined + at) // 2, "updated"))
            marks.append((at, "submitted"))
        if rnd() < 1 / 6:
            while marks[-1][1] != "declined":
                marks.pop()
            if rnd() < 0.5:
                marks.append((marks[-1][0] + 3 * DAY, "deleted"))
        return marks

    def _tell(self, marks: list[Mark], person: Person, lost: tuple[str, ...]) -> list[Step]:
        """The steps that announce the marks, each with thin or rich data."""
        rnd, wording = self._rnd, self._wording
        paper = _Paper(self._random, self._world, person, marks[0][0])
        steps: list[Step] = []
        for at, verb in marks:
            paper.stamp(at, verb)
            if verb in lost:
                continue
            namespace = "expense" if rnd() < _OTHER_NAMESPACE else "expenses"
            rich = rnd() < _RICH
            data = paper.data(verb) if rich else wording.thin(paper.expense_id)
            fact = paper.fact(verb, rich=rich)
            steps.append((at, f"{namespace}.expense_{verb}", data, fact))
        return steps


class _Paper:
    """The expense object as Oyster's API would show it after each step."""

    __slots__ = ("_amount", "_category", "_cents", "_head", "_mid", "_person", "_review", "_rnd", "_tail", "expense_id")

    def __init__(self, random: Random, world: World, person: Person, created: int) -> None:
        self._rnd = rnd = random.random
        self._person = person
        share, i = rnd(), 0
        while CATEGORIES[i][1] <= share:
            i += 1
        self._category, _, low, high, names = CATEGORIES[i]
        luck = rnd()
        self._cents = low + int((high - low) * luck * luck * luck)
        self._amount = person.money(self._cents)
        self.expense_id = world.ids.next()
        incurred = iso_date(created // DAY - int(rnd() * 20))
        note = f'"description":{text(REASONS[int(rnd() * 5)])},' if rnd() < 0.2 else ""
        self._head = f'{{"expenseId":"{self.expense_id}","name":{text(names[int(rnd() * len(names))])},{note}"amount":'
        self._mid = f',"category":"{self._category}","incurredOn":"{incurred}"'
        self._tail = f'{self._receipt()},"engagement":{person.in_expense},"source":"OYSTER"}}'
        self._review: tuple[int | None, str, int | None] = (None, "UNREVIEWED", None)

    def _receipt(self) -> str:
        """The receipt's own amount, in another currency where someone paid abroad."""
        rnd, person = self._rnd, self._person
        amount, currency = self._amount, person.currency
        if rnd() < _FOREIGN_RECEIPT:
            _, currency, per_euro, has_cents = COUNTRIES[int(rnd() * len(COUNTRIES))]
            amount = decimal(self._cents * per_euro, has_cents=has_cents)
        link = f',"receiptUrl":"https://files.example.com/receipts/{self.expense_id}.pdf"' if rnd() < 0.8 else ""
        return f',"receiptAmount":{{"decimal":"{amount}","currencyCode":"{currency}"}}{link}'

    def stamp(self, at: int, verb: str) -> None:
        """Carry one step into the object: who reviewed when, and now and then another amount."""
        if verb == "submitted":
            self._review = (at, "UNREVIEWED", None)
        elif verb in {"approved", "declined"}:
            self._review = (self._review[0], verb.upper(), at)
        elif verb == "updated" and self._rnd() < 0.4:
            self._cents += 1 + int(self._cents * 0.3 * self._rnd())
            self._amount = self._person.money(self._cents)

    def data(self, verb: str) -> str:
        """The whole object as JSON; a decline gives its reason beside it."""
        submitted, state, reviewed = self._review
        when = f',"submittedAt":"{iso(submitted)}"' if submitted is not None else ""
        by = f',"reviewedAt":"{iso(reviewed)}"' if reviewed is not None else ""
        why = f',"reason":{text(REASONS[int(self._rnd() * 5)])}' if verb == "declined" else ""
        return (
            f'{self._head}{{"decimal":"{self._amount}","currencyCode":"{self._person.currency}"}}{self._mid}{when}'
            f',"reviewState":"{state}"{by}{why}{self._tail}'
        )

    def fact(self, verb: str, *, rich: bool) -> ExpenseFact:
        """What this step tells about the expense, for the ground truth."""
        if not rich:
            return (self.expense_id, verb, None)
        person, (submitted, _, reviewed) = self._person, self._review
        said = (self._amount, person.currency, self._category, person.engagement_id, submitted, reviewed)
        return (self.expense_id, verb, said)
