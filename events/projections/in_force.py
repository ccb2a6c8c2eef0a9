"""The renewal catalogue that projections go by."""

import os
from functools import cache

from events.renewal_catalogue import Catalogue, read_catalogue
from events.settings import read_settings


@cache
def catalogue() -> Catalogue:
    """The one in force here. Whoever changes it runs `hub rebuild`, so that all rows follow from it."""
    return read_catalogue(read_settings(os.environ).renewals)
