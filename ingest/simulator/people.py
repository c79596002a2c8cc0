"""Time off, engagements and payroll: the other processes a company's people cause."""

from random import Random

from .chance import ABSENCE_DECISION
from .clock import DAY, HOUR, iso, iso_date
from .names import ABSENCES, REASONS
from .steps import Step, Wording
from .world import Company, Person, World, text

_TOTALS = ("monthlyPayments", "allowances", "benefits", "bonuses", "addOns", "taxes", "trueUps", "oysterFees")
_TOTAL_SHARES = (100, 3, 6, 2, 1, 31, 0, 5)


class TimeOff:
    """Draws time off requests: submitted, approved or rejected, sometimes cancelled."""

    def __init__(self, random: Random, world: World) -> None:
        self._rnd = random.random
        self._world = world
        self._wording = Wording(random, "time_off_request", "timeOffRequestId")

    def draw(self, start: int, person: Person) -> list[Step]:
        """All steps of one new request."""
        rnd = self._rnd
        request_id, fixed = self._world.ids.next(), self._fixed(start, person)
        decided = start + ABSENCE_DECISION.at(rnd())
        verdict = "approved" if rnd() < 0.93 else "rejected"
        steps = [self._step(start, "submitted", request_id, fixed)]
        if rnd() < 0.97:
            steps.append(self._step(decided, verdict, request_id, fixed))
        if verdict == "approved" and rnd() < 0.06:
            steps.append(self._step(decided + DAY, "cancelled", request_id, fixed))
        return steps

    def _fixed(self, start: int, person: Person) -> str:
        """The part of the request that no step changes."""
        rnd = self._rnd
        first = start // DAY + 2 + int(rnd() * 60)
        length = 1 + int(rnd() * rnd() * 15)
        kind, reason = ABSENCES[int(rnd() * rnd() * 3)]
        half = length == 1 and rnd() < 0.3
        comment = ',"requesterComments":"Back on Monday — gracias"' if rnd() < 0.25 else ""
        last = ',"lastDayDuration":"FULL_DAY"' if length > 1 else ""
        return (
            f'"engagement":{person.in_time_off},"startDate":"{iso_date(first)}",'
            f'"endDate":"{iso_date(first + length - 1)}",'
            f'"firstDayDuration":"{"HALF_DAY" if half else "FULL_DAY"}"{last},'
            f'"type":"{kind}","reason":"{reason}"{comment},"periodInHours":{"4.5" if half else length * 8}'
        )

    def _step(self, at: int, verb: str, request_id: str, fixed: str) -> Step:
        name = f"time_off.time_off_request_{verb}"
        if self._rnd() < 0.35:
            return (at, name, self._wording.thin(request_id), None)
        why = f',"rejectionReason":{text(REASONS[1])}' if verb == "rejected" else ""
        return (at, name, f'{{"timeOffRequestId":"{request_id}",{fixed},"state":"{verb.upper()}"{why}}}', None)


