"""What test_verify plants in a warehouse: statements that damage it, each with the findings that name the damage."""

from __future__ import annotations


def number(at: int) -> str:
    return f"wh_{at:026d}"


CELLS = [
    ("paid", '"amount_decimal"', "10.11"),
    ("paid", '"amount_currencyCode"', "'USD'"),
    ("paid", '"paid"', "false"),
    ("paid", '"at"', "\"at\" + interval 1 microsecond"),
    ("paid", '"day"', "date '2026-02-01'"),
    ("paid", '"n"', "70"),
    ("paid", '"f"', "0.25"),
    ("paid", '"tags"', "['b', 'a']"),
    ("paid", '"x_y"', "'Z'"),
    ("paid", '"paid"', "null"),
    ("paid", '"tags"', "null"),
    ("paid", '"company_id"', "'XYZ'"),
    ("paid", '"received_at"', "\"received_at\" + interval 1 microsecond"),
    ("paid__items", '"sku"', "'s9'"),
    ("paid__items", '"position"', "9"),
    ("paid__items__parts", '"p"', "4"),
    ("paid__items__parts", '"parent_position"', "1"),
]  # fmt: skip

MOVED = (
    f"update expenses.paid__items set event_id = '{number(2)}', position = 0"
    f" where event_id = '{number(3)}' and position = 1"
)
TOO_MANY = "says that {} events of odd name came, {} are there and 0 were withdrawn; of a load there are more than came"
GAVE_WAY = "is said to have given way in a load that brought nothing in its place"
CONTRADICTS = "says what contradicts other rows, or the events"
ELSEWHERE = "a place of expenses.paid did not appear first in this event"
MORE_KINDS = "a place of expenses.paid never held all that it is said to have held"
UNCOMMENTED = "does not have the comment that nacre gives it"
NOT_KEPT = "is kept verbatim, but the body does not have it"
MISNAMED = "a misfit names another column than that of its path"
FOREIGN = "a misfit names expenses.paid, which is no table of its event and path"
DAMAGES: list[tuple[str, set[tuple[str, str | None, str | None, str | None]]]] = [
    (
        "update ops.columns set ordinal = 1 - ordinal where table_name = 'expense_submitted' and ordinal < 2",
        {
            ("is column 0, ops.columns says 1", None, "expenses.expense_submitted", "expenseId"),
            ("is column 1, ops.columns says 0", None, "expenses.expense_submitted", "amount_decimal"),
            ("does not lead to the columns of expenses.expense_submitted", None, "core.observed", None),
        },
    ),
    (
        "update core.flattened set load_no = load_no + 1 where event_name = 'odd name'",
        {("says that odd name holds loads up to 2, it was changed up to 1", None, "core.flattened", "load_no")},
    ),
    (
        "update core.observed set kinds = 2 where event_name = 'expenses.paid' and steps = ['n']",
        {
            ("does not lead to the columns of expenses.paid", None, "core.observed", None),
            ("a place of expenses.paid never held all that it is said to have held", number(0), "core.observed", None),
        },
    ),
    (
        "update core.observed set first_event_id = 'wh_none' where event_name = 'odd name'",
        {
            ("says that a place of odd name appeared first in no such event", "wh_none", "core.observed", None),
            ("a place of odd name did not appear first in this event", "wh_none", "core.observed", None),
            ("does not lead to the columns of odd name", None, "core.observed", None),
        },
    ),
    (
        "insert into core.flattened from core.flattened where event_name = 'odd name'",
        {("has an entry of odd name 2 times", None, "core.flattened", None)},
    ),
    (
        "insert into core.observed from core.observed where event_name = 'odd name'",
        {("has an entry of odd name 2 times", None, "core.observed", None)},
    ),
    (
        "insert into core.arrivals from core.arrivals where event_name = 'odd name'",
        {("has an entry of odd name 2 times", None, "core.arrivals", None)},
    ),
    (
        "update ops.segments set received_date = '2026-01-01' where kind = 'quarantine'",
        {("has the received_date 2026-09-21, the ledger says 2026-01-01", None, "ops.segments", "received_date")},
    ),
    (
        f"delete from expenses.paid where event_id = '{number(2)}'",
        {
            ("its row is missing", number(2), "expenses.paid", None),
            ("has 5 rows, ops.tables says 6", None, "expenses.paid", None),
            ("tells of 6 events of expenses.paid, the process has 5", None, "core.process_events", None),
            ("does not say what the typed row tells", number(2), "core.process_events", None),
        },
    ),
    (
        f"insert into expenses.paid select * from expenses.paid where event_id = '{number(2)}'",
        {
            ("its row is there twice", number(2), "expenses.paid", None),
            ("a row is there twice", number(2), "expenses.paid", None),
            ("has 7 rows, ops.tables says 6", None, "expenses.paid", None),
            ("tells of 6 events of expenses.paid, the process has 7", None, "core.process_events", None),
            ("does not say what the typed row tells", number(2), "core.process_events", None),
        },
    ),
    (
        "insert into expenses.paid (event_id) values ('wh_none')",
        {
            ("its row belongs to no event of this table", "wh_none", "expenses.paid", None),
            ("has 7 rows, ops.tables says 6", None, "expenses.paid", None),
            ("tells of 6 events of expenses.paid, the process has 7", None, "core.process_events", None),
        },
    ),
    (
        f"delete from expenses.paid__items where event_id = '{number(3)}' and position = 1",
        {
            ("its row 1 is missing", number(3), "expenses.paid__items", None),
            ("has 5 rows, ops.tables says 6", None, "expenses.paid__items", None),
        },
    ),
    (
        MOVED,
        {
            ("its row 1 is missing", number(3), "expenses.paid__items", None),
            ("its row 0 is not in the body", number(2), "expenses.paid__items", None),
        },
    ),
    (
        f"delete from ops.misfits where event_id = '{number(7)}'",
        {("its value is missing", number(7), "events.odd_name", None)},
    ),
    (
        f"""update ops.misfits set value = '"d"' where event_id = '{number(7)}'""",
        {
            ("its value is missing", number(7), "events.odd_name", None),
            ("is kept verbatim, but the body does not have it", number(7), "events.odd_name", None),
        },
    ),
    (
        "insert into ops.duplicates from ops.duplicates",
        {("delivered 6, but 7 events, duplicates and conflicts", None, None, None)},
    ),
    (
        "delete from ops.conflicts",
        {
            ("delivered 6, but 5 events, duplicates and conflicts", None, None, None),
            ("a delivery is neither event, nor duplicate, nor conflict with its data", number(1), None, None),
        },
    ),
    (
        "update ops.conflicts set winner_received_at = received_at",
        {("names another winner than the event that is there", number(1), "ops.conflicts", None)},
    ),
    (
        f"update core.event_store set company_id = 'XYZ' where event_id = '{number(8)}'",
        {
            ("differs from the body", number(8), "core.events", "company_id"),
            ("differs from the event", number(8), "events.odd_name", "company_id"),
        },
    ),
    (
        f"""update core.event_store set data = '{{"a":"b"}}' where event_id = '{number(8)}'""",
        {("differs from the body", number(8), "core.events", "data")},
    ),
    (
        f"insert into core.event_store select * from core.event_store where event_id = '{number(8)}'",
        {
            ("there are 2 events of this id", number(8), "core.events", None),
            (TOO_MANY.format(3, 4), None, "core.arrivals", None),
            ("delivered 6, but 7 events, duplicates and conflicts", None, None, None),
        },
    ),
    (
        "alter table expenses.paid drop column n",
        {
            ("is not there", None, "expenses.paid", "n"),
            *(("its value is missing", number(at), "expenses.paid", None) for at in range(6)),
        },
    ),
    (
        "drop table expenses.paid__items",
        {
            ("events of expenses.paid have no table", None, "expenses.paid__items", None),
            ("is not there", None, "expenses.paid__items", "sku"),
            ("is the table of an array in no table that can be looked at", None, "expenses.paid__items__parts", None),
            *(("its value is missing", number(at), "expenses.paid", None) for at in (1, 3, 5)),
        },
    ),
    (
        """insert into ops.duplicates select event_id, received_at, segment from ops.conflicts;
            delete from ops.conflicts""",
        {("a delivery is neither event, nor duplicate, nor conflict with its data", number(1), None, None)},
    ),
    ("update ops.conflicts set data = '3'", {("differs from the body", number(1), "ops.conflicts", "data")}),
    (
        "update ops.conflicts set event_name = 'x', company_id = 'x'",
        {("differs from the body", number(1), "ops.conflicts", column) for column in ("event_name", "company_id")},
    ),
    (
        "update ops.conflicts set body_hash = 1",
        {("a delivery is neither event, nor duplicate, nor conflict with its data", number(1), None, None)},
    ),
    (
        """update ops.quarantine set body = '{"', reason = 'x', received_at = received_at + interval 1 microsecond
            where quarantine_id = 'q-1'""",
        {("differs from the lake", "q-1", "ops.quarantine", column) for column in ("body", "reason", "received_at")},
    ),
    (
        "update ops.quarantine set detail = 'x'",
        {("differs from the lake", f"q-{at}", "ops.quarantine", "detail") for at in (1, 2)},
    ),
    (
        "update ops.quarantine set quarantine_id = 'q-3' where quarantine_id = 'q-1'",
        {("is not there", "q-1", "ops.quarantine", None)},
    ),
    (
        "update ops.misfits set column_name = null",
        {(MISNAMED, number(at), "ops.misfits", "column_name") for at in (6, 7, 8)},
    ),
    (
        f"update ops.misfits set table_name = 'paid', schema_name = 'expenses' where event_id = '{number(7)}'",
        {(FOREIGN, number(7), "ops.misfits", "table_name")},
    ),
    (
        "delete from core.process_events where event_name = 'expenses.paid'",
        {
            ("tells of 0 events of expenses.paid, the process has 6", None, "core.process_events", None),
            *(("does not say what the typed row tells", number(at), "core.process_events", None) for at in range(6)),
        },
    ),
    (
        "update core.process_events set amount = 12.6 where amount = 12.5",
        {("does not say what the typed row tells", number(at), "core.process_events", None) for at in (20, 21)},
    ),
    (
        "update core.process_events set event_name = 'odd name' where amount = 12.5",
        {
            ("tells of 0 events of expenses.expense_submitted, the process has 2", None, "core.process_events", None),
            ("tells of 2 events of odd name, the process has 0", None, "core.process_events", None),
            *(("does not say what the typed row tells", number(at), "core.process_events", None) for at in (20, 21)),
        },
    ),
    (
        "update core.process_events set is_echo = false, echo_of = null where amount = 12.5",
        {("is not marked as the echo that it is", number(at), "core.process_events", "echo_of") for at in (20, 21)},
    ),
    (
        f"update core.process_events set is_echo = true where event_id = '{number(20)}'",
        {("is not marked as the echo that it is", number(20), "core.process_events", "is_echo")},
    ),
    (
        f"update core.process_events set load_no = 9 where event_id = '{number(20)}'",
        {("does not say what the typed row tells", number(20), "core.process_events", None)},
    ),
    (
        f"update core.event_store set load_no = 9 where event_id = '{number(6)}'",
        {
            ("is of a load that brought no odd name", number(6), "core.event_store", "load_no"),
            (CONTRADICTS, None, "ops.segments", "load_no"),
        },
    ),
    (
        "insert into ops.segments from ops.segments limit 1",
        {("is in the ledger 2 times", None, "ops.segments", None)},
    ),
    (
        "update core.names set table_name = 'x' where event_name = 'odd name'",
        {("does not say what was first of odd name, or how its table is called", None, "core.names", None)},
    ),
    (
        f"update core.names set first_event_id = '{number(7)}' where event_name = 'odd name'",
        {("does not say what was first of odd name, or how its table is called", None, "core.names", None)},
    ),
    (
        "update ops.columns set origin = 'declared' where column_name = 'n'",
        {("is observed, ops.columns says otherwise", None, "expenses.paid", "n")},
    ),
    (
        f"update ops.columns set first_event_id = '{number(6)}' where column_name = 'n'",
        {
            ("appeared first in no such event", None, "expenses.paid", "n"),
            ("does not lead to the columns of expenses.paid", None, "core.observed", None),
        },
    ),
    (
        "update core.process_rules set ends = not ends",
        {("does not say what the catalogue says", None, "core.process_rules", None)},
    ),
    (
        "create or replace view analytics.pending_expenses as select 1 as x; drop view analytics.process_timeline",
        {
            ("is not the view that nacre makes", None, "analytics.pending_expenses", None),
            ("the view is not there", None, "analytics.process_timeline", None),
        },
    ),
    (
        "create or replace macro analytics.expenses_as_of(ts, known_at := null) as table select 1",
        {("is not the macro that nacre makes", None, "analytics.expenses_as_of", None)},
    ),
    (
        "create or replace view core.events as select * exclude (body_hash, load_no) from core.event_store limit 0",
        {("is not the view that nacre makes", None, "core.events", None)},
    ),
    (
        """create table mine as select 1 as x;
            create schema foo; create view foo.v as select 1; create macro core.f(x) as x""",
        {
            ("ops.tables does not know this table", None, "main.mine", None),
            ("nacre makes no such view", None, "foo.v", None),
            ("nacre makes no such macro", None, "core.f", None),
        },
    ),
    (
        "create table expenses.mine as select 1 as x",
        {("ops.tables does not know this table", None, "expenses.mine", None)},
    ),
    (
        f"""update ops.columns set first_event_id = '{number(3)}',
            first_received_at = first_received_at + interval 3 second where column_name = 'n'""",
        {("does not lead to the columns of expenses.paid", None, "core.observed", None)},
    ),
    (
        f"""update core.observed set first_event_id = '{number(2)}', first_received_at = first_received_at + 2000000
            where steps = ['n'];
            update ops.columns set first_event_id = '{number(2)}',
            first_received_at = first_received_at + interval 2 second where column_name = 'n'""",
        {
            (ELSEWHERE, number(2), "core.observed", None),
            ("does not lead to the columns of expenses.paid", None, "core.observed", None),
        },
    ),
    (
        "update core.observed set first_position = first_position + 1 where steps = ['items', null]",
        {(ELSEWHERE, number(1), "core.observed", None)},
    ),
    (
        "update core.observed set kinds = kinds | 2 where event_name = 'expenses.paid' and steps = ['x', 'y']",
        {(MORE_KINDS, number(1), "core.observed", None)},
    ),
    *(
        (
            f"insert into ops.misfits select '{number(7)}', 'events', 'odd_name', 'a', '$[''a'']', '{value}'",
            {(NOT_KEPT, number(7), "events.odd_name", None)},
        )
        for value in ("{}", "[]", "null")
    ),
    (
        "update core.arrivals set events = events + 1 where event_name = 'odd name'",
        {("says that 4 events of odd name came, 3 are there and 0 were withdrawn", None, "core.arrivals", None)},
    ),
    (
        "update core.arrivals set events = events - 1 where event_name = 'odd name'",
        {(TOO_MANY.format(2, 3), None, "core.arrivals", None)},
    ),
    (
        f"insert into core.withdrawn values ('{number(6)}', 'odd name', 1)",
        {("says that 3 events of odd name came, 3 are there and 1 were withdrawn", None, "core.arrivals", None)},
    ),
    (
        f"insert into core.withdrawn values ('{number(6)}', 'zz', 2)",
        {
            (GAVE_WAY, number(6), "core.withdrawn", "load_no"),
            ("is said to have been of another event_name than it was", number(6), "core.withdrawn", "event_name"),
            ("says that 0 events of zz came, 0 are there and 1 were withdrawn", None, "core.arrivals", None),
        },
    ),
    (
        "update ops.segments set detail = 'x' where kind = 'quarantine'",
        {(CONTRADICTS, None, "ops.segments", "detail")},
    ),
    (
        "update ops.segments set load_no = 1 where kind = 'quarantine'",
        {(CONTRADICTS, None, "ops.segments", "load_no"), (CONTRADICTS, None, "ops.segments", "loaded_at")},
    ),
    (
        "update ops.segments set loaded_at = loaded_at + interval 2 day where kind = 'quarantine'",
        {(CONTRADICTS, None, "ops.segments", "loaded_at")},
    ),
    (
        "update core.flattened set process = 'x' where event_name = 'expenses.paid'",
        {("does not say what the catalogue says of expenses.paid", None, "core.flattened", "process")},
    ),
    (
        """insert into core.unmarked values ('expenses.paid', -1);
            update core.process_events set is_echo = false, echo_of = null where amount = 12.5""",
        {("is not marked as the echo that it is", number(at), "core.process_events", "echo_of") for at in (20, 21)},
    ),
    (
        "insert into ops.objects values ('analytics.x', 'view', 'x')",
        {("does not say which views and macros nacre makes", None, "ops.objects", None)},
    ),
    (
        """comment on table expenses.paid is 'x'; comment on column core.names.table_name is 'x';
            comment on view analytics.stage_log is null""",
        {
            (UNCOMMENTED, None, "expenses.paid", None),
            (UNCOMMENTED, None, "core.names", "table_name"),
            (UNCOMMENTED, None, "analytics.stage_log", None),
        },
    ),
    (
        """create index i on core.arrivals (load_no); create sequence core.s;
            alter table expenses.paid alter column n set default 7""",
        {
            ("nacre makes no index: i", None, "core.arrivals", None),
            ("nacre makes no sequence", None, "core.s", None),
            ("nacre makes no default, and no generated column", None, "expenses.paid", "n"),
        },
    ),
]  # fmt: skip

