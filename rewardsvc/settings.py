"""Settings of the machine: flags, then ``ASSAY_*`` environment variables, then a TOML file, then
defaults. One way for all programs; what is to be made (the YAML of a training run) is none of them.
"""

import os
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from rewardsvc.answer import Markers
from rewardsvc.connection import Connection, require_sendable
from rewardsvc.errors import InvalidSetting
from rewardsvc.llm.base import ModelName
from rewardsvc.nearest import nearest
from rewardsvc.settings_file import VARIABLE, line_of, named_file, read_toml
from rewardsvc.types import Components

_PREFIX = "ASSAY_"

_MISTYPED = 0.9
"""How alike a variable and a setting are, as difflib counts, before one is taken for the other;
above ASSAY_TEST_DOCKER_IMAGE and ASSAY_DOCKER_IMAGE."""

_Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Settings(BaseSettings):
    """What can be configured about scoring, and about the models that are asked.
    ``ASSAY_WORKERS=4`` sets ``workers``."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    sandbox: Literal["auto", "bubblewrap", "docker"] = "auto"
    """How untrusted files are isolated; auto is bubblewrap."""
    terraform: Literal["warm", "cold"] = "warm"
    """warm plans with providers that stay up, cold with init, validate and plan from nothing."""
    terraform_mirror: Path | None = None
    """The folder that contains ``registry.terraform.io/``."""
    tools: Path | None = None
    """The folder of fetched tools; ``.tools`` of the checkout where not set."""
    terraform_providers: int | None = Field(default=None, ge=1)
    """Warm providers, of about 600 MB each; as many as workers where not set."""
    terraform_deploy: bool = False
    """Whether configurations that plan are also applied on the emulator; for evaluation, it takes
    many seconds."""
    emulator: Path | None = None
    """The socket of an AWS emulator that somebody else runs; one of our own where not set."""
    docker_image: str = "assay"
    """The image that the docker sandbox runs commands in."""
    workers: int = Field(default=2, ge=1)
    """Completions that are worked on at the same time."""
    queue: int = Field(default=1024, ge=1)
    """Completions that may wait; beyond, a request is refused as OVERLOADED."""
    cache: bool = True
    """Whether verdicts are kept."""
    cache_file: Path | None = None
    """The SQLite file that they are kept in; one in the user's cache folder where not set."""
    redis: str | None = None
    """redis://HOST:PORT/DB to keep them in instead, shared by several servers."""
    weight_syntax: float = Field(default=0.4, ge=0, le=1)
    """The share of syntax in a reward; the three weights are divided by their sum."""
    weight_correctness: float = Field(default=0.3, ge=0, le=1)
    """The share of correctness in a reward."""
    weight_format: float = Field(default=0.3, ge=0, le=1)
    """The share of format in a reward."""
    judge: Annotated[tuple[str, ...], NoDecode] = ()
    """Who rates the fit of the intent: ``openai:MODEL`` or ``anthropic:MODEL``, with ``@http://…``
    behind it for another address; several, with commas between them, are a panel."""
    judge_required: bool = False
    """Whether a verdict whose judgement is missing is UNSCORED. Say so for training: an answer
    that keeps the judge from answering must not earn what plan and checks say."""
    judge_timeout_seconds: float = Field(default=60.0, gt=0)
    """One judge's time for one judgement, waiting for its turn and further attempts included."""
    judge_requests_per_minute: int = Field(default=60, ge=1)
    """Requests to each judge in a minute."""
    judge_tokens_per_minute: int | None = Field(default=None, ge=1)
    """Tokens to and from each judge in a minute; no limit where not set."""
    judge_in_flight: int = Field(default=8, ge=1)
    """Requests to each judge at the same time."""
    judge_retries: int = Field(default=3, ge=0)
    """Further attempts after a passing fault (429, 5xx, no connection)."""
    judge_temperature: float | None = Field(default=None, ge=0, le=2)
    """Sent where given; many models accept none."""
    teacher_requests_per_minute: int | None = Field(default=None, ge=1)
    """Requests to datagen's teacher in a minute; what it bears is found out where not set."""
    teacher_tokens_per_minute: int | None = Field(default=None, ge=1)
    """Tokens to and from datagen's teacher in a minute; no limit where not set."""
    batch_pause_seconds: float = Field(default=60.0, gt=0)
    """The longest time between two looks at a batch of datagen's teacher."""
    prices: Mapping[str, tuple[_Dollars, _Dollars]] = Field(default_factory=dict)
    """US dollars per million input and output tokens of judges and teachers, by ``openai:MODEL`` or
    ``anthropic:MODEL``; published ones where there is none."""
    thoughts: Annotated[tuple[str, ...], NoDecode] = ()
    """Markers of thoughts beside the usual ones: ``OPENING...CLOSING``, or ``granite``; several
    with commas between them. ``opened``: the model's chat template opens the thought, so only what
    follows a marker that closes one is the answer."""
    request_timeout_seconds: float = Field(default=120.0, gt=0)
    """A client's deadline for one completion. A server that went away is waited for as long."""
    connect_timeout_seconds: float = Field(default=5.0, gt=0)
    """How long a client tries at first to reach a server that never answered it."""
    tls_cert: Path | None = None
    """PEM of one's own certificate: a server needs it and its key for TLS, a client for mutual
    TLS."""
    tls_key: Path | None = None
    """PEM of the certificate's key."""
    tls_ca: Path | None = None
    """PEM of who the other side must be signed by: a client that has it speaks TLS, a server that
    has it demands certificates of its clients."""
    token: SecretStr | None = None
    """A bearer token that a server demands and a client sends: printable ASCII, no spaces."""
    http_plain: bool = False
    """Whether the HTTP face stays without TLS where TLS is configured: behind a proxy that ends
    TLS, say. It serves anybody who reaches it."""
    access_log: bool = False
    """Whether a server writes a line on stderr for each request."""

    @property
    def tools_folder(self) -> Path:
        """The folder of fetched tools, whether it is named or not."""
        from sandbox.toolchain.discover import default_tools_dir

        return (self.tools or default_tools_dir()).absolute()

    @property
    def connection(self) -> Connection:
        """What a client takes of them."""
        return Connection(
            request_timeout_seconds=self.request_timeout_seconds,
            connect_timeout_seconds=self.connect_timeout_seconds,
            tls_ca=self.tls_ca,
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            token=self.token.get_secret_value() if self.token is not None else None,
        )

    @property
    def weights(self) -> Components:
        """The shares of the three components."""
        return Components(self.weight_syntax, self.weight_correctness, self.weight_format)

    @model_validator(mode="after")
    def _weights_count(self) -> Self:
        if not self.weight_syntax + self.weight_correctness + self.weight_format > 0:
            raise ValueError("weight_syntax, weight_correctness and weight_format are all 0")
        return self

    @field_validator("token")
    @classmethod
    def _token_can_be_sent(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_sendable(value.get_secret_value())
        return value

    @field_validator("judge", "thoughts", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (
            [name for name in value.split(",") if name.strip()]
            if isinstance(value, str)
            else (value)
        )

    @field_validator("judge")
    @classmethod
    def _judges_are_models(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name.strip() for name in value)
        for name in names:
            ModelName.parse(name)
        if len({str(ModelName.parse(name)) for name in names}) < len(names):
            raise ValueError("a judge is named twice: each has one vote")
        return names

    @field_validator("thoughts")
    @classmethod
    def _thoughts_are_pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Markers.of(value)
        return value

    @classmethod
    def load(cls, toml: Path | None = None, **flags: Any) -> "Settings":
        """Merge the sources; flags that are None do not count. ``toml`` is the file; the one that
        ``ASSAY_CONFIG`` names where not given.

        An ``ASSAY_*`` variable that is no setting is ignored: Kubernetes invents some
        (``ASSAY_SERVICE_HOST``) for a service of that name.

        Raises:
            pydantic.ValidationError: a value is out of range, or a flag or a name in the file is
                unknown.
            InvalidFile: the file is missing or not TOML.
        """
        toml = toml or named_file()
        values = {} if toml is None else read_toml(toml)

        class _WithFile(cls):  # type: ignore[valid-type, misc]
            @classmethod
            def settings_customise_sources(
                cls,
                settings_cls: type[BaseSettings],
                init_settings: PydanticBaseSettingsSource,
                env_settings: PydanticBaseSettingsSource,
                dotenv_settings: PydanticBaseSettingsSource,
                file_secret_settings: PydanticBaseSettingsSource,
            ) -> tuple[PydanticBaseSettingsSource, ...]:
                return (init_settings, env_settings, InitSettingsSource(settings_cls, values))

        return _WithFile(**{name: value for name, value in flags.items() if value is not None})


def load_settings(
    toml: Path | None = None,
    *,
    tell: Callable[[str], None] = lambda words: print(words, file=sys.stderr),
    **flags: Any,
) -> Settings:
    """:meth:`Settings.load` for a program: what is wrong is said in words, with its place.

    ``tell`` hears of each variable that is no setting and looks like one. That is no error:
    Kubernetes and compose files invent ``ASSAY_*`` variables too.

    Raises:
        InvalidSetting: names the flag, the variable, or the file and the line.
        InvalidFile: the file is missing or not TOML.
    """
    for words in _mistyped_variables(os.environ):
        tell(words)
    try:
        return Settings.load(toml, **flags)
    except ValidationError as error:
        given = {name for name, value in flags.items() if value is not None}
        raise InvalidSetting(_problem_of(error, given, toml or named_file())) from error


def _mistyped_variables(environment: Mapping[str, str]) -> list[str]:
    known = {_variable(name) for name in Settings.model_fields} | {VARIABLE}
    return [
        f"{name} is no setting and does not count{near}"
        for name in environment
        if name.startswith(_PREFIX)
        and name.upper() not in known
        and (near := nearest(name, known, cutoff=_MISTYPED))
    ]


def _problem_of(error: ValidationError, flags: Collection[str], toml: Path | None) -> str:
    """What is wrong first, and where it was said: a flag, a variable or the file."""
    first = error.errors()[0]
    words = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return words
    name = str(first["loc"][0])
    known = name in Settings.model_fields
    if not known:
        words = f"there is none of that name{nearest(name, Settings.model_fields)}"
    if known and name in flags:
        return f"setting {name}: {words}"
    if known and any(each.upper() == _variable(name) for each in os.environ):
        return f"{_variable(name)}: setting {name}: {words}"
    assert toml is not None  # said neither by a flag nor by a variable
    line = line_of(toml, name)
    return f"{toml}: setting {name}: {words}" + ("" if line is None else f" (at line {line})")


def _variable(name: str) -> str:
    return _PREFIX + name.upper()
