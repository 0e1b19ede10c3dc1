"""The sheet: a digest with all its measures as a table for a spreadsheet, which goes along with a mail."""

from datetime import UTC, datetime, time
from io import BytesIO

from xlsxwriter import Workbook

from config import wording
from models.queries.digest import Digest

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = (6, 10, 42, 18, 10, 30, 36)  # characters
_PAPER = 9  # A4


def sheet(digest: Digest, locale: str) -> bytes:
    """Return the measures of a digest as an .xlsx file, in its order; the same digest makes the same bytes.

    What measures are called is never taken for a formula or a link.
    """
    file = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(file, options) as book:
        book.set_properties({"created": datetime.combine(digest.on, time(), UTC).replace(tzinfo=None)})
        page = book.add_worksheet()
        cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
        table = wording.table(digest, locale)
        for number, row in enumerate(table):
            page.write_row(number, 0, row, cell if number else head)
        for column, width in enumerate(_WIDTHS):
            page.set_column(column, column, width)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(table) - 1, len(_WIDTHS) - 1)
        page.repeat_rows(0)
        page.set_landscape()
        page.set_paper(_PAPER)
        page.fit_to_pages(1, 0)
    return file.getvalue()
