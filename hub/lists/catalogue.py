"""All lists."""

from hub.enterprises.lists import LISTS as ENTERPRISES
from hub.lists.listing import Listing

LISTINGS: tuple[Listing, ...] = (*ENTERPRISES,)