BROKEN = [
    ('alter table expenses.paid drop column "company_id"', ("is not there", "expenses.paid", "company_id")),
    ('alter table expenses.paid drop column "event_id"', ("is not there", "expenses.paid", "event_id")),
    ("alter table expenses.paid__items drop column position", ("is not there", "expenses.paid__items", "position")),
    (
        "alter table expenses.paid__items__parts alter column parent_position type varchar",
        ("is of the type VARCHAR, not BIGINT", "expenses.paid__items__parts", "parent_position"),
    ),
    (
        "update ops.tables set event_name = 'zz' where table_name = 'paid__items'",
        ("is the table of an array in no table that can be looked at", "expenses.paid__items", None),
    ),
    (
        "update ops.tables set json_path = '$' where table_name = 'paid__items__parts'",
        ("is of the type BIGINT, but no key of this table", "expenses.paid__items__parts", "position"),
    ),
    (
        "update ops.tables set json_path = 'bad' where table_name = 'paid'",
        ("its json_path cannot be read", "expenses.paid", None),
    ),
    (
        "update ops.columns set json_path = 'bad' where column_name = 'n'",
        ("its json_path cannot be read", "expenses.paid", "n"),
    ),
    (
        "update core.flattened set declared = map{'bad': 'VARCHAR'} where event_name = 'expenses.paid'",
        ("its json_path cannot be read", "core.flattened", "declared"),
    ),
    ("update ops.misfits set json_path = 'bad'", ("is no JSON, or at no path", "ops.misfits", "value")),
    ("update ops.misfits set value = 'bad'", ("is no JSON, or at no path", "ops.misfits", "value")),
    (
        """alter table expenses.paid alter column n type interval using null;
            update ops.columns set data_type = 'INTERVAL' where column_name = 'n'""",
        ("is of the type INTERVAL, which no value of a body has", "expenses.paid", "n"),
    ),
    ("alter table ops.tables drop column json_path", ("is not there", "ops.tables", "json_path")),
    ("drop table ops.conflicts", ("is not there", "ops.conflicts", None)),
    (
        "alter table ops.segments alter column deliveries type varchar",
        ("is VARCHAR not null, nacre makes it BIGINT not null", "ops.segments", "deliveries"),
    ),
    (
        "alter table ops.misfits alter column event_id drop not null",
        ("is VARCHAR, nacre makes it VARCHAR not null", "ops.misfits", "event_id"),
    ),
    ("alter table ops.quarantine add column x integer", ("nacre makes no such column", "ops.quarantine", "x")),
    ("drop schema core cascade", ("is not there", "core.event_store", None)),
    (
        "update ops.segments set deliveries = 9223372036854775807",
        ("cannot be read: ConversionException", None, None),
    ),
    (
        "update expenses.paid__items set position = null",
        ("rows are missing or there twice: their positions are not 0, 1, 2…", "expenses.paid__items", None),
    ),
    (
        "update expenses.paid__items set position = 9223372036854775807",
        ("rows are missing or there twice: their positions are not 0, 1, 2…", "expenses.paid__items", None),
    ),
    ("update core.event_store set occurred_at = 'infinity'", ("differs from the body", "core.events", "occurred_at")),
    (
        "insert into core.written_by values ('x', 1)",
        ("was written by another version: the next build makes it anew", "core", None),
    ),
]  # fmt: skip
