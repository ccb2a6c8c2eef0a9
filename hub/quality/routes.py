"""What can be recorded about quality."""

from litestar import Router

QUALITY: list[Router] = []
