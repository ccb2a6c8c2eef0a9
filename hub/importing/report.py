"""What came of an import, and how it is shown."""

from collections.abc import Sequence

from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.look.words import count, number

SHOWN = 50
"""Errors listed; the rest are counted."""


class RowError(Struct, frozen=True, kw_only=True):
    row: int
    """As a spreadsheet shows it: the heading is row 1."""
    column: str
    wrong: str
    expected: str


class Report(Struct, frozen=True, kw_only=True):
    kind: str
    file: str
    dry_run: bool
    rows: int
    new: int
    """Rows recorded now, or that would be."""
    errors: Sequence[RowError] = ()
    """The first of them by row."""
    errors_in_all: int = 0

    @property
    def ok(self) -> bool:
        return not self.errors_in_all

    @property
    def sentence(self) -> str:
        """What happened."""
        rows, before = count(self.rows, "row", "rows"), self.rows - self.new
        if self.errors_in_all:
            wrong = count(self.errors_in_all, "thing is", "things are")
            return f"Nothing was imported: {wrong} wrong in {self.file}. Put it right and import the file again."
        if not self.rows:
            return f"{self.file} has a heading and no rows. Nothing was imported."
        if not self.new:
            return f"Nothing new: all {rows} were already there." if self.rows > 1 else "Nothing new: it was there."
        new = count(self.new, "row", "rows")
        done = f"{new} can be imported" if self.dry_run else f"{new} {'was' if self.new == 1 else 'were'} imported"
        others = f"; {number(before)} {'was' if before == 1 else 'were'} already there" if before else ""
        return f"{done}{others}. This was a trial: nothing was recorded." if self.dry_run else f"{done}{others}."


def render_report(report: Report, console: Console) -> None:
    """A table of what is wrong, if anything is, and the sentence."""
    if report.errors:
        table = Table("Row", "Column", "What is wrong", "Expected", header_style="bold", title_justify="left")
        for error in report.errors:
            # what a file holds is shown as it is, never read as markup
            table.add_row(str(error.row), *(Text(words) for words in (error.column, error.wrong, error.expected)))
        console.print(table)
        more = report.errors_in_all - len(report.errors)
        if more:
            console.print(f"and {count(more, 'more error', 'more errors')}.")
    console.print(Text(report.sentence, style="green" if report.ok else "bold red"))
