"""JSON over HTTP with a deadline for each call, and retries where a retry cannot double anything."""

from __future__ import annotations

import json
from typing import Any

import urllib3

# Reading features and asking a model change nothing, so POST may be tried again.
RETRIES = urllib3.Retry(
    total=4,
    backoff_factor=0.1,
    status_forcelist=(502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
)
TIMEOUT = urllib3.Timeout(connect=2, read=10)


class CallFailedError(Exception):
    """A server gave no answer, or none that can be used."""


class Server:
    """One HTTP server; connections are kept."""

    def __init__(self, url: str) -> None:
        """Connect when first asked."""
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(retries=RETRIES, timeout=TIMEOUT)

    def get(self, path: str) -> Any:
        """GET `path`; raises CallFailedError unless it answers 200 with JSON."""
        return self._call("GET", path, None)

    def post(self, path: str, body: object) -> Any:
        """POST `body` as JSON; raises CallFailedError unless it answers 200 with JSON."""
        return self._call("POST", path, json.dumps(body, allow_nan=False).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        url = self._url + path
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        try:
            answer = self._pool.request(method, url, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise CallFailedError(f"{method} {url}: {error}") from error
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise CallFailedError(f"{method} {url}: {answer.status} {answer.data[:500]!r}")
        try:
            return json.loads(answer.data)
        except ValueError as error:
            raise CallFailedError(f"{method} {url}: not JSON: {answer.data[:100]!r}") from error
