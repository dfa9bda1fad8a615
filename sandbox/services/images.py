"""The images that a sandbox of some config runs, by their keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox.services import object_stores
from sandbox.services.plan import HTTP_SERVERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.config.definition import Config


def of_services(config: Config) -> Mapping[str, str]:
    """Give the images of the services, by their keys in [images]: those that are needed."""
    provided = config.provided
    needed = []
    if "stream" not in provided:
        needed.append("kafka")
    if "object_store" not in provided:
        needed.append(object_stores.chosen(config, in_containers=True))
    if any(each not in provided or _is_contained(config, each) for each in HTTP_SERVERS):
        needed.append("servers")
    known = every_service(config)
    return {key: known[key] for key in needed if key in known}


def every_service(config: Config) -> Mapping[str, str]:
    """Give every image of [images] by its key, needed or not."""
    return asdict(config.images)


def of_apps(config: Config) -> Mapping[str, str]:
    """Give the images of the apps that name one, by the apps' names."""
    return {name: app.image for name, app in config.apps.items() if app.image}


def _is_contained(config: Config, service: str) -> bool:
    return config.apps[config.provided[service]].image is not None
