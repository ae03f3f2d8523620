"""ML-DSA-44 verification after FIPS 204, in pure Python.

For auditors who have nothing but Python; about ten milliseconds a signature. It
works on public values only, so it need not run in constant time. Algorithm numbers
are those of FIPS 204; polynomials are lists of 256 coefficients modulo q.
"""

from collections.abc import Iterator
from hashlib import shake_128, shake_256
from itertools import count
from typing import Protocol, TypeAlias

from audit.errors import VerificationError

PUBLIC_KEY_SIZE = 1312
SIGNATURE_SIZE = 2420

_Poly: TypeAlias = list[int]

_Q = 8380417
_N = 256
_DROPPED_BITS = 13
_ROWS = 4
_COLUMNS = 4
_TAU = 39
_BETA = 78
_GAMMA1 = 1 << 17
_GAMMA2 = (_Q - 1) // 88
_HIGH_PARTS = 44
_OMEGA = 80
_SEED = 32
_CHALLENGE = 32
_Z_BITS = 18
_T1_BITS = 10
_W1_BITS = 6
_Z_END = _CHALLENGE + _COLUMNS * _N * _Z_BITS // 8
_ZETAS = [pow(1753, int(f"{i:08b}"[::-1], 2), _Q) for i in range(_N)]
_INVERSE_N = pow(_N, -1, _Q)


class _Shake(Protocol):
    def digest(self, length: int, /) -> bytes: ...


def verify(
    public_key: bytes, message: bytes, signature: bytes, context: bytes = b""
) -> None:
    """Check a signature (algorithms 3 and 8).

    Raises:
        VerificationError: the key or the signature is malformed, or does not match.
    """
    sizes = [(public_key, PUBLIC_KEY_SIZE), (signature, SIGNATURE_SIZE)]
    if any(type(each) is not bytes or len(each) != size for each, size in sizes):
        raise VerificationError("An ML-DSA-44 key or signature has the wrong size.")
    if len(context) >= 1 << 8:
        raise VerificationError("An ML-DSA-44 context is too long.")
    challenge = signature[:_CHALLENGE]
    z = _response(signature[_CHALLENGE:_Z_END])
    hints = _hints(signature[_Z_END:])
    w = _commitment(public_key, challenge, z)
    high = b"".join(_pack_high(each, hint) for each, hint in zip(w, hints, strict=True))
    framed = b"\x00" + bytes([len(context)]) + context + message
    mu = _h(_h(public_key, 64) + framed, 64)
    if _h(mu + high, _CHALLENGE) != challenge:
        raise VerificationError("An ML-DSA-44 signature does not match.")


def _commitment(public_key: bytes, challenge: bytes, z: list[_Poly]) -> list[_Poly]:
    # w' = A z - c t1 2^d, line 9 of algorithm 8.
    seed, c = public_key[:_SEED], _ntt(_sample_in_ball(challenge))
    t1 = _unpack(public_key[_SEED:], _T1_BITS)
    z_hat = [_ntt(each) for each in z]
    result = []
    for row in range(_ROWS):
        t_hat = _ntt([each << _DROPPED_BITS for each in t1[row]])
        total = [-a * b for a, b in zip(c, t_hat, strict=True)]
        for column in range(_COLUMNS):
            a_hat = _sample_uniform(seed + bytes([column, row]))
            products = zip(total, a_hat, z_hat[column], strict=True)
            total = [sum_ + a * b for sum_, a, b in products]
        result.append(_inverse_ntt([each % _Q for each in total]))
    return result


def _response(data: bytes) -> list[_Poly]:
    z = [[_GAMMA1 - each for each in poly] for poly in _unpack(data, _Z_BITS)]
    if max(max(map(abs, poly)) for poly in z) >= _GAMMA1 - _BETA:
        raise VerificationError("An ML-DSA-44 signature is out of range.")
    return z


