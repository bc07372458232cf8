"""Every environment variable of the product, on one page (prefix GRADPHOTO_)."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[3]


class Settings(BaseSettings):
    """Read from the environment and, in development, from `.env`; secrets may also be files in /run/secrets."""

    model_config = SettingsConfigDict(
        env_prefix="GRADPHOTO_",
        env_file=".env",
        extra="ignore",
        secrets_dir="/run/secrets" if Path("/run/secrets").is_dir() else None,
    )

    data_dir: Path = Field(PROJECT / "var", description="keys, photos and, with `gradphoto run`, the database")
    database_url: SecretStr | None = Field(
        None, description="postgresql://user:password@host/name; unset = the embedded server that `gradphoto run` owns"
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="what a phone types; https turns the __Host- cookie on"
    )
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = Field(1, ge=1, le=32, description="API processes of `gradphoto run`; Compose scales")
    pool_size: int = Field(12, ge=1, le=100, description="database connections of one process")
    spa_dir: Path | None = Field(PROJECT / "frontend" / "dist", description="built SPA to serve; unset behind a proxy")
    photo_store: str = Field("", description="empty = files under data_dir; s3://bucket/prefix = S3")
    max_photo_bytes: int = Field(
        20 << 20, ge=100_000, le=64 << 20, description="of one photo, also of a camera's original"
    )
    max_import_bytes: int = Field(4 << 30, description="of one ZIP of photos")
    import_idle_days: int = Field(7, ge=1, le=365, description="an import that nothing came for is cancelled")
    check_hands: int = Field(2, ge=1, le=32, description="processes that check photos, for each API process")
    max_roster_bytes: int = 20 * 1024 * 1024
    mail_loopback: bool = Field(False, description="a mail server on this machine, on any port: for trials and tests")
    sign_in_hours: int = 24 * 14
    door_window_seconds: int = Field(
        20, ge=5, le=300, description="how long one door code shows; the one before counts"
    )
    log_format: Literal["console", "json"] = "console"
    demo: bool = Field(False, description="load the demo campaign into an empty database and print sign-in links")

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def photos_dir(self) -> Path:
        return self.data_dir / "photos"

    @property
    def postgres_dir(self) -> Path:
        return self.data_dir / "postgres"


@lru_cache
def settings() -> Settings:
    return Settings()
