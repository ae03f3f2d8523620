"""Ed25519 verification after RFC 8032 section 5.1.7, in pure Python.

For auditors who have nothing but Python; about two milliseconds a signature. It works
on public values only, so it need not run in constant time. Points are in the extended
coordinates of section 5.1.4. A key of small order, under which anybody can sign, is
refused.
"""

from hashlib import sha512
from typing import TypeAlias

from audit.errors import VerificationError

KEY_SIZE = 32
SIGNATURE_SIZE = 64

_Point: TypeAlias = tuple[int, int, int, int]

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_2D = 2 * _D % _P
_SQRT_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_NEUTRAL: _Point = (0, 1, 1, 0)
_WINDOW = 4


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check a signature.

    Raises:
        VerificationError: the key or the signature is malformed, or does not match.
    """
    sizes = [(public_key, KEY_SIZE), (signature, SIGNATURE_SIZE)]
    if any(type(each) is not bytes or len(each) != size for each, size in sizes):
        raise VerificationError("An Ed25519 key or signature has the wrong size.")
    point = _decode(public_key)
    if _is_small(point):
        raise VerificationError("An Ed25519 key is one that anybody can sign with.")
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= _L:
        raise VerificationError("An Ed25519 signature is not canonical.")
    digest = sha512(r + public_key + message).digest()
    k = int.from_bytes(digest, "little") % _L
    if _encode(_add_multiples(s, k, _negate(point))) != r:
        raise VerificationError("An Ed25519 signature does not match.")


def _decode(data: bytes) -> _Point:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= _P:
        raise VerificationError("An Ed25519 key is not canonical.")
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == -u % _P:
        x = x * _SQRT_MINUS_1 % _P
    if v * x * x % _P != u or (x == 0 and sign):
        raise VerificationError("An Ed25519 key is not a point of the curve.")
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _is_small(point: _Point) -> bool:
    # The points whose order divides eight, the cofactor of the curve.
    x, y, z, _t = _double(_double(_double(point)))
    return x % _P == 0 and (y - z) % _P == 0


def _encode(point: _Point) -> bytes:
    x, y, z, _t = point
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _negate(point: _Point) -> _Point:
    x, y, z, t = point
    return -x % _P, y, z, -t % _P


def _add(left: _Point, right: _Point) -> _Point:
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = t1 * _2D % _P * t2 % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(point: _Point) -> _Point:
    x, y, z, _t = point
    a, b = x * x % _P, y * y % _P
    h = a + b
    e = h - (x + y) * (x + y) % _P
    g = a - b
    f = 2 * z * z % _P + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiples(point: _Point) -> list[_Point]:
    table = [_NEUTRAL]
    for _ in range((1 << _WINDOW) - 1):
        table.append(_add(table[-1], point))
    return table


_BASE = _multiples(_decode(bytes([0x58]) + b"\x66" * 31))


def _add_multiples(s: int, k: int, point: _Point) -> _Point:
    # s times the base point plus k times the point, both in windows of four bits.
    table, result = _multiples(point), _NEUTRAL
    for shift in range(252, -1, -_WINDOW):
        for _ in range(_WINDOW):
            result = _double(result)
        result = _add(result, _BASE[s >> shift & 15])
        result = _add(result, table[k >> shift & 15])
    return result
