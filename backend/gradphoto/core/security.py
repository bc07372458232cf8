"""Secrets: passwords, tokens, and ID numbers that are unreadable without the keys on this machine."""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from gradphoto.core.settings import settings

# OWASP's argon2id floor; 26 ms on one core. More memory would let a burst of sign-ins fill the machine.
_hasher = PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),))
_hashing = asyncio.Semaphore(2)


async def hash_password(password: str) -> str:
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(password: str, stored: str | None) -> bool:
    """Takes the same time for an account that does not exist or has no password yet."""
    async with _hashing:
        return await asyncio.to_thread(_hasher.verify, password, stored or _nobody()) and stored is not None


@lru_cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def new_token() -> str:
    """256 random bits, URL-safe. Only its hash is stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


# --- keys ------------------------------------------------------------------------------------------------------------

KEY_NAMES = ("id-number-1", "blind-index", "door", "seal")


def make_keys(folder: Path) -> None:
    """Make the keys that are missing, 0600. Losing them loses the ID numbers: they belong into the backup, apart."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in KEY_NAMES:
        try:
            handle = os.open(folder / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())


@lru_cache
def key(name: str) -> bytes:
    return bytes.fromhex((settings().keys_dir / f"{name}.key").read_text().strip())


def encrypt(value: str | bytes, purpose: str) -> bytes:
    """AES-256-GCM; `purpose` (table.column and campaign) is authenticated, so a value cannot be moved elsewhere."""
    nonce = os.urandom(12)
    data = value if isinstance(value, bytes) else value.encode()
    return b"1:" + nonce + AESGCM(key("id-number-1")).encrypt(nonce, data, purpose.encode())


def decrypt(sealed: bytes, purpose: str) -> bytes:
    """Raises ValueError where the key, the purpose or the bytes are not the ones of `encrypt`."""
    key_id, _, rest = sealed.partition(b":")
    try:
        return AESGCM(key(f"id-number-{key_id.decode()}")).decrypt(rest[:12], rest[12:], purpose.encode())
    except (InvalidTag, OSError, ValueError) as error:
        raise ValueError("sealed value cannot be opened") from error


def blind_index(value: str, purpose: str) -> bytes:
    """Equal values give equal bytes, so that the database can look one up without being able to read it."""
    return hmac.digest(key("blind-index"), f"{purpose}\0{value}".encode(), "sha256")


# --- addresses that only we can have given out -----------------------------------------------------------------------

_TAG = 16


def signed_token(data: bytes, purpose: str) -> str:
    """URL-safe, the same every time for the same `data`; readable by anybody, made by nobody else."""
    return base64.urlsafe_b64encode(data + _tag(data, purpose)).decode().rstrip("=")


def read_signed_token(token: str, purpose: str) -> bytes | None:
    """The data, or None where the token is not one of ours for that purpose."""
    try:
        whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    data, tag = whole[:-_TAG], whole[-_TAG:]
    return data if hmac.compare_digest(tag, _tag(data, purpose)) else None


def _tag(data: bytes, purpose: str) -> bytes:
    return blind_index(data.hex(), f"token:{purpose}")[:_TAG]
