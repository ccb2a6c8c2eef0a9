"""All forms, by their word in addresses."""

from collections.abc import Mapping

from hub.areas.forms import FORMS as AREAS
from hub.enterprises.forms import FORMS as ENTERPRISES
from hub.forms.form import Form
from hub.learning.forms import FORMS as LEARNING
from hub.participation.forms import FORMS as PARTICIPATION
from hub.quality.forms import FORMS as QUALITY
from hub.referrals.forms import FORMS as REFERRALS
from hub.renewals.forms import FORMS as RENEWALS
from hub.training.forms import FORMS as TRAINING

FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (*ENTERPRISES, *TRAINING, *QUALITY, *RENEWALS, *REFERRALS, *LEARNING, *PARTICIPATION, *AREAS)
}
