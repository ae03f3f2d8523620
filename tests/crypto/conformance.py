"""What every key provider has to do, whoever holds the keys.

A test module of a provider gives a `Custody` as the fixture `custody` and takes these
tests in by a class of its own that inherits `ProviderConformance`.
"""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import create_engine, insert

from pds.core.database import metadata
from pds.crypto.errors import EnvelopeError, KeyProviderError
from pds.crypto.providers import KeyProvider, Wrapped
from pds.crypto.wrap import WRAP_SIZE, WrapPlace
from pds.keys import checks
from pds.keys.tables import kek_check, owner_key_wrap

PLACE = WrapPlace(b"o" * 16, 16, 1)
ELSEWHERE = (
    PLACE._replace(owner=b"p" * 16),
    PLACE._replace(key_class=17),
    PLACE._replace(generation=2),
)
SECRET = bytes(range(32))
NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Custody(ABC):
    """Where the keys of one bank lie, seen from outside the service."""

    @abstractmethod
    def open(self, *, may_create: bool = False) -> KeyProvider:
        """Open the keys as one more process would."""

    @abstractmethod
    def lose(self, version: int) -> None:
        """Let a version vanish, as an operator's mistake does."""

    def add(self) -> int:
        """Add a version the way that the operator does."""
        return self.open().add_version()

    def destroy(self, version: int) -> None:
        """Destroy a version the way that the operator does."""
        self.open().destroy_version(version)


def flipped(wrapped: Wrapped, at: int) -> Wrapped:
    blob = bytearray(wrapped.blob)
    blob[at] ^= 1
    return wrapped._replace(blob=bytes(blob))


