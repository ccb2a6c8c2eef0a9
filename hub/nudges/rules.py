"""The rules by which people are reminded, found as commands are: the hub knows what a rule is, not who brings it."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from events.nudging.rule import Rule


@cache
def all_rules() -> tuple[Rule[Any], ...]:
    """Those of every package that brings some under the entry point `trellis.rules`."""
    return tuple(rule for found in entry_points(group="trellis.rules") for rule in found.load())


@cache
def by_name() -> Mapping[str, Rule[Any]]:
    return {rule.name: rule for rule in all_rules()}
