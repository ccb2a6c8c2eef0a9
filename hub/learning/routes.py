"""What can be recorded about learning."""

from litestar import Router

LEARNING: list[Router] = []
