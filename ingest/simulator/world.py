"""Who exists in a simulation: companies, their people, and the JSON fragments that say who someone is."""

import json
from dataclasses import dataclass, field
from functools import cache
from random import Random

from .clock import OpaqueIds, iso_date
from .names import COUNTRIES, DEPARTMENTS, FIRST, LAST, ROLES

COMPANY_SIZES = (160, 110, 80, 60, 45, 30, 20, 12)
ECHOING_COMPANY = 6
"""The company with two developer applications: each of its events is notified twice, under two ids."""

_SURNAME_LETTERS = "ABCDEFGHKLMNPRSTUVWXYZ"
_CENTS = [f".{cents:02d}" for cents in range(100)]


@cache
def text(value: str) -> str:
    """A JSON string, with its quotes, in plain UTF-8; of one of the few texts that a simulation draws from."""
    return json.dumps(value, ensure_ascii=False)


def decimal(hundredths: int, *, has_cents: bool) -> str:
    """An amount as a decimal text, without its cents in a currency that has none."""
    return f"{hundredths // 100}{_CENTS[hundredths % 100]}" if has_cents else str(hundredths // 100)


@dataclass(frozen=True, slots=True)
class Person:
    """One engagement of one company, with its fragments of JSON ready."""

    company_id: str
    echoes: bool
    engagement_id: str
    name: str
    kind: str
    country: str
    currency: str
    per_euro: int
    has_cents: bool
    salary: int
    in_expense: str
    in_time_off: str
    profile: str

    def money(self, cents: int) -> str:
        """An amount of this person's currency as a decimal text; `cents` are hundredths of a euro."""
        return decimal(cents * self.per_euro, has_cents=self.has_cents)


@dataclass(frozen=True, slots=True)
class Company:
    """A company and the people it engages."""

    company_id: str
    echoes: bool
    people: list[Person] = field(default_factory=list)


class World:
    """Companies and people, all of them functions of the seed."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.ids = OpaqueIds(random.getrandbits(40))
        self.companies: list[Company] = []
        for number, size in enumerate(COMPANY_SIZES):
            letters = "".join(_SURNAME_LETTERS[int(random.random() * len(_SURNAME_LETTERS))] for _ in range(3))
            company = Company(f"{letters}{1000 + number * 977 + int(random.random() * 900)}", number == ECHOING_COMPANY)
            company.people.extend(self.hire(company) for _ in range(size))
            self.companies.append(company)
        self.people = [person for company in self.companies for person in company.people]

    def hire(self, company: Company) -> Person:
        """A new person of a company."""
        rnd = self._random.random
        country, currency, per_euro, has_cents = COUNTRIES[int(rnd() * len(COUNTRIES))]
        first, last = FIRST[int(rnd() * len(FIRST))], LAST[int(rnd() * len(LAST))]
        kind = "EMPLOYMENT" if rnd() < 0.8 else "CONTRACT"
        engagement_id, name = self.ids.next(), f"{first} {last}"
        salary = 250_000 + int(rnd() * 700_000)
        return Person(
            company_id=company.company_id,
            echoes=company.echoes,
            engagement_id=engagement_id,
            name=name,
            kind=kind,
            country=country,
            currency=currency,
            per_euro=per_euro,
            has_cents=has_cents,
            salary=salary,
            in_expense=f'{{"engagementId":"{engagement_id}","name":{text(name)},"engagementType":"{kind}"}}',
            in_time_off=(
                f'{{"engagementId":"{engagement_id}","name":{text(name)},"type":"{kind}","countryCode":"{country}"}}'
            ),
            profile=self._profile(engagement_id, name, kind, country),
        )

    def _profile(self, engagement_id: str, name: str, kind: str, country: str) -> str:
        """The part of an engagement that does not change: role, personal details, employment or contract."""
        rnd = self._random.random
        started = iso_date(16_500 + int(rnd() * 3_800))
        born = iso_date(-4_000 + int(rnd() * 14_000))
        email = f"person-{engagement_id}@example.com"
        address = {"line1": f"{1 + int(rnd() * 200)} Example Street", "city": "Springfield", "countryCode": country}
        personal: dict[str, object] = {
            "name": name,
            "addresses": {"livingAddress": address} | ({"mailingAddress": address} if rnd() < 0.2 else {}),
            "citizenships": [country] if rnd() < 0.85 else [country, "MT"],
            "phoneNumbers": {"mobile": f"+000{int(rnd() * 1_000_000_000):09d}"},
        }
        if rnd() < 0.7:
            personal["dateOfBirth"] = born
        department = DEPARTMENTS[int(rnd() * len(DEPARTMENTS))]
        profile: dict[str, object] = {
            "startDate": started,
            "engagementType": kind,
            "role": ROLES[int(rnd() * len(ROLES))],
            "countryCode": country,
            "personalDetails": personal,
        }
        if kind == "CONTRACT":
            profile["contract"] = {"contractId": self.ids.next(), "name": name, "email": email, "billingType": "FIXED"}
        if rnd() < 0.6:
            words = {"departmentId": f"dep-{department.lower()}", "name": department, "description": f"{department} 部"}
            profile["department"] = words
        return json.dumps(profile, ensure_ascii=False, separators=(",", ":"))[1:-1]
