"""All forms, by their word in addresses."""

from collections.abc import Mapping

from hub.enterprises.forms import FORMS as ENTERPRISES
from hub.forms.form import Form

FORMS: Mapping[str, Form] = {form.name: form for form in (*ENTERPRISES,)}
