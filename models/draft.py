"""A draft: one table of a document, typed and frozen, before anything is made of it.

Apart from the drafts of an office and its register, which are built in a fiftieth of the time of `duban status`.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]


class Draft(BaseModel):
    """A table of a document as typed; a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
