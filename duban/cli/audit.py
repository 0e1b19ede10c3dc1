"""The audit by hand: every difference as a line, or one line that there is none."""

from typer import Exit

from duban.cli.desk import at_work
from duban.cli.output import print_json
from duban.cli.screen import console, counted, table
from flows.audit import Audit
from flows.audit import audit as find


def audit(*, as_of: str | None, as_json: bool) -> None:
    """Print what the audit finds; exits with 1 where that is anything."""
    with at_work(as_of) as desk:
        found = find(desk.place, desk.as_of)
    if as_json:
        print_json(found)
    else:
        _show(found)
    if found.found:
        raise Exit(1)


def _show(found: Audit) -> None:
    screen = console()
    if not found.found:
        screen.print("What was owed is sent, held, or withheld with a reason: no difference.")
        return
    made = table("about", "watch", "step", "to", "difference", "where to look")
    for one in found.differences:
        made.add_row(one.about, one.watch or "", one.step or "", one.post or "", one.what, one.where)
    screen.print(made)
    more = found.found - len(found.differences)
    screen.print(f"{counted(found.found, 'difference')}{f', {more} of them not listed' if more else ''}.")
