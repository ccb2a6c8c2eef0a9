"""Pages on which people record what happened: one page for all forms, each form described by its capability."""