class Engagements:
    """Draws the lives of engagements: hired, changed, ended."""

    def __init__(self, random: Random, world: World) -> None:
        self._rnd = random.random
        self._world = world
        self._wording = Wording(random, "engagement", "engagementId")

    def draw(self, start: int, person: Person) -> tuple[Person, list[Step]]:
        """A change of someone who is there already, or all steps of someone new; and who it is."""
        rnd = self._rnd
        if rnd() < 0.6:
            return person, [self._step(start, "updated", person, "IN_PROGRESS", "")]
        company = self._world.companies[int(rnd() * len(self._world.companies))]
        person = self._world.hire(company)
        steps = [self._step(start, "created", person, "DRAFT", "")]
        at = start
        for _ in range(int(rnd() * 3)):
            at += HOUR + int(rnd() * 20 * DAY)
            steps.append(self._step(at, "updated", person, "IN_PROGRESS", ""))
        if rnd() < 0.15:
            at += DAY + int(rnd() * 40 * DAY)
            ending = f'{{"state":"REQUESTED","proposedDate":"{iso_date(at // DAY + 30)}"}}'
            steps.append(self._step(at, "terminated", person, "TERMINATED", ending))
        return person, steps

    def _step(self, at: int, verb: str, person: Person, state: str, ending: str) -> Step:
        rnd = self._rnd
        name = f"engagements.engagement_{verb}"
        if rnd() < 0.2:
            return (at, name, self._wording.thin(person.engagement_id), None)
        employment = ""
        if person.kind == "EMPLOYMENT":
            employment = (
                f',"employment":{{"employmentId":"em{person.engagement_id}","fullLegalName":{text(person.name)},'
                f'"email":"person-{person.engagement_id}@example.com","employmentType":"FULL_TIME",'
                f'"salary":{{"decimal":"{person.money(person.salary)}","currencyCode":"{person.currency}"}}}}'
            )
        data = (
            f'{{"engagementId":"{person.engagement_id}","modifiedAt":"{iso(at)}","state":"{state}",{person.profile}'
            f'{employment},"benefitEnrollments":[{self._benefits(person)}],"terminations":[{ending}]}}'
        )
        return (at, name, data, None)

    def _benefits(self, person: Person) -> str:
        """Nought to two benefit enrollments."""
        plans = ("Health", "Pension")[: int(self._rnd() * 3)]
        return ",".join(
            f'{{"benefitEnrollmentId":"b{i}{person.engagement_id}","plan":{{"provider":"Example Mutual",'
            f'"descriptiveName":"{plan} plan, basic"}},"name":"{plan}","state":"ACTIVE"}}'
            for i, plan in enumerate(plans)
        )


class Payroll:
    """Draws payrolls, with one record for each of the people paid in one currency."""

    def __init__(self, random: Random, world: World) -> None:
        self._rnd = random.random
        self._world = world
        self._wording = Wording(random, "payroll", "payrollId")

    def draw(self, start: int, company: Company) -> list[Step]:
        """A payroll created, approved and paid."""
        rnd = self._rnd
        currency = company.people[int(rnd() * len(company.people))].currency
        people = [person for person in company.people if person.currency == currency]
        payroll_id = self._world.ids.next()
        records = ",".join([self._record(person, currency) for person in people])
        fixed = (
            f'"payrollId":"{payroll_id}","currencyCode":"{currency}","cutoffTimeForPayroll":"{iso(start + 5 * DAY)}",'
            f'"payrollRecordsCount":{len(people)},"records":[{records}]'
        )
        approved = start + HOUR + int(rnd() * 4 * DAY)
        marks = ((start, "created"), (approved, "approved"), (approved + DAY + int(rnd() * 3 * DAY), "paid"))
        return [self._step(at, verb, payroll_id, fixed) for at, verb in marks]

    def _step(self, at: int, verb: str, payroll_id: str, fixed: str) -> Step:
        name = f"payroll.payroll_{verb}"
        if self._rnd() < 0.5:
            return (at, name, self._wording.thin(payroll_id), None)
        return (at, name, f'{{{fixed},"state":"{verb.upper()}"}}', None)

    def _record(self, person: Person, currency: str) -> str:
        """What one person costs in one payroll: eight totals."""
        trued_up = int(self._rnd() * 20)
        totals = ",".join(
            f'"{name}TotalAmount":{{"decimal":"{person.money(person.salary * (share or trued_up) // 100)}",'
            f'"currencyCode":"{currency}"}}'
            for name, share in zip(_TOTALS, _TOTAL_SHARES, strict=True)
        )
        return (
            f'{{"engagementId":"{person.engagement_id}","currencyCode":"{currency}",{totals},"engagement":'
            f'{{"name":{text(person.name)},"cutoffMonthDay":{10 + trued_up},"engagementType":"{person.kind}"}}}}'
        )
