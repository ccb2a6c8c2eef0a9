"""A passkey in a few lines: makes the answers a device would give, and those it never would (WebAuthn level 2)."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from os import urandom

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One key. `flags` says what it claims about its user, `count` how often it was used."""

    def __init__(self, *, origin: str) -> None:
        self.origin = origin
        self.rp_id = origin.partition("//")[2]
        self.id = urandom(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0
        self.flags = PRESENT | VERIFIED
        self.public: bytes | None = None
        """What it says its public key is, where that is not so."""

    def made(self, challenge: bytes) -> str:
        """The answer to being asked for a new passkey."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        credential = (
            bytes(16)
            + len(self.id).to_bytes(2, "big")
            + self.id
            + (cbor2.dumps(cose) if self.public is None else self.public)
        )
        data = self._data(ATTESTED) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {"clientDataJSON": self._told("webauthn.create", challenge), "attestationObject": attestation}
        )

    def used(self, challenge: bytes) -> str:
        """The answer to being asked to sign in."""
        told, data = self._told("webauthn.get", challenge), self._data()
        signature = self.key.sign(data + sha256(told).digest(), ec.ECDSA(SHA256()))
        return self._answer({"clientDataJSON": told, "authenticatorData": data, "signature": signature})

    def _data(self, more: int = 0) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _told(self, type: str, challenge: bytes) -> bytes:
        return json.dumps({"type": type, "challenge": _text(challenge), "origin": self.origin}).encode()

    def _answer(self, response: dict[str, bytes]) -> str:
        written = {name: _text(value) for name, value in response.items()}
        return json.dumps({"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": written})


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
