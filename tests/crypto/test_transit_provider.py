import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import create_engine

from pds.core.database import metadata
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers.key_server import KeyServer
from pds.crypto.providers.transit import TransitKeyProvider
from pds.crypto.wrap import ALG_TRANSIT, WrapPlace, place_context
from pds.keys import checks
from pds.keys.tables import kek_check, owner_key_wrap
from tests.crypto.conformance import (
    NOW,
    PLACE,
    SECRET,
    Custody,
    ProviderConformance,
    Wrapped,
)
from tests.crypto.transit_server import TOKEN, URL, TransitServer, TroubleError, derived

VECTORS = Path(__file__).parents[1] / "vectors" / "envelope"


class Moments:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Vault(Custody):
    def __init__(self, server: TransitServer, token: Path) -> None:
        self.server = server
        self.token = token
        self.moments = Moments()

    def open(self, *, may_create: bool = False) -> TransitKeyProvider:
        return TransitKeyProvider(
            KeyServer(URL, self.token, namespace="", monotonic=self.moments),
            mount="transit",
            key="infobank",
            secrets="secret/infobank",
            may_create=may_create,
        )

    def lose(self, version: int) -> None:
        self.server.least = version + 1


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o400)
    return path


@pytest.fixture
def vault(token: Path) -> Iterator[Vault]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield Vault(TransitServer(mocked), token)


class TestTransit(ProviderConformance):
    @pytest.fixture
    def custody(self, vault: Vault) -> Vault:
        return vault


def test_the_vector_opens_and_shows_what_the_server_sees(vault: Vault) -> None:
    case = json.loads((VECTORS / "wrap-transit.json").read_text("utf-8"))
    place = WrapPlace(bytes.fromhex(case["owner"]), case["class"], case["generation"])
    key, blob = bytes.fromhex(case["kek"]), bytes.fromhex(case["wrapped"])
    context, nonce = place_context(place), bytes.fromhex(case["nonce"])
    assert context.hex() == case["context"]
    made = derived(key, context).encrypt(nonce, bytes.fromhex(case["key"]), None)
    assert nonce + made == blob
    provider = vault.open(may_create=True)
    while max(vault.server.keys) < case["kek_version"]:
        vault.server.rotate()
    vault.server.keys[case["kek_version"]] = key
    wrapped = Wrapped(case["alg"], case["kek_version"], blob)
    assert provider.unwrap(place, wrapped).hex() == case["key"]
    sent = json.loads(vault.server.requests[-1].body or "")
    assert sent["ciphertext"] == case["ciphertext"]
    assert base64.b64decode(sent["context"]) == context


