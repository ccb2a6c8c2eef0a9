"""How every page looks: layout, macros, filters, graphics, and the built stylesheet with its fonts."""
