"""The flows on a real Prefect server, which `duban serve` runs as an operator would."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from config.settings import load_settings
from config.workplace import open_workplace
from flows import launch, rounds
from flows.sweep import Request
from models.clock import now
from models.commands.runs import OutOfOrder
from models.database import open_database, writing
from models.office import Address
from models.queries.office import UnknownPerson
from models.queries.runs import STALE
from models.queries.scope import Scope, UnknownScope
from models.run import Run
from models.vocabulary import Light, RunKind
from tests.servers.listener import Listener
from tests.servers.prefect import SECRET, Served, descendants, mails, own_environment, serving, settings_of, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2023, 12, 25, 9, tzinfo=SHANGHAI)
TUESDAY = datetime(2023, 12, 26, 9, tzinfo=SHANGHAI)

BY = "局巡察整改办（督查）"

# Prefect's clients leave their connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# In this order: the register's time goes on from test to test, and the last one stops the server.


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def here(served: Served) -> Iterator[Served]:
    """This process as a client of the server, too, in the same office."""
    home = served.home / "prefect"
    with own_environment(
        **settings_of(served.home), PREFECT_HOME=str(home), PREFECT_SERVER_ANALYTICS_ENABLED="false"
    ):
        # Prefect reads its environment once for all, perhaps for a test before: it finds no server there.
        from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings  # noqa: PLC0415

        os.environ["PREFECT_API_URL"] = served.url
        with temporary_settings({PREFECT_API_URL: served.url, PREFECT_HOME: home}):
            yield served
    gc.collect()  # while what Prefect leaves behind is forgiven


def test_a_sweep_started_through_the_api_leaves_the_table_of_its_unit(served: Served) -> None:
    run = served.start("sweep/general", parameters={"unit": "bus-company", "as_of": "2023-12-25", "by": BY})
    assert run["state"]["type"] == "COMPLETED"
    left = served.artifacts(run["id"])
    units = {row["责任单位"] for row in left["duban-sweep-measures"]}
    assert units == {"公交公司"}
    assert "1.3-2c" in {row["编号"] for row in left["duban-sweep-measures"]}
    assert "| 1.3-2c | 智慧公交专项债立项批复 | 公交公司 | 红 | 已逾期25天 |" in left["duban-sweep"]
    (report,) = left["duban-sweep-report"]
    assert report["scope"] == "unit=bus-company"
    assert f"发起: {BY}" in left["duban-sweep"]
    assert report["accepted"] == report["messages"] > 0


def test_what_is_no_light_is_refused_before_it_runs(served: Served) -> None:
    deployment = served.get("/deployments/name/sweep/general")
    for wrong in ({"light": "purple"}, {"dry_run": "maybe"}, {"state": "late"}):
        status, said = served.post(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": wrong})
        assert status == 409, said


def test_the_sweeps_that_the_office_keeps_at_hand_are_served_with_their_topics(served: Served) -> None:
    _, found = served.post("/deployments/filter", {"flows": {"name": {"any_": ["sweep"]}}})
    assert {one["name"]: one["parameters"] for one in found} == {
        "general": {},
        "special-bonds": {"topic": "special-bond"},
        "branch-elections": {"topic": "branch-election"},
        "bus-purchases": {"topic": "bus-purchase"},
    }


def test_prefect_s_pages_find_the_api_wherever_they_are_read(served: Served) -> None:
    assert served.ui_settings()["api_url"] == "/api"


def test_the_night_is_scheduled_in_the_office_s_own_time(served: Served) -> None:
    night = served.get("/deployments/name/nightly/nightly")
    ahead = {
        "deployments": {"id": {"any_": [night["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }
    runs = wait_for(lambda: served.post("/flow_runs/filter", ahead)[1])
    starts = [datetime.fromisoformat(run["expected_start_time"]).astimezone(SHANGHAI) for run in runs]
    assert {f"{start:%H:%M}" for start in starts} == {"00:30"}


def test_a_supervisor_follows_a_sweep_and_gets_the_report_that_it_would_have_made_here(here: Served) -> None:
    scope, states = Scope(light=Light.RED), list[str]()
    told = launch.trigger(load_settings(), scope, as_of=MONDAY.isoformat(), dry_run=True, by=BY, tell=states.append)
    request = Request(RunKind.SWEEP, "", scope, MONDAY, now())
    same = rounds.sweep_now(open_workplace(load_settings()), request, dry_run=True)
    assert told.would_say == same.would_say != []
    assert told.would_withhold == same.would_withhold
    assert told.as_of == MONDAY
    assert (states[0], states[-1]) == ("Scheduled", "Completed")
    assert here.artifacts(_last(here, "sweep")["id"])["duban-sweep"].count("将催办") == 1


@pytest.mark.usefixtures("here")
def test_the_second_night_finds_nothing_left_to_say() -> None:
    first, second = (launch.run_nightly(load_settings(), MONDAY, "somebody") for _ in range(2))
    assert first.reminders > 0
    assert first.messages == first.accepted + first.held > first.held > 0  # who was told today hears more tomorrow
    assert (second.reminders, second.messages, second.accepted) == (0, 0, 0)
    assert second.run is not None


def test_a_night_before_the_last_one_is_refused_before_prefect_is_asked(here: Served) -> None:
    runs = _count(here)
    with pytest.raises(OutOfOrder):
        launch.run_nightly(load_settings(), MONDAY - timedelta(1), "somebody")
    assert _count(here) == runs


def test_the_operator_hears_once_what_was_refused(here: Served) -> None:
    place = open_workplace(load_settings())
    with writing(place.engine) as session:
        for address in session.exec(select(Address)).all():
            address.target = f"../{address.target}"
    told = launch.run_nightly(load_settings(), TUESDAY, "somebody")
    assert told.refused > 0
    (body,) = _alarms(here, "duban: nightly: ")
    assert body.count("refused: the target is not the name of a folder") == told.refused
    with writing(place.engine) as session:
        for address in session.exec(select(Address)).all():
            address.target = address.target.removeprefix("../")
            address.disabled_at = None


def test_the_operator_hears_that_a_run_failed_and_why(here: Served) -> None:
    from flows.adhoc import sweep  # noqa: PLC0415 - not before the environment is set

    with pytest.raises(UnknownScope):
        asyncio.run(sweep(unit="nowhere"))
    (body,) = _alarms(here, "duban: sweep failed")
    assert "No unit is called 'nowhere'; 'duban office show' lists them." in body


def test_only_people_of_the_office_are_swept_for(here: Served) -> None:
    from flows.adhoc import sweep  # noqa: PLC0415 - not before the environment is set

    with pytest.raises(UnknownPerson):
        asyncio.run(sweep(by="somebody else", dry_run=True))
    assert _last(here, "sweep")["state"]["type"] == "FAILED"


def test_a_database_that_is_away_for_a_moment_is_asked_again(here: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.nightly import nightly  # noqa: PLC0415 - not before the environment is set

    link, nothing = here.home / "link.db", here.home / "nothing"
    nothing.mkdir()
    link.symlink_to(nothing)  # a folder is no database
    monkeypatch.setenv("DUBAN_DATABASE_URL", f"sqlite:///{link}")

    def come_back() -> None:
        waiting = {"task_runs": {"name": {"like_": "open"}, "state": {"name": {"any_": ["AwaitingRetry"]}}}}
        wait_for(lambda: here.post("/task_runs/filter", waiting)[1])
        link.unlink()
        link.symlink_to(here.home / "duban.db")

    with ThreadPoolExecutor() as meanwhile:
        back = meanwhile.submit(come_back)
        asyncio.run(nightly(as_of=TUESDAY.isoformat(), by="somebody"))
        back.result()
    opened = {"flows": {"name": {"any_": ["nightly"]}}, "task_runs": {"name": {"like_": "open"}}}
    assert max(run["run_count"] for run in here.post("/task_runs/filter", opened)[1]) == 2


@pytest.mark.usefixtures("here")
def test_a_good_night_is_followed_by_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.nightly import nightly  # noqa: PLC0415 - not before the environment is set

    with Listener() as listener:
        monkeypatch.setenv("DUBAN_HEARTBEAT", f"http://{listener.address}/ping/7b0a4a6e")
        asyncio.run(nightly(as_of=TUESDAY.isoformat(), by="somebody"))
    assert listener.heard == ["/ping/7b0a4a6e"]


def test_the_operator_hears_that_a_run_was_killed(served: Served) -> None:
    before = served.pids
    run = served.begin("sweep/general", parameters={"dry_run": True})
    (pid,) = wait_for(lambda: served.pids - before)
    os.kill(pid, signal.SIGKILL)
    assert served.ended(run["id"])["state"]["type"] == "CRASHED"
    (body,) = wait_for(lambda: _alarms(served, "duban: sweep crashed"))
    assert run["name"] in body
    assert "Process exited with status code: -9" in body


def test_nights_that_were_missed_are_one_night(served: Served) -> None:
    def late(days: int) -> dict[str, Any]:
        start = (now() - timedelta(days)).isoformat()
        return served.start(
            "nightly/nightly", state={"type": "SCHEDULED", "state_details": {"scheduled_time": start}}
        )

    first, second = late(3), late(2)
    assert first["state"]["name"] == "Completed"
    assert second["state"]["name"] == "Coalesced"
    (report,) = served.artifacts(first["id"])["duban-nightly-report"]
    as_of = datetime.fromisoformat(report["as_of"])
    assert f"{as_of.astimezone(SHANGHAI):%H:%M}" == "00:30"
    assert timedelta(0) <= now() - as_of < timedelta(1)


def test_prefect_looks_by_itself_whether_the_nights_come_to_their_end(served: Served) -> None:
    _, (automation,) = served.post("/automations/filter", {})
    assert automation["trigger"]["posture"] == "Proactive"
    assert automation["trigger"]["within"] == STALE.total_seconds()
    watchdog = served.get("/deployments/name/nights/watchdog")
    assert automation["actions"][0]["deployment_id"] == watchdog["id"]
    assert served.start("nights/watchdog")["state"]["message"] == "The nights come to their end."
    engine = open_database(f"sqlite:///{served.home / 'duban.db'}")
    with writing(engine) as session:
        for run in session.exec(select(Run).where(Run.kind == RunKind.NIGHTLY)).all():
            run.ended_at = run.started_at - 2 * STALE
            session.add(run)
    engine.dispose()
    said = served.start("nights/watchdog")["state"]["message"]
    assert said.startswith("The last nightly run that came to its end did so at ")
    (body,) = _alarms(served, "duban: doctor: 1 to look at")
    assert body == f"{said}\n"


def test_no_secret_is_left_with_prefect_or_in_a_log(served: Served) -> None:
    files = [path for path in served.home.rglob("*") if path.is_file()]
    assert served.home / "prefect" / "prefect.db" in files
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_a_stop_leaves_no_process_behind(served: Served) -> None:
    before = served.pids
    served.begin("sweep/general", parameters={"dry_run": True})
    wait_for(lambda: served.pids - before)
    everything = served.pids
    assert served.stop() == 0
    wait_for(lambda: not everything & descendants(1))  # what was killed takes a moment to be gone


def _last(served: Served, flow: str) -> dict[str, Any]:
    wanted = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC", "limit": 1}
    run: dict[str, Any] = served.post("/flow_runs/filter", wanted)[1][0]
    return run


def _count(served: Served) -> int:
    count: int = served.post("/flow_runs/count", {})[1]
    return count


def _alarms(served: Served, subject: str) -> list[str]:
    """Return what the operator was told under subjects that begin so."""
    mine = [mail for mail in mails(served.home / "alarm" / "operator") if mail["Subject"].startswith(subject)]
    return [str(mail.get_content()) for mail in mine]
