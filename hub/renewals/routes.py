"""What can be recorded about renewals."""

from litestar import Router

RENEWALS: list[Router] = []
