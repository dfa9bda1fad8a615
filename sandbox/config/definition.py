"""What a sandbox is made of, as frozen data: the contents of sandbox.toml.

Every field here is a key there, with the same name; the loader (load.py) reads these classes and
nothing else, so a key that stands here can be written, and one that does not is an error.

Three rules hold everywhere: a duration is written `250ms`, `30s`, `5m`, `6h`, `2d` or as a number of
seconds; where a list of texts is wanted, one text is a list of one; a `command` that is one text is
split into words as a shell does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sandbox.document import Duration

# The services, in the order in which they may depend on each other, and the variable under which
# apps find each one.
SERVICES: Mapping[str, str] = {
    "object_store": "AWS_ENDPOINT_URL_S3",
    "stream": "KAFKA_BOOTSTRAP_SERVERS",
    "feature_server": "FEATURE_SERVER_URL",
    "model_server": "MODEL_SERVER_URL",
}


READY_WITHIN = Duration(30)


RuntimeName = Literal["auto", "embedded", "docker", "external"]
ObjectStoreServer = Literal["auto", "ministack", "versitygw", "minio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """The images that services run from in containers; `sandbox images` builds or pulls them.

    `servers` has our own feature and model servers; unless said, it is the one that was built of
    the sandbox that is installed.
    """

    kafka: str = "apache/kafka:4.3.1"
    versitygw: str = "versity/versitygw:v1.8.0"
    minio: str = "sandbox-ml/minio:2026-02-12"
    servers: str = "sandbox-ml/servers:0.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """Services that run already, such as those of staging: where each listens.

    They are used where `runtime` is `external`; services that are not named here are embedded then.
    `name` is how all of them together are called: what would delete or replace data there is
    refused unless it is allowed by that name (`--allow`). `stream` is `host:port`, the others are
    URLs. `kafka` has settings of the stream's clients by librdkafka's names (`security.protocol`,
    `sasl.username`); a value `$NAME` is that variable of the environment, and `$$` a dollar. The
    object store's account is that of the environment (`AWS_ACCESS_KEY_ID` and so on).
    """

    name: str = ""
    stream: str | None = None
    object_store: str | None = None
    feature_server: str | None = None
    model_server: str | None = None
    kafka: dict[str, str] = field(default_factory=dict)

    @property
    def places(self) -> dict[str, str]:
        """The services that are named: service → where it listens, as it is written."""
        written = {service: getattr(self, service) for service in SERVICES}
        return {service: place for service, place in written.items() if place is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of the stream; `config` holds Kafka's own topic settings."""

    partitions: int = 1
    config: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The stream: a Kafka cluster of one broker. Without `port`, a free one is taken."""

    port: int | None = None
    auto_create_topics: bool = True
    topics: dict[str, Topic] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket; `seed` is a folder, relative to sandbox.toml, whose files become its objects."""

    seed: Path | None = None
    versioning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """The object store: S3.

    `server` is the program that serves it. `auto`: ministack, and in containers versitygw. As a
    process of this machine, versitygw or minio must be on the PATH; ministack runs so only.
    """

    port: int | None = None
    server: ObjectStoreServer = "auto"
    buckets: dict[str, Bucket] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTable:
    """A feature table: the columns that name a row, when it became true, and for how long.

    `seed` lists fixture tables (`flights/2013-06-08/weather`) whose rows it starts with.
    """

    entity: tuple[str, ...]
    event_timestamp: str
    ttl: Duration | None = None
    seed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureServer:
    """The feature server: its tables, and its services (named lists of `table:feature`)."""

    port: int | None = None
    tables: dict[str, FeatureTable] = field(default_factory=dict)
    services: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServer:
    """The model server: where bundles lie (`s3://bucket[/prefix]`) and which must be ready."""

    port: int | None = None
    repository: str = "s3://models"
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """When an app counts as ready; exactly one of `log`, `http`, `port`.

    `log`: a regular expression that a line of its log matches. `http`: a path that answers 200 on
    its PORT. `port`: its PORT accepts connections.
    """

    log: str | None = None
    http: str | None = None
    port: bool = False
    within: Duration = READY_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A process of the user's, under test.

    `command` is a list of words, or one text that is split as a shell does; `{python}` in it is the
    interpreter that runs the sandbox, `{port}` the app's port. Where services run in containers, an
    app that names an `image` does too: with its `command`, or the image's own where it has none,
    and `{python}` is `python3`.
    `after` names services and apps that must be ready first. An app that listens gets its port as
    `PORT` (a free one, unless `port` pins it). `provides` names the variable under which others
    find it; where that is a service's variable, the app fills that service's role and the sandbox
    starts no other. `consumes` names the topics that it reads and the consumer group that it reads
    each with, so that settling waits for it even while it is down.
    """

    command: tuple[str, ...] = field(default=(), metadata={"shell": True})
    image: str | None = None
    directory: Path = Path()
    environment: dict[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    ready: Ready | None = None
    port: int | None = None
    provides: str | None = None
    consumes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A sandbox. `path` is the file it was read from; relative paths are relative to its folder.

    `runtime` says in what services run: `embedded` in processes of this machine, `docker` in
    containers, `auto` in containers where an engine answers and has the images, and else embedded.
    With `external`, those that `external` names run already, somewhere else.
    """

    path: Path
    name: str = "sandbox"
    state_dir: Path | None = None
    runtime: RuntimeName = "auto"
    images: Images = Images()
    external: External = External()
    fixtures: Path = Path("fixtures")
    scenarios: Path = Path("scenarios")
    stream: Stream = Stream()
    object_store: ObjectStore = ObjectStore()
    feature_server: FeatureServer = FeatureServer()
    model_server: ModelServer = ModelServer()
    apps: dict[str, App] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder of sandbox.toml."""
        return self.path.parent

    @property
    def state_folder(self) -> Path:
        """Where everything that this sandbox writes lies: `.sandbox/<name>` unless said."""
        return self.folder / (self.state_dir or Path(".sandbox") / self.name)

    @property
    def provided(self) -> dict[str, str]:
        """The services whose role an app fills: service → app."""
        roles = {variable: service for service, variable in SERVICES.items()}
        return {
            roles[app.provides]: name for name, app in self.apps.items() if app.provides in roles
        }
