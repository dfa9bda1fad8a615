"""Faults on demand, as data: rules by API that the broker looks up for each request.

A rule applies to the next `times` requests of its API (to all of them where `times` is null; to every
API where `api` is null), each with the probability `chance`, drawn from `rng_seed`:

- error: answer with `error` in every place that an answer of this API has for one; do nothing
- disconnect: do nothing and close the connection
- drop_reply: do it, then close the connection instead of answering: the lost acknowledgement
- hang: do it, and never answer on this connection again
- delay: do it, and answer `seconds` later
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Iterable

Action = Literal["error", "disconnect", "drop_reply", "hang", "delay"]
ACTIONS: tuple[Action, ...] = get_args(Action)
LONGEST_DELAY = 3600.0


class InvalidRuleError(ValueError):
    """A rule makes no sense; the message says which part, and what is valid."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to go wrong; `id` is given by `Rules`, `error` is a code's name or number."""

    api: str | None
    action: Action
    times: int | None = 1
    seconds: float = 0.0
    chance: float = 1.0
    rng_seed: int = 0
    error_code: int = 0
    id: int = 0

    @property
    def error(self) -> Code:
        """The error to answer with."""
        return Code(self.error_code)


def read_rule(data: bytes) -> Rule:
    """Read a rule from JSON, its error by name; raises InvalidRuleError."""
    try:
        said = msgspec.json.decode(data, type=dict)
        name = said.pop("error", None)
        rule = msgspec.convert({**said, "error_code": _code(name)}, Rule)
    except msgspec.ValidationError as error:
        raise InvalidRuleError(str(error)) from error
    except msgspec.DecodeError as error:
        raise InvalidRuleError(f"a rule is an object in JSON: {error}") from error
    return check(rule)


def _code(name: object) -> int:
    if name is None:
        return 0
    if not isinstance(name, str) or name not in Code.__members__:
        raise InvalidRuleError(f"error: {_none_of(name, Code.__members__)}")
    return Code[name]


def _none_of(said: object, known: Iterable[str]) -> str:
    """Say that a name is unknown, and which was probably meant; all names where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - 5 ms, for a mistake

    near = get_close_matches(str(said), known, n=1)
    if near:
        return f"{said!r} is none of them; did you mean {near[0]!r}?"
    return f"{said!r} is none of {', '.join(known)}"


def check(rule: Rule) -> Rule:
    """Give the rule back if it makes sense; raises InvalidRuleError."""
    names = sorted(api.name for api in HANDLERS.values())
    if rule.api is not None and rule.api not in names:
        raise InvalidRuleError(f"api: {_none_of(rule.api, names)}")
    if rule.action == "error" and not rule.error_code:
        raise InvalidRuleError("error: say which, by name, such as NOT_COORDINATOR")
    if rule.times is not None and rule.times < 1:
        raise InvalidRuleError("times: 1 or more, or null for every request")
    if not 0 <= rule.seconds <= LONGEST_DELAY:
        raise InvalidRuleError(f"seconds: between 0 and {LONGEST_DELAY:g}")
    if not 0 < rule.chance <= 1:
        raise InvalidRuleError("chance: above 0, and 1 at the most")
    return rule


class Rules:
    """The rules in force, oldest first."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rules: list[Rule] = []
        self._draws: dict[int, Random] = {}
        self._next_id = 1

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force, under an id of its own."""
        numbered = msgspec.structs.replace(rule, id=self._next_id)
        self._next_id += 1
        self._rules.append(numbered)
        self._draws[numbered.id] = Random(rule.rng_seed)  # noqa: S311 - chance that can be repeated
        return numbered

    def take(self, api: str) -> Rule | None:
        """Give the rule for a request of this API, and use it up by one."""
        for place, rule in enumerate(self._rules):
            if rule.api in (None, api) and self._draws[rule.id].random() < rule.chance:
                self._use_up(place, rule)
                return rule
        return None

    def _use_up(self, place: int, rule: Rule) -> None:
        if rule.times == 1:
            del self._rules[place]
            del self._draws[rule.id]
        elif rule.times is not None:
            self._rules[place] = msgspec.structs.replace(rule, times=rule.times - 1)

    def clear(self) -> None:
        """Lift all rules."""
        self._rules.clear()
        self._draws.clear()

    def listed(self) -> list[dict[str, object]]:
        """Give the rules in force as plain data, each with its error's name."""
        return [
            {
                "id": rule.id,
                "api": rule.api,
                "action": rule.action,
                "times": rule.times,
                "seconds": rule.seconds,
                "chance": rule.chance,
                "rng_seed": rule.rng_seed,
                "error": rule.error.name if rule.error_code else None,
            }
            for rule in self._rules
        ]
