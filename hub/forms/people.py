"""Fields about people, alike in all forms that ask for them."""

from hub.forms.form import Field

NOTE = Field(
    name="note",
    label="Note",
    hint="Kept under lock: it may name people, and it can be destroyed. Others see only that there is a note.",
)


def why_held(within: str) -> tuple[Field, ...]:
    """Why somebody's details may be held; `within` is the field of the input that holds them."""
    return (
        Field(
            name=f"{within}.lawful_basis",
            label="Why may you keep their details?",
            hint="If they agreed, choose consent and say when and how. Often it is your public task.",
        ),
        Field(name=f"{within}.consent.given_on", label="When did they agree?", hint="Only if consent is the reason."),
        Field(name=f"{within}.consent.how", label="How did they agree?"),
        Field(
            name=f"{within}.consent.wording",
            label="Which form of words did they agree to?",
            hint="Its name, for example A 2026-05.",
        ),
    )


def owner(within: str, whose: str) -> tuple[Field, ...]:
    """Name and ways to reach somebody, and why they may be held."""
    return (
        Field(name=f"{within}.name", label=f"Name of {whose}", hint="Kept under lock, like the next two."),
        Field(name=f"{within}.email", label="E-mail address"),
        Field(name=f"{within}.phone", label="Telephone"),
        *why_held(within),
    )