def test_the_token_travels_in_its_header_alone(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    provider.unwrap(PLACE, provider.wrap(PLACE, SECRET))
    for request in vault.server.requests:
        assert request.headers["X-Vault-Token"] == TOKEN
        assert TOKEN not in str(request.url) + str(request.body)


def test_a_namespace_is_named(vault: Vault) -> None:
    vault.server.rotate()
    KeyServer(URL, vault.token, namespace="bank/a").get("transit/keys/infobank")
    assert vault.server.requests[-1].headers["X-Vault-Namespace"] == "bank/a"


def test_secrets_do_not_pass_by_here_when_they_are_rewrapped(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    wraps = [(PLACE, provider.wrap(PLACE, SECRET)) for _ in range(3)]
    provider.add_version()
    vault.server.requests.clear()
    provider.rewrap_many(wraps)
    [request] = vault.server.requests
    assert str(request.url).endswith("/transit/rewrap/infobank")
    assert base64.b64encode(SECRET) not in (request.body or b"")


def test_large_batches_are_sent_in_parts(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pds.crypto.providers.transit._BATCH", 2)
    provider = vault.open(may_create=True)
    wraps = [(PLACE, provider.wrap(PLACE, SECRET)) for _ in range(5)]
    vault.server.requests.clear()
    assert len(provider.rewrap_many(wraps)) == 5
    assert len(vault.server.requests) == 3


def test_a_version_that_the_server_made_itself_is_noticed(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    old = provider.wrap(PLACE, SECRET)
    vault.server.rotate()
    assert provider.rewrap_many([(PLACE, old)])[0].kek_version == 2
    assert provider.versions == {1, 2}
    vault.server.rotate()
    assert provider.wrap(PLACE, SECRET).kek_version == 3
    assert provider.current_version == 3


def test_versions_are_deleted_from_below_and_once(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    for _ in range(3):
        provider.add_version()
    with pytest.raises(KeyProviderError, match="first destroy version 1"):
        provider.destroy_version(2)
    for version in (1, 2, 1):
        provider.destroy_version(version)
    assert set(vault.server.keys) == provider.versions == {3, 4}
    # A crash between the limit and the deletion: the same call ends it.
    vault.server.least = vault.server.least_encrypting = 4
    provider.destroy_version(3)
    assert set(vault.server.keys) == {4}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"derived": False}, "derived"),
        ({"type": "chacha20-poly1305"}, "aes256-gcm96"),
        ({"convergent_encryption": True}, "convergent"),
        ({"exportable": True}, "exported"),
        ({"allow_plaintext_backup": True}, "backed up in clear"),
        ({"latest_version": "two"}, "not one of a transit engine"),
        ({"keys": None}, "not one of a transit engine"),
        ({"latest_version": 9}, "not one of a transit engine"),
    ],
)
def test_a_key_that_is_not_what_it_must_be_refuses_the_start(
    vault: Vault, changes: dict[str, Any], said: str
) -> None:
    vault.open(may_create=True)
    vault.server.changes = changes
    with pytest.raises(KeyProviderError, match=said):
        vault.open()


def test_a_missing_key_is_never_replaced(vault: Vault) -> None:
    with pytest.raises(KeyProviderError, match="no transit key infobank"):
        vault.open()
    provider = vault.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    vault.server.keys.clear()
    for act in (
        lambda: provider.unwrap(PLACE, wrapped),
        lambda: provider.rewrap_many([(PLACE, wrapped)]),
        lambda: provider.wrap(PLACE, SECRET),
        vault.open,
    ):
        with pytest.raises(KeyProviderError):
            act()
    assert not vault.server.keys


TROUBLES = [
    (TroubleError(503, "Vault is sealed"), "sealed"),
    (TroubleError(500, "internal error"), "status 500"),
    (TroubleError(429), "status 429"),
    (TroubleError(307), "status 307"),
    (TroubleError(403, "permission denied"), "refuses the token"),
    (requests.ConnectTimeout("secret.example"), r"does not answer \(ConnectTimeout"),
    (requests.ReadTimeout("secret.example"), r"does not answer \(ReadTimeout"),
    (requests.exceptions.SSLError("x"), r"does not answer \(SSLError"),
    (requests.ConnectionError("x"), r"does not answer \(ConnectionError"),
]


@pytest.mark.parametrize(("trouble", "said"), TROUBLES)
def test_a_server_in_trouble_fails_closed(
    vault: Vault, trouble: Exception, said: str
) -> None:
    provider = vault.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    acts: list[Callable[[], object]] = [
        lambda: provider.unwrap(PLACE, wrapped),
        lambda: provider.wrap(PLACE, SECRET),
        lambda: provider.rewrap_many([(PLACE, wrapped)]),
        provider.refresh,
        provider.add_version,
        lambda: provider.named_secret("cursor", may_create=True),
        vault.open,
    ]
    vault.server.trouble = trouble
    for act in acts:
        vault.moments.seconds += 100
        with pytest.raises(KeyProviderError, match=said) as caught:
            act()
        assert "example" not in str(caught.value)
    vault.server.trouble = None
    vault.moments.seconds += 100
    assert provider.unwrap(PLACE, wrapped) == SECRET


def test_after_silence_nobody_waits_for_a_while(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    vault.server.trouble = requests.ReadTimeout()
    with pytest.raises(KeyProviderError, match="ReadTimeout"):
        provider.wrap(PLACE, SECRET)
    asked = len(vault.server.requests)
    vault.moments.seconds += 4.9
    with pytest.raises(KeyProviderError, match="a moment ago"):
        provider.wrap(PLACE, SECRET)
    assert len(vault.server.requests) == asked
    vault.server.trouble = None
    vault.moments.seconds += 0.2
    assert provider.wrap(PLACE, SECRET)


def test_a_renewed_token_is_read_from_its_file(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    vault.server.token = "hvs.renewed"
    with pytest.raises(KeyProviderError, match="refuses the token"):
        provider.wrap(PLACE, SECRET)
    vault.token.chmod(0o600)
    vault.token.write_text("hvs.renewed")
    assert provider.wrap(PLACE, SECRET)


@pytest.mark.parametrize("content", [b"", b"\n", b"a b", b"\xff", b"a\x00b"])
def test_a_file_without_a_token_refuses_the_start(vault: Vault, content: bytes) -> None:
    vault.token.chmod(0o600)
    vault.token.write_bytes(content)
    with pytest.raises(KeyProviderError, match="holds no token"):
        vault.open()


def test_a_token_for_everybody_refuses_the_start(vault: Vault) -> None:
    vault.token.chmod(0o644)
    with pytest.raises(KeyProviderError, match="loose permissions"):
        vault.open()
    vault.token.unlink()
    with pytest.raises(KeyProviderError, match="holds no token"):
        vault.open()


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        ("encrypt", {"ciphertext": "vault:v1:" + "A" * 76}),
        ("encrypt", {"ciphertext": "vault:vx:" + "A" * 80}),
        ("encrypt", {"ciphertext": "vault:v1:!" + "A" * 79}),
        ("encrypt", {}),
        ("decrypt", {"plaintext": "c2hvcnQ="}),
        ("decrypt", {"plaintext": "!"}),
        ("decrypt", {}),
        ("rewrap", {}),
        ("rewrap", {"batch_results": []}),
        ("rewrap", {"batch_results": [1]}),
        ("rewrap", {"batch_results": [{}]}),
    ],
)
def test_a_senseless_answer_is_no_key(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, act: str, answer: dict[str, Any]
) -> None:
    provider = vault.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    monkeypatch.setattr(vault.server, f"_{act}", lambda _body: answer)
    with pytest.raises(KeyProviderError, match="not one of a transit engine"):
        {
            "encrypt": lambda: provider.wrap(PLACE, SECRET),
            "decrypt": lambda: provider.unwrap(PLACE, wrapped),
            "rewrap": lambda: provider.rewrap_many([(PLACE, wrapped)]),
        }[act]()


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"data": 1}', "{}"])
def test_an_answer_that_is_no_answer_is_refused(token: Path, text: str) -> None:
    with responses.RequestsMock() as mocked:
        mocked.get(f"{URL}/v1/a", body=text)
        mocked.post(f"{URL}/v1/a", body=text, status=400)
        server = KeyServer(URL, token)
        with pytest.raises(KeyProviderError, match="cannot be read"):
            server.get("a")
        with pytest.raises(KeyProviderError, match="refuses a request"):
            server.post("a", {})