def _hints(data: bytes) -> list[frozenset[int]]:
    # Algorithm 21: positions rise in each polynomial, and the rest is zero, so that
    # no signature can be written in two ways.
    positions, ends = data[:_OMEGA], data[_OMEGA:]
    hints, start = [], 0
    for end in ends:
        part = positions[start:end]
        if not start <= end <= _OMEGA or list(part) != sorted(set(part)):
            raise VerificationError("The hint of an ML-DSA-44 signature is malformed.")
        hints.append(frozenset(part))
        start = end
    if any(positions[start:]):
        raise VerificationError("The hint of an ML-DSA-44 signature is malformed.")
    return hints


def _pack_high(poly: _Poly, hint: frozenset[int]) -> bytes:
    # Algorithms 40 (UseHint) and 16 (SimpleBitPack) on one polynomial.
    packed = 0
    for i, each in enumerate(poly):
        packed |= _use_hint(each, hinted=i in hint) << (_W1_BITS * i)
    return packed.to_bytes(_N * _W1_BITS // 8, "little")


def _use_hint(r: int, *, hinted: bool) -> int:
    low = r % (2 * _GAMMA2)
    if low > _GAMMA2:
        low -= 2 * _GAMMA2
    if r - low == _Q - 1:
        high, low = 0, low - 1
    else:
        high = (r - low) // (2 * _GAMMA2)
    if not hinted:
        return high
    return (high + (1 if low > 0 else -1)) % _HIGH_PARTS


def _unpack(data: bytes, bits: int) -> list[_Poly]:
    size, mask = _N * bits // 8, (1 << bits) - 1
    polys = []
    for start in range(0, len(data), size):
        packed = int.from_bytes(data[start : start + size], "little")
        polys.append([packed >> shift & mask for shift in range(0, _N * bits, bits)])
    return polys


def _h(data: bytes, size: int) -> bytes:
    return shake_256(data).digest(size)


def _stream(shake: _Shake, size: int) -> Iterator[bytes]:
    # The module hashlib gives no output bit by bit, so a longer one is asked for again.
    for i in count(1):
        yield shake.digest(size * i)[-size:]


def _sample_in_ball(seed: bytes) -> _Poly:
    # Algorithm 29.
    stream = (byte for block in _stream(shake_256(seed), 136) for byte in block)
    signs = int.from_bytes(bytes(next(stream) for _ in range(8)), "little")
    poly = [0] * _N
    for i in range(_N - _TAU, _N):
        j = next(byte for byte in stream if byte <= i)
        poly[i] = poly[j]
        poly[j] = -1 if signs & 1 else 1
        signs >>= 1
    return poly


def _sample_uniform(seed: bytes) -> _Poly:
    # Algorithm 30.
    poly: _Poly = []
    for block in _stream(shake_128(seed), 840):
        for a, b, c in zip(block[::3], block[1::3], block[2::3], strict=True):
            number = (c & 0x7F) << 16 | b << 8 | a
            if number < _Q:
                poly.append(number)
        if len(poly) >= _N:
            break
    return poly[:_N]


def _ntt(poly: _Poly) -> _Poly:
    # Algorithm 41.
    w, m, half = list(poly), 0, _N // 2
    while half:
        for start in range(0, _N, 2 * half):
            m += 1
            zeta = _ZETAS[m]
            for j in range(start, start + half):
                t = zeta * w[j + half] % _Q
                w[j + half] = w[j] - t
                w[j] += t
        half >>= 1
    return w


def _inverse_ntt(poly: _Poly) -> _Poly:
    # Algorithm 42.
    w, m, half = list(poly), _N, 1
    while half < _N:
        for start in range(0, _N, 2 * half):
            m -= 1
            zeta = -_ZETAS[m]
            for j in range(start, start + half):
                t = w[j]
                w[j] = t + w[j + half]
                w[j + half] = zeta * (t - w[j + half]) % _Q
        half <<= 1
    return [each * _INVERSE_N % _Q for each in w]
