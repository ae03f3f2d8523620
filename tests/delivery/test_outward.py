"""Calls to addresses that others chose never reach the operator's own network."""

import socket
from ipaddress import ip_address

import pytest

from pds.bank.outward import ForbiddenAddress, Outward, is_public, lookup
from tests.delivery.outside import callback_address


def names(*addresses):
    def resolve(_host, port):
        return [
            (
                socket.AF_INET6 if ":" in each else socket.AF_INET,
                (each, port, 0, 0) if ":" in each else (each, port),
            )
            for each in addresses
        ]

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
def test_addresses_that_are_not_public_are_refused(address):
    assert not is_public(ip_address(address))
    outward = Outward(is_local=False, resolve=names(address))
    with pytest.raises(ForbiddenAddress):
        outward.post("https://recipient.example/", b"x", "text/plain")


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_public_addresses_are_public(address):
    assert is_public(ip_address(address))


def test_one_private_address_among_public_ones_is_enough():
    outward = Outward(is_local=False, resolve=names("8.8.8.8", "10.0.0.1"))
    with pytest.raises(ForbiddenAddress):
        outward.post("https://recipient.example/", b"x", "text/plain")


@pytest.mark.parametrize(
    "url", ["http://recipient.example/", "https://[::1/", "gopher://x/", "x"]
)
def test_only_https_is_spoken(url):
    outward = Outward(is_local=False, resolve=names("8.8.8.8"))
    with pytest.raises(ForbiddenAddress):
        outward.post(url, b"x", "text/plain")


def test_plain_http_of_a_local_bank_stays_on_this_machine():
    outward = Outward(is_local=True, resolve=names("8.8.8.8"))
    with pytest.raises(ForbiddenAddress):
        outward.post("http://localhost/", b"x", "text/plain")


def test_a_name_without_an_address_is_not_reached():
    outward = Outward(is_local=True, resolve=names())
    with pytest.raises(OSError, match="address"):
        outward.post("http://localhost/", b"x", "text/plain")


def test_the_connection_goes_where_was_looked():
    """A second look-up of the name counts for nothing (DNS rebinding)."""
    with callback_address() as place:
        place.answer = lambda _signed: (200, "text/plain", b"here")
        port = int(place.url.split(":")[2].split("/")[0])
        asked = []

        def once(host, port):
            asked.append(host)
            return names("127.0.0.1")(host, port)

        outward = Outward(is_local=True, resolve=once)
        answer = outward.post(f"http://no.such.name:{port}/x?y=1", b"abc", "text/plain")
    assert (answer.status, answer.body) == (200, b"here")
    assert asked == ["no.such.name"]
    assert place.got == ["abc"]


def test_this_machine_has_a_name():
    assert {str(place[0]) for _family, place in lookup("localhost", 80)} <= {
        "127.0.0.1",
        "::1",
    }
