"""The country of what people claim and ask for: that of their engagement, by what events had told by then."""

import pytest

from tests.warehouse.given import at, warehouse


@pytest.mark.parametrize("first", ["wh_a", "wh_b"])
def test_of_countries_told_at_one_moment_the_later_id_counts(first: str) -> None:
    """Whatever was stored first: the order of events is that of their moments and ids."""
    countries = {"wh_a": "ES", "wh_b": "PT"}
    told_of = [
        f'engagements.engagement_created 9:00 id={id_} {{"engagementId": "n1", "countryCode": "{countries[id_]}"}}'
        for id_ in sorted(countries, reverse=first == "wh_b")
    ]
    con = warehouse(*told_of)
    assert con.execute("select country from core.engagement_countries(now())").fetchall() == [("PT",)]


MOVED = """
    engagements.engagement_created 9:00 {"engagementId": "n1", "countryCode": "ES"}
    submitted 10:00 {"id": "a", "engagement": {"engagementId": "n1"}}
    time_off.request_created 10:00:30 id=wh_told {"id": "r1", "engagement": {"engagementId": "n1", "countryCode": "DE"}}
    engagements.engagement_updated 11:00 {"engagementId": "n1", "countryCode": "PT"}
    engagements.engagement_updated 11:00:20 {"engagementId": "n1", "countryCode": "FR"}
    engagements.engagement_updated 11:00:40 id=wh_echo {"engagementId": "n1", "countryCode": "PT"}
"""
"""An engagement that moves from country to country; the last event says again what another said before."""


@pytest.mark.parametrize(
    "view",
    [
        "expense_approval_timeline where expense_id = 'a'", "process_timeline where entity_id = 'a'",
        "stage_log where entity_id = 'a'", "open_items where entity_id = 'a'", "spend_by_month",
    ],
)  # fmt: skip
def test_every_view_takes_the_country_from_the_engagement(view: str) -> None:
    """An expense that tells no country has that of the person's engagement, as the last event that is no echo told."""
    con = warehouse(MOVED)
    assert con.execute("select distinct country from analytics." + view).fetchall() == [("FR",)]


@pytest.mark.parametrize(("clock", "country"), [("10:00:10", "ES"), ("10:30", "DE"), ("11:00", "PT"), ("12:00", "FR")])
def test_the_country_as_of_a_moment_is_the_one_told_by_then(clock: str, country: str) -> None:
    """What other events tell of an engagement later is not told of a moment before, nor are holidays taken from it."""
    con = warehouse(MOVED)
    for macro in ("expenses_as_of(?) where expense_id", "open_items_as_of(?) where entity_id"):
        query = "select country from analytics." + macro + " = 'a'"
        assert con.execute(query, [at(clock)]).fetchall() == [(country,)]