def test_an_engine_that_is_not_mounted_is_named(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    vault.server.trouble = TroubleError(404)
    with pytest.raises(KeyProviderError, match="mounted"):
        provider.wrap(PLACE, SECRET)


def test_a_secret_that_another_process_makes_at_once_is_the_secret(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, other = vault.open(may_create=True), vault.open()
    real = provider._create_secret

    def late(path: str) -> None:
        other.named_secret("cursor", may_create=True)
        real(path)

    monkeypatch.setattr(provider, "_create_secret", late)
    secret = provider.named_secret("cursor", may_create=True)
    assert secret == other.named_secret("cursor", may_create=False)


def test_a_secret_that_cannot_be_written_is_none(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    vault.server.secrets["data/infobank/cursor"] = {"value": "c2hvcnQ="}
    with pytest.raises(KeyProviderError, match="not one of a transit engine"):
        provider.named_secret("cursor", may_create=True)

    def refuse(*_args: object) -> object:
        raise (
            TroubleError(404)
            if vault.server.requests[-1].method == "GET"
            else TroubleError(400)
        )

    vault.server._secret = refuse  # type: ignore[method-assign]
    with pytest.raises(KeyProviderError, match="refuses a request"):
        provider.named_secret("other", may_create=True)


def test_what_no_server_wrapped_is_not_even_sent(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    wrapped = provider.wrap(PLACE, SECRET)
    vault.server.requests.clear()
    for bad in (
        wrapped._replace(kek_version=0),
        wrapped._replace(alg=1),
        wrapped._replace(blob=b"x"),
    ):
        with pytest.raises(EnvelopeError):
            provider.unwrap(PLACE, bad)
        with pytest.raises(EnvelopeError):
            provider.rewrap_many([(PLACE, bad)])
    assert not vault.server.requests
    assert wrapped.alg == ALG_TRANSIT


def test_a_wrap_is_what_gcm_makes_under_the_key_of_its_place(vault: Vault) -> None:
    provider = vault.open(may_create=True)
    blob = provider.wrap(PLACE, SECRET).blob
    cipher: AESGCM = derived(vault.server.keys[1], place_context(PLACE))
    assert cipher.decrypt(blob[:12], blob[12:], None) == SECRET


def test_a_version_that_may_only_decrypt_is_noted_without_a_known_value(
    vault: Vault,
) -> None:
    provider = vault.open(may_create=True)
    provider.add_version()
    vault.server.least_encrypting = 2
    with pytest.raises(EnvelopeError):
        provider.wrap_by(1, PLACE, SECRET)
    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=[kek_check, owner_key_wrap])
    with engine.begin() as connection:
        for _ in range(2):
            checks.check_provider(connection, provider, now=NOW)
        assert checks.verify(connection, provider) == 1
        assert checks.unnoted(connection, provider.versions) == []
