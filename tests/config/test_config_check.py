"""What is wrong in sandbox.toml is named with its line, its key and what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

# What is written instead of what; the line's words, key and message of the error; and its hint.
WRONG = [
    (
        "[stream]\n",
        "[strem]\n",
        "[strem]",
        "strem",
        "unknown key 'strem'",
        "did you mean 'stream'?",
    ),
    (
        "partitions = 2",
        "partition = 2",
        "partition =",
        "stream.topics.orders.partition",
        "unknown key 'partition'",
        "did you mean 'partitions'?",
    ),
    (
        'http = "/health", within',
        'http = "/health", wthin',
        "wthin",
        "apps.web.ready.wthin",
        "unknown key 'wthin'",
        "did you mean 'within'?",
    ),
    (
        'command = ["{python}", "-m", "worker"]\n',
        "",
        "[apps.worker]",
        "apps.worker",
        "the key 'command' is missing",
        "command: a list of texts; or an image, for an app that runs in containers only",
    ),
    (
        "partitions = 2",
        'partitions = "2"',
        "partitions",
        "stream.topics.orders.partitions",
        "a whole number is wanted here, not the text '2'",
        "take the quotes away: 2",
    ),
    (
        'ttl = "6h"',
        'ttl = "6 hours"',
        "ttl",
        "feature_server.tables.weather.ttl",
        "a duration is written like 250ms, 30s, 5m, 6h or 2d, and here is the text '6 hours'",
        None,
    ),
    (
        '"1000" }',
        "1000 }",
        "retention",
        'stream.topics."orders.dead_letter".config."retention.ms"',
        "a text is wanted here, not the number 1000",
        'put it in quotes: "1000"',
    ),
    (
        "partitions = 2",
        "partitions = 0",
        "partitions",
        "stream.topics.orders.partitions",
        "a topic has one partition or more",
        None,
    ),
    (
        "topics.orders]",
        'topics."my orders"]',
        "my orders",
        'stream.topics."my orders"',
        "'my orders' cannot be the name of a topic",
        "letters, digits, dot, dash and underscore, 249 at most; Kafka keeps some for itself",
    ),
    (
        "port = 19092",
        "port = 0",
        "port = 0",
        "stream.port",
        "0 is no port",
        "from 1 to 65535, or leave it out and a free one is taken",
    ),
    (
        "port = 18080",
        "port = 19092",
        "port = 19092\nprovides",
        "apps.web.port",
        "stream.port pins 19092 already",
        None,
    ),
    (
        "buckets.archive]",
        "buckets.Archive]",
        "Archive",
        "object_store.buckets.Archive",
        "'Archive' cannot be the name of a bucket",
        None,
    ),
    (
        'seed = "seeds/models"',
        'seed = "seeds/model"',
        "seeds/model",
        "object_store.buckets.models.seed",
        "there is no folder {folder}/seeds/model",
        None,
    ),
    (
        '"s3://models"',
        '"models"',
        "repository",
        "model_server.repository",
        "'models' is no place in the object store",
        "s3://bucket, or s3://bucket/prefix",
    ),
    (
        '"s3://models"',
        '"s3://model/prefix"',
        "repository",
        "model_server.repository",
        "there is no bucket 'model'",
        "did you mean 'models'?",
    ),
    (
        'models = ["delay"]',
        'models = ["dealy"]',
        "dealy",
        "model_server.models[0]",
        "{folder}/seeds/models has no model 'dealy'",
        "did you mean 'delay'?",
    ),
    (
        "monday/weather",
        "mondy/weather",
        "mondy",
        "feature_server.tables.weather.seed[0]",
        "there is no fixture at {folder}/fixtures/days/mondy",
        "did you mean 'monday'?",
    ),
    (
        "monday/weather",
        "monday/wether",
        "wether",
        "feature_server.tables.weather.seed[0]",
        "days/monday has no table 'wether'",
        "did you mean 'weather'?",
    ),
    (
        "days/monday/weather",
        "weather",
        'seed = "weather',
        "feature_server.tables.weather.seed[0]",
        "'weather' is no fixture table",
        "write it as fixture/table",
    ),
    (
        'entity = "origin"',
        'entity = "orgin"',
        "orgin",
        "feature_server.tables.weather.entity",
        "days/monday/weather has no column 'orgin'",
        "did you mean 'origin'?",
    ),
    (
        'entity = "origin"',
        "entity = []",
        "entity = []",
        "feature_server.tables.weather.entity",
        "a feature table has one entity column or more",
        None,
    ),
    (
        '"observed_at"',
        '"observed"',
        "observed",
        "feature_server.tables.weather.event_timestamp",
        "days/monday/weather has no column 'observed'",
        "did you mean 'observed_at'?",
    ),
    (
        "weather:temp",
        "wether:temp",
        "wether",
        "feature_server.services.score[0]",
        "there is no feature table 'wether'",
        "did you mean 'weather'?",
    ),
    (
        "weather:temp",
        "weather:tmp",
        "tmp",
        "feature_server.services.score[0]",
        "weather has no feature 'tmp'",
        "did you mean 'temp'?",
    ),
    (
        "weather:temp",
        "weather.temp",
        "weather.temp",
        "feature_server.services.score[0]",
        "'weather.temp' is no feature",
        "write it as table:feature",
    ),
    (
        "[apps.worker]",
        "[apps.stream]",
        "[apps.stream]",
        "apps.stream",
        "'stream' is the name of a service",
        None,
    ),
    (
        "[apps.worker]",
        '[apps."my worker"]',
        "my worker",
        'apps."my worker"',
        "'my worker' cannot be the name of an app",
        None,
    ),
    (
        'command = ["{python}", "-m", "worker"]',
        'command = ""',
        'command = ""',
        "apps.worker.command",
        "a command has one word or more",
        None,
    ),
    (
        "-m 'my web'",
        "-m 'my web",
        "my web",
        "apps.web.command",
        "this is no command: No closing quotation",
        "close every quote, or write a list of words",
    ),
    (
        'directory = "seeds"',
        'directory = "nowhere"',
        "nowhere",
        "apps.web.directory",
        "there is no folder {folder}/nowhere",
        None,
    ),
    (
        "MODE =",
        '"MY-MODE" =',
        "MY-MODE",
        "apps.web.environment.MY-MODE",
        "'MY-MODE' is no variable",
        "letters, digits and underscore, no digit first",
    ),
    (
        '"stream", "web"',
        '"strem", "web"',
        "strem",
        "apps.worker.after[0]",
        "there is no service or app 'strem'",
        "did you mean 'stream'?",
    ),
    (
        "consumes = { orders",
        "consumes = { order",
        "consumes",
        "apps.worker.consumes.order",
        "there is no declared topic 'order'",
        "did you mean 'orders'?",
    ),
    (
        'ready = { log = "^ready" }',
        'ready = { log = "^ready", port = true }',
        "port = true",
        "apps.worker.ready",
        "an app is ready in one way",
        "say one of log, http and port",
    ),
    (
        'ready = { log = "^ready" }',
        "ready = {}",
        "ready = {}",
        "apps.worker.ready",
        "an app is ready in one way",
        "say one of log, http and port",
    ),
    (
        "^ready",
        "(ready",
        "(ready",
        "apps.worker.ready.log",
        "this is no regular expression: missing ), unterminated subpattern at position 0",
        None,
    ),
    (
        '"/health"',
        '"health"',
        "health",
        "apps.web.ready.http",
        "a path begins with a slash",
        "/health",
    ),
    (
        '"WEB_URL"',
        '"WEB-URL"',
        "WEB-URL",
        "apps.web.provides",
        "'WEB-URL' is no variable",
        None,
    ),
    (
        'consumes = { orders = "worker" }',
        "provides  = 'WEB_URL'",
        "provides  = ",
        "apps.worker.provides",
        "the app 'web' provides WEB_URL already",
        None,
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "words", "key", "message", "hint"), WRONG, ids=[each[3] for each in WRONG]
)
def test_what_is_wrong_is_named(
    project: Project,
    *,
    old: str,
    new: str,
    words: str,
    key: str,
    message: str,
    hint: str | None,
) -> None:
    """Each mistake is shown at its own line and key, in words, with the nearest valid name."""
    project.is_told(old, new, words=words, key=key, message=message, hint=hint)


@pytest.mark.parametrize(
    ("old", "new", "circle"),
    [
        (
            'provides = "WEB_URL"',
            'after = "worker"',
            {"web → worker → web", "worker → web → worker"},
        ),
        ('"stream", "web"', '"stream", "worker"', {"worker → worker"}),
    ],
)
def test_apps_that_wait_for_each_other_are_named(
    project: Project, old: str, new: str, circle: set[str]
) -> None:
    """A circle in `after` is shown as a circle."""
    error = project.complaint(old, new)
    assert error.message.removeprefix("apps wait for each other: ") in circle
    assert error.where is not None
    assert error.where.line is not None
    assert project.file.read_text().splitlines()[error.where.line - 1].startswith("after = ")


def test_an_app_may_fill_a_service_s_role(project: Project) -> None:
    """An app that provides a service's variable is found by that service."""
    text = project.file.read_text().replace('"WEB_URL"', '"MODEL_SERVER_URL"')
    project.file.write_text(text)
    assert project.load().provided == {"model_server": "web"}


def test_a_default_repository_needs_no_bucket_while_no_model_is_wanted(project: Project) -> None:
    """Who uses no models need not declare where they lie."""
    text = project.file.read_text()
    start = text.index("[model_server]")
    project.file.write_text(text[:start] + text[text.index("[apps.web]") :])
    assert project.load().model_server.models == ()


def test_nothing_is_changed_by_a_wrong_file(project: Project) -> None:
    """Loading what is wrong leaves the folder as it was."""
    before = sorted(project.folder.rglob("*"))
    project.complaint("partitions = 2", "partitions = 0")
    assert sorted(project.folder.rglob("*")) == before
