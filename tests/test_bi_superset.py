"""Apache Superset, installed in an environment of its own, charts a view of the published file."""

import json
import os
import re
import select
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.services import free_port
from tests.bi_environments import environment
from tests.bi_page import block, warehouse_at

pytestmark = [pytest.mark.long, pytest.mark.bi, pytest.mark.timeout(1800)]

ENTRY = "Apache Superset"
CONFIG = """
SECRET_KEY = "only-for-this-test-0123456789abcdefghijklmnopqrstuvwxyz"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""
SETUP = (
    "db upgrade",
    "fab create-admin --username admin --firstname Ad --lastname Min --email admin@example.com --password admin",
    "init",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/warehouse.duckdb in it: three expenses."""
    found = tmp_path_factory.mktemp("superset")
    warehouse_at(found / "data", 3)
    return found


@pytest.fixture(scope="module")
def superset(folder: Path) -> Iterator[httpx.Client]:
    """A client of a Superset that has nothing in it, signed in."""
    requirements = re.findall(r"'([^']+)'", block(ENTRY, "sh"))
    bin_, port = environment(*requirements), free_port()
    (folder / "superset_config.py").write_text(CONFIG.format(folder=folder))
    values = {
        **os.environ, "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"), "SUPERSET_HOME": str(folder),
        "FLASK_APP": "superset",
    }  # fmt: skip
    with ExitStack() as stack:
        log = stack.enter_context((folder / "superset.log").open("wb"))
        told = {"env": values, "cwd": folder, "stdout": log, "stderr": log}
        for line in SETUP:
            subprocess.run([bin_ / "superset", *shlex.split(line)], check=True, **told)
        process = stack.enter_context(subprocess.Popen([bin_ / "superset", "run", "-p", str(port)], **told))
        stack.callback(process.terminate)
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=120))
        until_ready(process, f"http://127.0.0.1:{port}/health")
        who = {"username": "admin", "password": "admin", "provider": "db"}
        client.headers["authorization"] = f"Bearer {posted(client, '/security/login', who)['access_token']}"
        yield client


def until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 120
    while True:
        assert (process.poll(), time.monotonic() < deadline) == (None, True)
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            select.select([], [], [], 0.2)


def posted(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


def test_superset_charts_a_view(superset: httpx.Client, folder: Path) -> None:
    """By the page's URI: a database, a dataset with our words, a chart, its data, and the next publication's."""
    uri = f"duckdb:///{folder}/data/warehouse.duckdb"
    extra = json.dumps({"engine_params": json.loads(block(ENTRY, "json"))})
    database = posted(superset, "/database/", {"database_name": "nacre", "sqlalchemy_uri": uri, "extra": extra})["id"]
    table = {"database": database, "schema": "analytics", "table_name": "expense_approval_timeline"}
    dataset = posted(superset, "/dataset/", table)
    words = {one["column_name"]: one["description"] for one in dataset["data"]["columns"]}
    counted = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "expenses"}
    week = {"columnType": "BASE_AXIS", "expressionType": "SQL", "label": "week", "sqlExpression": "created_at",
            "timeGrain": "P1W"}  # fmt: skip
    query = {
        "datasource": {"id": dataset["id"], "type": "table"},
        "queries": [{"columns": [week, "stage"], "metrics": [counted], "row_limit": 10}],
    }
    chart = {
        "slice_name": "Expenses by week", "viz_type": "table", "datasource_id": dataset["id"],
        "datasource_type": "table", "params": "{}", "query_context": json.dumps({**query, "form_data": {}}),
    }  # fmt: skip
    number = posted(superset, "/chart/", chart)["id"]
    shown = superset.get(f"/chart/{number}/data/").json()["result"][0]["data"]
    warehouse_at(folder / "data", 4)
    later = superset.get(f"/chart/{number}/data/", params={"force": "true"}).json()["result"][0]["data"]
    assert [[(row["stage"], row["expenses"]) for row in rows] for rows in (shown, later)] == [
        [("created", 3)], [("created", 4)],
    ]  # fmt: skip
    assert words["company_id"] == "Oyster's id of the company."


def test_superset_cannot_write(superset: httpx.Client, folder: Path) -> None:
    """What the page says of read_only holds also for SQL Lab, where anything may be typed."""
    uri = f"duckdb:///{folder}/data/warehouse.duckdb"
    extra = json.dumps({"engine_params": json.loads(block(ENTRY, "json"))})
    body = {"database_name": "lab", "sqlalchemy_uri": uri, "extra": extra, "allow_dml": True}
    database = posted(superset, "/database/", body)["id"]
    answer = superset.post("/sqllab/execute/", json={"database_id": database, "sql": "create table own (a int)"})
    assert ("read-only" in answer.text, answer.is_error) == (True, True)
