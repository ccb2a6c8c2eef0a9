"""What can be recorded about training."""

from litestar import Router

TRAINING: list[Router] = []
