"""Every figure is produced, at tiny sizes; how large it is depends on the machine."""

import json
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from pds.cli.bench.command import (
    NAMES,
    QUICK,
    RESULT,
    bench_command,
    measure,
    measure_postgres,
)
from pds.cli.bench.curve import Point, picture
from pds.cli.bench.portal import shape_of
from pds.cli.bench.recipient import request
from pds.cli.bench.table import Figure, render
from pds.cli.bench.timing import percentile

FIGURES = {
    "page": {
        f"{what}_{size}_over_floor"
        for what in ("read", "page")
        for size in (1, 100, 1000)
    },
    "log": {
        "log_entries_per_s_1",
        "log_entries_per_s_16",
        "log_entries_per_s_64",
        "log_p99_ms_64",
        "log_entries_per_s_64_over_single_commit",
    },
    "disclosures": {"disclosures_per_s_64", "disclosures_per_s_64_p99"},
    "withdrawals": {"withdrawal_p99_ms", "withdrawal_later_releases"},
    "cohorts": {"cohort_records_per_s", "cohort_page_ms"},
    "engine": {"engine_decisions_per_s", "gate_over_token_lookup"},
    "imports": {"import_records_per_s"},
    "exports": {"export_records_per_s"},
    "keys": {"rewrap_keys_per_s", "rewrap_crypto_keys_per_s"},
    "portal": {"page_ms_max", "page_kb_max", "first_start_s", "first_journey_s"},
    "tree": {
        "proof_ms_2e3",
        "verify_s_2e3",
        "append_cost_2e3_over_1e3",
        "append_cpu_2e3_over_1e3",
        "append_pages_2e3_over_1e3",
        "merge_us_2e3",
    },
}


def test_every_bench_has_its_figures_named_here():
    assert {*FIGURES, "fetch"} == set(NAMES)


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_bench_gives_its_figures(name):
    found = measure(name, QUICK)
    assert {figure.name for figure in found} == FIGURES[name]
    nothing = {"withdrawal_later_releases"}
    assert {figure.name for figure in found if not figure.value} <= nothing


def test_the_log_on_postgresql_has_the_same_figures(postgres_server):
    found = measure_postgres(postgres_server, QUICK)
    assert {figure.name for figure in found} == {
        f"{name}_pg" for name in FIGURES["log"]
    }
    assert all(figure.value > 0 for figure in found)


def test_fetches_over_http_give_a_ratio_and_no_errors():
    found = {figure.name: figure for figure in measure("fetch", QUICK)}
    assert set(found) == {
        "fetch_over_core_select",
        "fetch_p99_at_16",
        "fetch_errors_at_64",
    }
    assert found["fetch_over_core_select"].ratio > 0
    assert "; 0 errors" in found["fetch_over_core_select"].against
    assert found["fetch_errors_at_64"].value == 0


def test_the_command_writes_what_it_prints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(bench_command, ["--only", "imports", "--quick"])
    assert done.exit_code == 0, done.output
    written = json.loads((tmp_path / RESULT).read_text())
    assert [set(each) for each in written] == [
        {"name", "value", "unit", "against", "ratio"}
    ]
    assert written[0]["name"] == "import_records_per_s"
    assert "import_records_per_s" in done.output


def test_the_table_shows_a_ratio_where_there_is_one():
    shown = render([Figure("a", 2.0, "ms", "b", 0.5), Figure("c", 1234.5, "1/s")])
    assert [line.split() for line in shown.splitlines()] == [
        ["name", "value", "unit", "ratio", "against"],
        ["a", "2.00", "ms", "0.50", "b"],
        ["c", "1,234.50", "1/s"],
    ]


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/data?category=health.lab&after=x", "/data?after&category"),
        ("/data/records/01a209f1-0000-7000-8000-000000000000", "/data/records/*?"),
        ("/disclosures/1-20", "/disclosures/*?"),
        ("/operator/recipients/new", "/operator/recipients/new?"),
    ],
)
def test_pages_that_differ_in_an_id_are_of_one_shape(path, shape):
    assert shape_of(path) == shape


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.99, 4), (1.0, 4)])
def test_a_percentile_is_one_of_the_values(share, expected):
    assert percentile([3, 1, 4, 2], share) == expected


def test_a_request_ends_where_http_says():
    assert request("/x", {"A": "b"}) == (
        b"GET /x HTTP/1.1\r\nHost: localhost\r\nA: b\r\n\r\n"
    )


POINTS = [Point(1000, 1.0, 1.0, 1.0), Point(10_000, 1.2, 1.1, 1.05)]


def test_the_curve_is_a_picture_of_its_points():
    drawn = picture(POINTS)

    assert ET.fromstring(drawn).tag.endswith("svg")
    assert drawn.count("10^") == 2
    assert drawn.count("<polyline") == 3
    assert 'points="60.0,' in drawn


def test_the_curve_is_told_in_words():
    drawn = ET.fromstring(picture(POINTS))

    told = [each.text for each in drawn if each.tag.endswith("}desc")]
    first = "1,000 leaves: time 1.00, processor 1.00, pages 1.00"
    assert told == [
        f"{first}; 10,000 leaves: time 1.20, processor 1.10, pages 1.05",
    ]
    named = {each.get("id") for each in drawn}
    assert set(drawn.get("aria-labelledby").split()) <= named