class ProviderConformance:
    """The tests; nothing in them knows which provider it is."""

    def test_a_wrap_opens_at_its_place_in_every_process(self, custody: Custody) -> None:
        first = custody.open(may_create=True)
        wrapped = first.wrap(PLACE, SECRET)
        assert wrapped.kek_version == first.current_version
        assert len(wrapped.blob) == WRAP_SIZE
        assert SECRET not in wrapped.blob
        for provider in (first, custody.open()):
            assert provider.unwrap(PLACE, wrapped) == SECRET

    def test_two_wraps_of_one_secret_differ(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        assert provider.wrap(PLACE, SECRET).blob != provider.wrap(PLACE, SECRET).blob

    def test_an_older_version_wraps_its_known_value(self, custody: Custody) -> None:
        custody.open(may_create=True)
        newest = custody.add()
        provider = custody.open()
        for version in (1, newest):
            wrapped = provider.wrap_by(version, PLACE, SECRET)
            assert wrapped.kek_version == version
            assert provider.unwrap(PLACE, wrapped) == SECRET
        with pytest.raises(EnvelopeError):
            provider.wrap_by(newest + 1, PLACE, SECRET)

    def test_a_wrap_opens_at_no_other_place(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        wrapped = provider.wrap(PLACE, SECRET)
        for elsewhere in ELSEWHERE:
            with pytest.raises(EnvelopeError):
                provider.unwrap(elsewhere, wrapped)
            with pytest.raises(EnvelopeError):
                provider.rewrap_many([(PLACE, wrapped), (elsewhere, wrapped)])

    def test_a_damaged_wrap_does_not_open(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        wrapped = provider.wrap(PLACE, SECRET)
        damaged = [flipped(wrapped, at) for at in (0, 11, 12, 43, 44, 59)]
        blobs = (wrapped.blob[:-1], wrapped.blob + b"\0", b"", wrapped.blob[:12])
        damaged += [wrapped._replace(blob=blob) for blob in blobs]
        for bad in damaged:
            with pytest.raises(EnvelopeError, match=r"^Sealed bytes do not open\.$"):
                provider.unwrap(PLACE, bad)

    def test_an_unknown_algorithm_does_not_open(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        wrapped = provider.wrap(PLACE, SECRET)
        for alg in (0, 200):
            with pytest.raises(EnvelopeError):
                provider.unwrap(PLACE, wrapped._replace(alg=alg))

    def test_a_wrap_of_another_version_does_not_open(self, custody: Custody) -> None:
        first = custody.open(may_create=True).wrap(PLACE, SECRET)
        version = custody.add()
        provider = custody.open()
        second = provider.wrap(PLACE, SECRET)
        assert second.kek_version == version
        for bad in (
            first._replace(kek_version=version),
            second._replace(kek_version=first.kek_version),
            first._replace(kek_version=version + 1),
            first._replace(kek_version=0),
        ):
            with pytest.raises(EnvelopeError):
                provider.unwrap(PLACE, bad)

    def test_versions_grow_and_older_ones_still_open(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        wraps = [provider.wrap(PLACE, SECRET)]
        for _ in range(2):
            version = custody.add()
            assert version > wraps[-1].kek_version
            provider.refresh()
            assert provider.current_version == version == max(provider.versions)
            wraps.append(provider.wrap(PLACE, SECRET))
            assert wraps[-1].kek_version == version
        for wrapped in wraps:
            assert provider.unwrap(PLACE, wrapped) == SECRET

    def test_a_version_that_another_process_added_is_noticed(
        self, custody: Custody
    ) -> None:
        serving = custody.open(may_create=True)
        other = custody.open()
        version = custody.add()
        foreign = custody.open().wrap(PLACE, SECRET)
        assert foreign.kek_version == version
        # One process learns it by meeting the version, the other before it wraps.
        assert serving.unwrap(PLACE, foreign) == SECRET
        assert serving.current_version == version
        assert other.wrap(PLACE, SECRET).kek_version == version

    def test_many_are_rewrapped_at_their_places(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        places = [PLACE._replace(generation=n) for n in range(1, 6)]
        secrets = [bytes([n]) * 32 for n in range(5)]
        old = [provider.wrap(*pair) for pair in zip(places, secrets, strict=True)]
        version = custody.add()
        new = provider.rewrap_many(list(zip(places, old, strict=True)))
        assert {wrapped.kek_version for wrapped in new} == {version}
        opened = [provider.unwrap(*pair) for pair in zip(places, new, strict=True)]
        assert opened == secrets
        assert provider.rewrap_many([]) == []

    def test_a_destroyed_version_opens_nothing_any_more(self, custody: Custody) -> None:
        serving = custody.open(may_create=True)
        old = serving.wrap(PLACE, SECRET)
        custody.add()
        [new] = serving.rewrap_many([(PLACE, old)])
        custody.destroy(old.kek_version)
        serving.refresh()
        for provider in (serving, custody.open()):
            assert provider.versions == {new.kek_version}
            assert provider.unwrap(PLACE, new) == SECRET
            with pytest.raises(EnvelopeError):
                provider.unwrap(PLACE, old)

    def test_only_older_versions_are_destroyed_and_doing_it_twice_is_no_error(
        self, custody: Custody
    ) -> None:
        provider = custody.open(may_create=True)
        first = provider.current_version
        second = custody.add()
        provider.refresh()
        for wrong in (second, second + 1):
            with pytest.raises(KeyProviderError):
                provider.destroy_version(wrong)
        if provider.capabilities.destroys_versions:
            provider.destroy_version(first)
            provider.destroy_version(first)
            assert provider.versions == {second}
        else:
            with pytest.raises(KeyProviderError):
                provider.destroy_version(first)
            assert provider.versions == {first, second}

    def test_one_that_adds_no_versions_says_so(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        before = provider.versions
        if provider.capabilities.adds_versions:
            assert provider.add_version() == max(before) + 1
        else:
            with pytest.raises(KeyProviderError):
                provider.add_version()
            assert provider.versions == before

    def test_a_lost_version_refuses_the_start(self, custody: Custody) -> None:
        engine = create_engine("sqlite://")
        with engine.connect() as connection:
            metadata.create_all(connection, tables=[kek_check, owner_key_wrap])
            checks.check_provider(connection, custody.open(may_create=True), now=NOW)
            lost = custody.open().current_version
            wrapped = custody.open().wrap(WrapPlace(bytes(16), 1, 1), bytes(32))
            connection.execute(
                insert(owner_key_wrap).values(
                    {
                        "owner_id": UUID(int=0),
                        "class": 1,
                        "generation": 1,
                        "wrap_no": 0,
                        "alg": wrapped.alg,
                        "holder_kind": 0,
                        "kek_version": wrapped.kek_version,
                        "wrapped": wrapped.blob,
                    }
                )
            )
            custody.add()
            checks.check_provider(connection, custody.open(), now=NOW)
            assert checks.verify(connection, custody.open()) == 2
            custody.lose(lost)
            with pytest.raises(KeyProviderError, match=f"Version {lost} .* is missing"):
                checks.check_provider(connection, custody.open(), now=NOW)
        engine.dispose()

    def test_named_secrets_are_the_same_in_every_process(
        self, custody: Custody
    ) -> None:
        provider = custody.open(may_create=True)
        pepper = provider.named_secret("login-pepper", may_create=True)
        assert len(pepper) == 32
        assert provider.named_secret("cursor", may_create=True) != pepper
        for name in ("login-pepper", "cursor"):
            secret = provider.named_secret(name, may_create=True)
            again = custody.open().named_secret(name, may_create=False)
            assert again == secret
        with pytest.raises(KeyProviderError):
            provider.named_secret("nowhere", may_create=False)
        with pytest.raises(ValueError, match="lower-case"):
            provider.named_secret("../x", may_create=True)

    def test_it_says_what_it_is_and_shows_no_key(self, custody: Custody) -> None:
        provider = custody.open(may_create=True)
        assert provider.kind in ("file", "systemd", "pkcs11", "transit")
        assert provider.capabilities.is_remote == (
            provider.kind in ("pkcs11", "transit")
        )
        assert repr(provider).startswith(f"<{type(provider).__module__}")
