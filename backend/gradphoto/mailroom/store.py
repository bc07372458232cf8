"""Raw mails, sealed and on safe ground beside the photos: what was received can be read again, and only here."""

from functools import lru_cache
from uuid import UUID

from gradphoto.core.security import decrypt, encrypt
from gradphoto.core.settings import settings
from gradphoto.photos.storage import PhotoAltered, PhotoStore, open_store


@lru_cache
def mail_store() -> PhotoStore:
    """The one of this process; files under data_dir/mail, or below the prefix of the photos in S3."""
    chosen = settings()
    return open_store(f"{chosen.photo_store.rstrip('/')}/mail" if chosen.photo_store else chosen.data_dir / "mail")


async def keep_mail(campaign_id: UUID, raw: bytes) -> str:
    """The name to find it again, once it is durable. Sealed: a mail's file names are ID numbers."""
    return await mail_store().put(encrypt(raw, _purpose(campaign_id)))


async def kept_mail(campaign_id: UUID, sha256: str) -> bytes:
    """The raw bytes, or PhotoLost, or PhotoAltered."""
    sealed = await mail_store().get(sha256)
    try:
        return decrypt(sealed, _purpose(campaign_id))
    except ValueError:
        raise PhotoAltered from None


def _purpose(campaign_id: UUID) -> str:
    return f"mail.raw:{campaign_id}"
