"""The contract with the user's apps: environment variables, and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox.config.definition import SERVICES, Config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.endpoint import Endpoint

REGION = "us-east-1"
ACCESS_KEY = "sandbox"
SECRET_KEY = "sandbox-secret-key"  # noqa: S105 - loopback only, and printed by `sandbox env`

# Who apps are to the sandbox's own object store, and nowhere else.
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

REGION_NAMES = ("AWS_REGION", "AWS_DEFAULT_REGION")

# A real profile must not leak in: boto3 and others would read these before ours.
PROFILES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
TAKEN_OUT = (
    *PROFILES,
    # With these, boto3 would pass our endpoint by, or refuse it.
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)

# Behind a proxy of the user's, the sandbox's servers could not be reached.
WITHOUT_PROXY = ("127.0.0.1", "localhost")


def contract(
    config: Config,
    state_folder: Path | None,
    endpoints: Mapping[str, Endpoint],
    *,
    own_account: bool = False,
) -> dict[str, str]:
    """Give the variables that an app finds the sandbox by.

    `endpoints` maps services and apps to where they listen; what is not there yet is left out.
    `state_folder` is None for a container, which does not see it. With an object store of
    `own_account` no account is named: apps find the user's where they always do.
    """
    found = {
        "SANDBOX_NAME": config.name,
        **({"SANDBOX_STATE_DIR": str(state_folder)} if state_folder else {}),
        **({name: own_region() for name in REGION_NAMES} if own_account else ACCOUNT),
    }
    for service, variable in SERVICES.items():
        if service in endpoints:
            found[variable] = _address(service, endpoints[service])
    if "object_store" in endpoints and not own_account:
        # Not of a real account: who asks AWS for other services than S3 would be sent there too.
        found["AWS_ENDPOINT_URL"] = endpoints["object_store"].url
    for name, app in config.apps.items():
        if app.provides and app.provides not in found and name in endpoints:
            found[app.provides] = endpoints[name].url
    return found


def own_region() -> str:
    """Give the region that the environment names."""
    named = (os.environ.get(name) for name in REGION_NAMES)
    return next((region for region in named if region), REGION)


def _address(service: str, endpoint: Endpoint) -> str:
    return endpoint.address if service == "stream" else endpoint.url


def process_environment(
    contract_variables: Mapping[str, str], *, own_account: bool = False
) -> dict[str, str]:
    """Give the whole environment of an app: the user's own, less real profiles, plus ours.

    Where the object store is one of the user's `own_account`, profiles stay.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not _leads_outside(name) or (own_account and name in PROFILES)
    }
    direct = _without_proxy(kept)
    return {**kept, **direct, "PYTHONUNBUFFERED": "1", **contract_variables}


def _leads_outside(name: str) -> bool:
    """Tell whether a variable could lead an app to something real."""
    return name in TAKEN_OUT or name in SERVICES.values() or name.startswith("AWS_ENDPOINT_URL")


def _without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Add our hosts to those that are reached without a proxy; programs read either spelling."""
    known = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host for host in known.split(",") if host]
    hosts += [host for host in WITHOUT_PROXY if host not in hosts]
    return dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(hosts))
