import json
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pds.crypto.datakey import hkdf_expand
from pds.crypto.wrap import WrapPlace, unwrap
from pds.keys.checks import KNOWN_VALUE

VECTOR = Path(__file__).parents[1] / "vectors" / "envelope" / "known-value.json"


def test_the_known_value_is_the_one_that_is_written_down() -> None:
    case = {
        name: bytes.fromhex(value) if name not in ("kek_version", "name") else value
        for name, value in json.loads(VECTOR.read_text("utf-8")).items()
    }
    place = WrapPlace(bytes(16), 0, 0)
    kek = AESGCM(case["kek"])
    assert case["value"] == KNOWN_VALUE
    assert unwrap(kek, case["kek_version"], place, case["wrapped"]) == KNOWN_VALUE
    label = b"ib1/secret-check/" + case["name"].encode()
    assert hkdf_expand(case["secret"], label, 32) == case["secret_value"]
