"""A ciphertext that AES-GCM opens under two keys, built from GCM's own arithmetic.

GCM does not commit to its key: the tag is a polynomial in a value of the key, so one
free block is enough to make the tags of two keys the same (SP 800-38D section 6.4).
"""

from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class Opener(NamedTuple):
    """What one of the two sides decrypts with."""

    key: bytes
    aad: bytes


def two_key_forgery(
    nonce: bytes, openers: tuple[Opener, Opener], before: bytes, after: bytes
) -> bytes:
    """Return blocks and a tag that open for both.

    Args:
        nonce: of twelve bytes, the same for both.
        openers: keys and additional data.
        before: whole blocks of ciphertext of the forger's choice.
        after: more of them; the free block stands between.
    """
    size = len(before) + 16 + len(after)
    rests, weights = [], []
    for key, aad in openers:
        h = _block(key, bytes(16))
        lengths = (len(aad) * 8) << 64 | size * 8
        blocks = [*_blocks(aad), *_blocks(before), 0, *_blocks(after), lengths]
        rests.append(_ghash(h, blocks) ^ _block(key, nonce + b"\0\0\0\1"))
        weights.append(_power(h, len(after) // 16 + 2))
    free = _multiply(rests[0] ^ rests[1], _inverse(weights[0] ^ weights[1]))
    tag = rests[0] ^ _multiply(free, weights[0])
    return before + free.to_bytes(16) + after + tag.to_bytes(16)


def keystream(key: bytes, nonce: bytes, blocks: int) -> bytes:
    """Return what GCM combines with the first blocks of a text."""
    counters = (nonce + (n + 2).to_bytes(4) for n in range(blocks))
    return b"".join(_block(key, each).to_bytes(16) for each in counters)


def combined(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _multiply(x: int, y: int) -> int:
    """Multiply in GF(2^128) as GCM orders its bits (SP 800-38D section 6.3)."""
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return z


def _power(x: int, exponent: int) -> int:
    result = 1 << 127
    for _ in range(exponent):
        result = _multiply(result, x)
    return result


def _inverse(x: int) -> int:
    result, power = 1 << 127, x
    for _ in range(127):
        power = _multiply(power, power)
        result = _multiply(result, power)
    return result


def _block(key: bytes, block: bytes) -> int:
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(cipher.update(block))


def _blocks(data: bytes) -> list[int]:
    data += bytes(-len(data) % 16)
    return [int.from_bytes(data[i : i + 16]) for i in range(0, len(data), 16)]


def _ghash(h: int, blocks: list[int]) -> int:
    total = 0
    for block in blocks:
        total = _multiply(total ^ block, h)
    return total
