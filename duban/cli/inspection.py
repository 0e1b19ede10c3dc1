"""The inspection's own clock: what the statute wants by when, and what the register does not cover by then."""

from typing import Any

from rich.text import Text

from duban.cli.entry import days, due, measure_json
from duban.cli.screen import DIM, light
from models.queries.coverage import Coverage


def inspection_json(found: Coverage) -> dict[str, Any]:
    """Return the inspection and its limits as JSON has them."""
    return {
        "name": found.inspection,
        "feedback_on": found.feedback_on,
        "limits": [measure_json(limit) for limit in found.limits],
        "not_covered": {
            "by": found.by,
            "findings_without_measure": found.findings,
            "without_due_date": found.undated,
            "due_later": found.beyond,
        },
    }


def inspection_lines(found: Coverage) -> Text:
    """Say what is wanted, and list what is not covered, each in a line."""
    text = Text.assemble((found.inspection, "bold underline"), f"  fed back on {found.feedback_on}")
    for limit in found.limits:
        where = light(limit.light) if limit.open else Text(f"done {limit.done_on}", DIM)
        text.append("\n").append(where).append(f"  {limit.number}  {limit.title}  due ")
        text.append(due(limit)).append("  ").append(days(limit)).append(f"  {limit.due_note}", DIM)
    gaps = {
        "findings without a measure": found.findings,
        "open measures without a due date": found.undated,
        f"open measures due after {found.by}": found.beyond,
    }
    for what, numbers in gaps.items():
        if numbers:
            text.append(f"\n{len(numbers)} {what}: ").append(" ".join(numbers), DIM)
    return text
