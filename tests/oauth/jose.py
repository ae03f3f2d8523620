"""Hand-made keys, assertions and proofs for tests, good and bad."""

import json

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from consent.oauth.opaque import encode


def number(value):
    return encode(value.to_bytes((value.bit_length() + 7) // 8))


class Signer:
    """A private key of one of the three kinds, its public JWK, and signatures."""

    def __init__(self, kind="ES256", bits=2048):
        self.alg = kind
        if kind == "ES256":
            self.key = ec.generate_private_key(ec.SECP256R1())
            n = self.key.public_key().public_numbers()
            x, y = encode(n.x.to_bytes(32)), encode(n.y.to_bytes(32))
            self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        elif kind == "PS256":
            self.key = rsa.generate_private_key(65537, bits)
            n = self.key.public_key().public_numbers()
            self.jwk = {"kty": "RSA", "n": number(n.n), "e": number(n.e)}
        else:
            self.key = ed25519.Ed25519PrivateKey.generate()
            x = encode(self.key.public_key().public_bytes_raw())
            self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": x}

    def raw(self, message):
        if self.alg == "ES256":
            r, s = utils.decode_dss_signature(
                self.key.sign(message, ec.ECDSA(SHA256()))
            )
            return r.to_bytes(32) + s.to_bytes(32)
        if self.alg == "PS256":
            pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
            return self.key.sign(message, pss, SHA256())
        return self.key.sign(message)

    def sign(self, header, claims):
        header = {"alg": self.alg, **header}
        parts = (json.dumps(part).encode() for part in (header, claims))
        message = ".".join(encode(part) for part in parts)
        return f"{message}.{encode(self.raw(message.encode()))}"
