"""The contract with apps: the variables that they find the sandbox by, and none that mislead."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.config.definition import SERVICES
from sandbox.config.load import load_config
from sandbox.endpoint import Endpoint
from sandbox.services.environment import (
    ACCESS_KEY,
    SECRET_KEY,
    TAKEN_OUT,
    contract,
    process_environment,
)

if TYPE_CHECKING:
    from sandbox.config.definition import Config

STATE = Path("/x/.sandbox/shop")
EVERYTHING = {name: Endpoint("127.0.0.1", 100 + place) for place, name in enumerate(SERVICES)}


def test_everything_that_is_up(config: Config) -> None:
    """With everything up, every variable of the contract is there, and nothing else."""
    found = contract(config, STATE, {**EVERYTHING, "web": Endpoint("127.0.0.1", 200)})
    assert found == {
        "SANDBOX_NAME": "shop",
        "SANDBOX_STATE_DIR": str(STATE),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:100",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:100",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:101",
        "FEATURE_SERVER_URL": "http://127.0.0.1:102",
        "MODEL_SERVER_URL": "http://127.0.0.1:103",
        "WEB_URL": "http://127.0.0.1:200",
    }


def test_what_is_not_up_is_left_out(config: Config) -> None:
    """A service or app that does not listen yet has no variable, rather than an empty one."""
    found = contract(config, STATE, {"stream": EVERYTHING["stream"]})
    addresses = {*SERVICES.values(), "AWS_ENDPOINT_URL", "WEB_URL"}
    assert addresses & set(found) == {"KAFKA_BOOTSTRAP_SERVERS"}


def test_a_role_of_the_users_own(tmp_path: Path) -> None:
    """Where an app fills a service's role the link before it is what others find, if it is up."""
    file = tmp_path / "sandbox.toml"
    file.write_text('[apps.mine]\ncommand = "x"\nprovides = "MODEL_SERVER_URL"\n')
    config = load_config(file, environ={})
    app, link = Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2)
    found = contract(config, STATE, {"mine": app, "model_server": link})
    assert found["MODEL_SERVER_URL"] == link.url
    assert contract(config, STATE, {"mine": app})["MODEL_SERVER_URL"] == app.url


def test_the_state_folder_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SANDBOX_STATE_DIR is absolute, however the config was named: apps run in other folders."""
    (tmp_path / "sandbox.toml").write_text('name = "shop"\n')
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("sandbox.toml"), environ={})
    found = contract(config, config.state_folder, {})
    assert Path(found["SANDBOX_STATE_DIR"]) == tmp_path / ".sandbox" / "shop"


@pytest.mark.parametrize("variable", TAKEN_OUT)
def test_real_profiles_do_not_leak_in(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would lead an app's client to a real account, or past the sandbox, is taken out."""
    monkeypatch.setenv(variable, "production")
    assert variable not in process_environment({})


def test_a_profile_is_taken_out() -> None:
    """The profile is among what is taken out, and the files that it stands in are none."""
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"} <= {
        *TAKEN_OUT
    }


def test_the_users_own_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the user's environment stays, and the sandbox's variables win over it."""
    monkeypatch.setenv("MODE", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example")
    found = process_environment({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"})
    assert (found["MODE"], found["AWS_ENDPOINT_URL_S3"]) == ("test", "http://127.0.0.1:1")
    assert found["PYTHONUNBUFFERED"] == "1"


@pytest.mark.parametrize(
    ("lower", "upper", "hosts"),
    [
        (None, None, "127.0.0.1,localhost"),
        ("a.example", None, "a.example,127.0.0.1,localhost"),
        (None, "b.example,localhost", "b.example,localhost,127.0.0.1"),
        ("a.example", "b.example", "a.example,127.0.0.1,localhost"),
    ],
)
def test_no_proxy_stands_between(
    lower: str | None, upper: str | None, hosts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox's own hosts are reached without the user's proxy, in either spelling."""
    for name, value in (("no_proxy", lower), ("NO_PROXY", upper)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    found = process_environment({})
    assert found["no_proxy"] == found["NO_PROXY"] == hosts
