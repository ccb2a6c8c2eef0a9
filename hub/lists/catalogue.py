"""All lists."""

from hub.due.lists import LISTS as TOLD
from hub.enterprises.lists import LISTS as ENTERPRISES
from hub.learning.lists import LISTS as LEARNING
from hub.lists.listing import Listing
from hub.participation.lists import LISTS as PARTICIPATION
from hub.quality.lists import LISTS as QUALITY
from hub.referrals.lists import LISTS as REFERRALS
from hub.renewals.lists import LISTS as RENEWALS
from hub.training.lists import LISTS as TRAINING

LISTINGS: tuple[Listing, ...] = (
    *ENTERPRISES,
    *REFERRALS,
    *RENEWALS,
    *TRAINING,
    *QUALITY,
    *LEARNING,
    *PARTICIPATION,
    *TOLD,
)
