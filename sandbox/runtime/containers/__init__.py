"""Services and apps in containers: the one place that imports docker and testcontainers."""

from sandbox.runtime.containers.containers import Containers

__all__ = ["Containers"]
