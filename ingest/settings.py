"""Settings from the environment, prefix `NACRE_`; refused with a sentence that names the variable."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ingest.home import DEFAULT, SettingsError, usable_home

__all__ = ["Settings", "SettingsError", "fits_a_header", "load_settings", "read_secrets", "split_secrets"]


class Settings(BaseSettings):
    """Everything that can be set, frozen. Secrets never appear in its text form."""

    model_config = SettingsConfigDict(env_prefix="NACRE_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = DEFAULT
    secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    secrets_file: Path | None = None
    metrics_token: SecretStr | None = None
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=0, le=65535)
    max_body_bytes: int = Field(1024 * 1024, ge=1024, le=256 * 1024 * 1024)
    header_seconds: float = Field(10.0, gt=0, le=300)
    body_seconds: float = Field(20.0, gt=0, le=300)
    idle_seconds: float = Field(65.0, gt=0, le=3600)
    commit_seconds: float = Field(10.0, gt=0, le=300)
    queue_deliveries: int = Field(8192, ge=1)
    queue_bytes: int = Field(64 * 1024 * 1024, ge=1024)
    connections: int = Field(4096, ge=1)
    publish_restricted: bool = False

    @field_validator("secrets", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(split_secrets(value, ",")) if isinstance(value, str) else value

    @field_validator("metrics_token")
    @classmethod
    def _present(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value().strip() if value else ""
        if not fits_a_header(token):
            msg = "it has a blank or a character that is not printable ASCII"
            raise ValueError(msg)
        return SecretStr(token) if token else None

    @field_validator("home")
    @classmethod
    def _usable(cls, value: Path) -> Path:
        return usable_home(value)

    def require_secrets(self) -> tuple[str, ...]:
        """The accepted secrets, in order of position; those of the file where one is named. Raises `SettingsError`."""
        if self.secrets_file is not None:
            return read_secrets(self.secrets_file)
        if not self.secrets:
            raise SettingsError(
                "NACRE_SECRETS",
                "is not set: give the shared secret that Oyster sends, or NACRE_SECRETS_FILE",
            )
        return tuple(secret.get_secret_value() for secret in self.secrets)


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. Raises `SettingsError`, whose message names the variable."""
    try:
        return Settings(**overrides)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        name = "NACRE_" + str(first["loc"][0]).upper() if first["loc"] else "NACRE_*"
        raise SettingsError(name, f"cannot be used: {first['msg'].removeprefix('Value error, ')}") from None


def read_secrets(path: Path) -> tuple[str, ...]:
    """The secrets of a file, one a line or comma-separated. Raises `SettingsError`."""
    try:
        text = path.read_text(encoding="utf-8")
        secrets = tuple(split_secrets(text.replace("\n", ","), ","))
    except (OSError, ValueError) as cause:
        problem = cause.strerror if isinstance(cause, OSError) else cause
        raise SettingsError("NACRE_SECRETS_FILE", f"cannot be used: {path}: {problem}") from None
    if not secrets:
        raise SettingsError("NACRE_SECRETS_FILE", f"cannot be used: {path} holds no secret")
    return secrets


def split_secrets(text: str, separator: str) -> list[str]:
    """The secrets in a text, blanks around them removed. Raises ValueError on one that no header could carry."""
    secrets = [part.strip() for part in text.split(separator) if part.strip()]
    for position, secret in enumerate(secrets):
        if not fits_a_header(secret):
            msg = f"secret {position + 1} has a blank or a character that is not printable ASCII"
            raise ValueError(msg)
    return secrets


def fits_a_header(secret: str) -> bool:
    """Whether a header can carry a secret: it holds printable ASCII alone, and no blank."""
    return all("!" <= character <= "~" for character in secret)
