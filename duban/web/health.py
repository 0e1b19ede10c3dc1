"""Health: whether the nights are done, for whoever watches from outside. It names nobody and nothing."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from duban.web.office import Office
from models.database import reading
from models.queries.runs import is_stale, last_good_night

router = APIRouter()


@router.get("/health")
def health(office: Office) -> JSONResponse:
    """Say how old the last good nightly run is: with 200 when it is fresh, with 503 when a night was missed."""
    with reading(office.place.engine) as session:
        last = last_good_night(session)
    stale = is_stale(last, office.now)
    hours = None if last is None else round((office.now - last).total_seconds() / 3600, 1)
    return JSONResponse({"ok": not stale, "last_good_night_hours_ago": hours}, 503 if stale else 200)
