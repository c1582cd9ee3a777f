"""All settings, each an environment variable `BFF_…`; docs/settings.md is generated from this module."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from bff.rules.text_normalization import has_hidden_characters
from bff.settings import urls


def _seconds(value: object) -> object:
    """Read "2" as seconds: the environment has text only."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


LONGEST = timedelta(days=36525)
"""A hundred years: a date plus this is still a date."""
Pause = Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(0), le=LONGEST)]
Duration = Annotated[Pause, Field(gt=timedelta(0))]

SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://[\d.\[]")
"""The value that Kubernetes gives BFF_PORT in pods beside a Service called `bff`."""


class Settings(BaseSettings):
    """The settings, read once at start; a wrong value stops the start, with the name of its variable."""

    # An empty variable counts as not set: orchestrators pass on values that were left empty.
    model_config = SettingsConfigDict(
        env_prefix="BFF_", frozen=True, secrets_dir=None, env_ignore_empty=True, hide_input_in_errors=True
    )

    secrets_dir: Path | None = Field(
        None, description="A folder of files named as these variables, read where the environment has none."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes of `bff serve`; several cache with cache_url only.")
    development: bool = Field(False, description="GraphiQL, introspection and field suggestions for everybody.")
    data_dir: Path = Field(Path(".data"), description="Where SQLite and the practice core keep their files.")
    database_url: str = Field(
        "",
        repr=False,  # may hold a password, as the next one
        description="postgresql:// or sqlite:// URL of the store; empty: SQLite in data_dir.",
    )
    cache_url: str = Field(
        "", repr=False, description="redis:// URL for cache, limits and messages; empty: this process's memory."
    )
    limits_url: str = Field(
        "",
        repr=False,
        description="redis:// URL for counts of tries, of a Redis that evicts nothing; empty: the same as cache_url.",
    )
    cache: bool = Field(True, description="Whether answers of the core are kept for a while.")
    cache_entries: int = Field(5000, ge=1, description="Answers kept in a process's memory, at most.")
    cache_fresh_at_most: Pause | None = Field(
        None, description="Caps how long an answer counts as new; `bff dev` has 2 seconds."
    )

    core_wsdl: str = Field("", description="Path or URL of the core's WSDL; empty: the packaged one.")
    core_names_file: Path | None = Field(
        None, description="What that WSDL calls our operations and elements (TOML); empty: the same."
    )
    core_url: str = Field("", description="http(s)://host:port of the core in place of the one in the WSDL.")
    core_username: str = Field("bff", description="WS-Security user name.")
    core_password: SecretStr = Field(
        SecretStr("practice"),  # the practice core's, which is public
        description="WS-Security password; has to be set, except by `bff dev`.",
    )
    core_channel: str = Field("APP", max_length=20, description="Channel (渠道编号) sent in each request.")
    core_connect_timeout: Duration = Field(timedelta(seconds=2), description="For a connection to the core.")
    core_timeout: Duration = Field(timedelta(seconds=8), description="For one call to the core, from start to end.")
    core_max_concurrency: int = Field(
        16, ge=1, le=1000, description="Concurrent calls to each of the core's services, at most, by each process."
    )
    core_max_queue: int = Field(64, ge=0, description="Calls that wait for one of these to end, at most.")
    core_breaker_failures: int = Field(
        5, ge=1, description="Outages in a row that open the circuit breaker of a service."
    )
    core_breaker_seconds: Pause = Field(
        timedelta(seconds=5), description="How long it is open, until one call tries the service."
    )
    core_closed_pause: Pause = Field(
        timedelta(seconds=10), description="Pause between two looks whether a closed core is open again."
    )
    core_retry_share: float = Field(
        0.1, ge=0, le=1, description="Share of the reading calls that may be tried a second time; 0: none."
    )
    core_max_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="Size of a reply, at most.")
    core_ca_file: Path | None = Field(None, description="Certificates to trust for the core (PEM).")
    core_client_cert: Path | None = Field(None, description="Client certificate for the core (PEM).")
    core_client_key: Path | None = Field(None, description="Its key (PEM).")

    policy_file: Path | None = Field(None, description="The centre's policy (TOML); empty: the practice centre's.")
    rates_file: Path | None = Field(None, description="Interest rates (TOML); empty: the packaged national ones.")
    confirm_every: Duration = Field(
        timedelta(seconds=1), description="Pause of the search for unconfirmed applications."
    )
    confirm_within: Pause = Field(
        timedelta(minutes=10),
        description="How long a message to the core may be on its way: what it does not know then was not received.",
    )
    follow_every: Duration = Field(
        timedelta(hours=6),
        description="How often an application that the core has not decided is asked about, though nobody looks.",
    )
    content_url: str = Field(
        "",
        description="https://host/ that relative links and images of bulletins stand for; empty: they are dropped.",
    )
    request_timeout: Duration = Field(timedelta(seconds=10), description="For one GraphQL request.")
    head_timeout: Duration = Field(timedelta(seconds=10), description="For the line and headers of a request to come.")
    keep_alive: Duration = Field(
        timedelta(seconds=75), description="How long a connection without a request or a subscription is kept."
    )
    drain_time: Pause = Field(
        timedelta(0),
        description="How long after SIGTERM requests are still taken, while `/readyz` is 503: for load balancers that "
        "ask it.",
    )
    connections: int | None = Field(
        None, ge=1, description="Connections of each process, at most; empty: 4096, or as the open files limit allows."
    )
    connections_per_network: int | None = Field(
        None,
        ge=1,
        description="Of them from one IPv4 address or IPv6 /64 that is no trusted proxy; empty: three quarters.",
    )
    rate_limit_per_minute: int = Field(600, ge=0, description="Operations of one member, at each process; 0: any.")
    network_bytes_a_minute: int = Field(
        64 * 1024 * 1024,
        ge=0,
        description="Of bodies, URLs and messages of one network (IPv4 address, IPv6 /64), at each process; 0: any.",
    )
    network_refusals_a_minute: int = Field(
        300, ge=0, description="Refused requests of one network; beyond them only known documents are read; 0: any."
    )
    network_cost_a_minute: int = Field(
        2_000_000, ge=0, description="Cost of one network's operations where nobody is signed in; 0: any."
    )
    compiled_selections: bool = Field(
        True,
        description="Compile selections of plain attributes; false: graphql-core resolves every field.",
    )
    documents_file: Path | None = Field(None, description="Registered documents (`bff documents register`).")
    documents_only: bool = Field(False, description="Refuse every other document.")
    public_max_age: Pause = Field(
        timedelta(seconds=60), description="How long caches may keep public answers to persisted documents."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins (https://host), by comma, whose pages may send requests; empty: our own only."
    )
    access_token_lifetime: Duration = Field(timedelta(minutes=15), description="Of an access token.")
    session_idle_lifetime: Duration = Field(timedelta(days=14), description="Of a session that is not used.")
    session_lifetime: Duration = Field(timedelta(days=90), description="Of a session, at most.")
    unlock_lifetime: Duration = Field(timedelta(minutes=30), description="How long the query password unlocks.")
    query_password_demanded: bool = Field(True, description="Whether account data need the query password.")
    sms_codes_an_hour: int = Field(2000, ge=0, description="Codes by SMS to all phones together; 0: any number.")
    sms_codes_a_day: int = Field(10000, ge=0, description="The same in a day; 0: any number.")
    password_memory_kib: int = Field(
        65536, ge=8, le=4 * 1024 * 1024, description="Memory of a password hash (argon2id)."
    )
    password_iterations: int = Field(3, ge=1, le=100, description="Passes of a password hash.")
    password_hashes_at_once: int = Field(
        2, ge=1, le=1000, description="Password hashes that run at the same time, at most."
    )
    audit_retention: Duration = Field(
        timedelta(days=1095),
        ge=timedelta(days=180),
        description="How long audit entries are kept, at least 180 days.",
    )
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="Port of /metrics, and following ones for further processes; empty: none."
    )
    metrics_host: str = Field("127.0.0.1", description="Address that /metrics listens on.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged, at least.")
    log_style: Literal["json", "console"] = Field("json", description="JSON lines, or lines for people.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks, by comma, whose X-Forwarded-For counts."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the caller's values first, then the environment, then the files of `BFF_SECRETS_DIR`."""
        folder = os.environ.get("BFF_SECRETS_DIR", "")
        files = [SecretsSettingsSource(settings_cls, folder)] if Path(folder).is_dir() and folder else []
        return (init_settings, env_settings, *files)

    @field_validator("secrets_dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"{value} is no folder")
        return value

    @field_validator("trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("port", "metrics_port", mode="before")
    @classmethod
    def _not_of_kubernetes(cls, value: object, info: ValidationInfo) -> object:
        own = isinstance(value, str) and SERVICE_LINK.match(value)
        return cls.model_fields[str(info.field_name)].default if own else value

    @field_validator("host", "metrics_host")
    @classmethod
    def _address(cls, value: str) -> str:
        return value.removeprefix("[").removesuffix("]")

    @field_validator("core_username", "core_channel")
    @classmethod
    def _sendable(cls, value: str) -> str:
        if has_hidden_characters(value):
            raise ValueError("has a character in it that cannot be seen")
        return value

    @field_validator("core_url", "core_wsdl", "content_url")
    @classmethod
    def _web(cls, value: str, info: ValidationInfo) -> str:
        if value and (info.field_name != "core_wsdl" or "://" in value):
            urls.check_web_url(value, secure=info.field_name == "content_url")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        return urls.database_url(value) if value else ""

    @field_validator("cache_url", "limits_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        return urls.redis_url(value) if value else ""

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each, strict=False)
            except ValueError:
                raise ValueError(
                    f"{each} is no address or network such as 10.0.0.0/8; names are not looked up"
                ) from None
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(urls.origin, value))

    @model_validator(mode="after")
    def _documents(self) -> Settings:
        if self.documents_only and self.documents_file is None:
            raise ValueError("BFF_DOCUMENTS_ONLY needs BFF_DOCUMENTS_FILE, or nothing would be answered")
        return self

    @model_validator(mode="after")
    def _own_password(self) -> Settings:
        """Demand a password: the default is the practice core's alone, and a misspelt name must not leave it in use."""
        if not self.development and "core_password" not in self.model_fields_set:
            raise ValueError(
                "BFF_CORE_PASSWORD is not set: the core's password, here or in a file of this name in BFF_SECRETS_DIR; "
                "for the practice core it is `practice`"
            )
        return self

    @property
    def counts_url(self) -> str:
        return self.limits_url or self.cache_url

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'bff.sqlite3').absolute()}"
