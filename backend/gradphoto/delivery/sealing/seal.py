"""A sealed package: canonical lines, their root in a head that names the head before it, the head signed by Ed25519."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gradphoto.delivery.sealing.tree import leaf_hash, levels, path, root_of

KIND = "gradphoto-package"
VERSION = 1


def canonical(value: Any) -> bytes:
    """One form for one value: UTF-8, keys sorted, no spaces, integers only. `JSON.stringify` writes the same."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def public_key(secret: bytes) -> bytes:
    """The 32 bytes that everybody may have, of the 32 that nobody may."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """For two people to compare: the SHA-256 of the key, in groups of four."""
    digits = hashlib.sha256(public).hexdigest()
    return " ".join(digits[i : i + 4] for i in range(0, 64, 4))


def head_hash(head: Mapping[str, Any] | None) -> str:
    """What the next head names as `prev`; empty before the first."""
    return hashlib.sha256(canonical(head)).hexdigest() if head else ""


@dataclass(frozen=True, slots=True)
class Sealed:
    head: dict[str, Any]
    signature: str


def seal(lines: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], prev: str, secret: bytes) -> Sealed:
    """`facts`: what else the head says. `prev`: the `head_hash` of the package before, so that none can be left out."""
    tree = tree_of(lines)
    head = {
        **facts,
        "kind": KIND,
        "version": VERSION,
        "count": len(lines),
        "root": tree[-1][0].hex(),
        "prev": prev,
        "key": public_key(secret).hex(),
    }
    signature = Ed25519PrivateKey.from_private_bytes(secret).sign(canonical(head))
    return Sealed(head, base64.b64encode(signature).decode())


def is_signed(head: Mapping[str, Any], signature: str, public: bytes) -> bool:
    """By this key, whatever key the head names."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature, validate=True), canonical(head))
    except (InvalidSignature, ValueError):
        return False
    return head.get("kind") == KIND and head.get("key") == public.hex()


def holds(head: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> bool:
    """These lines in this order are what the head was made of."""
    tree = tree_of(lines)
    return head.get("count") == len(lines) and head.get("root") == tree[-1][0].hex()


# --- one line of it --------------------------------------------------------------------------------------------------


def tree_of(lines: Sequence[Mapping[str, Any]]) -> list[list[bytes]]:
    return levels([leaf_hash(canonical(line)) for line in lines])


def receipt(sealed: Sealed, tree: Sequence[Sequence[bytes]], line: Mapping[str, Any]) -> dict[str, Any]:
    """What one student keeps: the own line, the way from it to the root, the signed head. Nothing of anybody else."""
    proof = [base64.b64encode(one).decode() for one in path(tree, line["position"])]
    return {"line": dict(line), "path": proof, "head": sealed.head, "signature": sealed.signature}


def belongs(head: Mapping[str, Any], line: Mapping[str, Any], proof: Sequence[str]) -> bool:
    """The path leads from this line, at the place that it names, to the head's root."""
    try:
        neighbours = [base64.b64decode(one, validate=True) for one in proof]
        found = root_of(leaf_hash(canonical(line)), line["position"], head["count"], neighbours)
    except (KeyError, TypeError, ValueError):
        return False
    return found is not None and found.hex() == head.get("root")


def manifest(sealed: Sealed, lines: Sequence[Mapping[str, Any]]) -> bytes:
    """JSON lines: first the signed head, then one line a photo, in the order of the leaves."""
    first = {"head": sealed.head, "signature": sealed.signature}
    return b"".join(canonical(one) + b"\n" for one in [first, *lines])
