"""What can be recorded about referrals."""

from litestar import Router

REFERRALS: list[Router] = []
