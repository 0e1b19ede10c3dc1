from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

import config
from models.vocabulary import Duty
from tests.duban.program import CHRISTMAS, Program
from tests.servers.prefect import mails

OFFICE = Path(config.__file__).parent / "offices" / "qiyang"


def leave(duban: Program, post: str) -> None:
    left = "UPDATE holding SET until = '2023-12-01' WHERE post_id = (SELECT id FROM post WHERE slug = ?)"
    duban.write(left, post)


def office_without(tmp_path: Path, post: str) -> str:
    """Copy the example office, with nobody in a post."""
    copytree(OFFICE, tmp_path / "office")
    file = tmp_path / "office" / "office.toml"
    held = f'holds = [{{ post = "{post}", from = 2022-07-22 }}]'
    assert held in file.read_text()
    file.write_text(file.read_text().replace(held, "holds = []"))
    return str(tmp_path / "office")


def test_the_office_is_shown_with_what_each_person_answers_for(duban: Program) -> None:
    document = duban.json("office", "show", *CHRISTMAS)
    assert list(document) == ["as_of", "units", "posts", "persons"]
    assert document["as_of"] == "2023-12-25"
    persons = {person["name"]: (person["posts"], person["roles"]) for person in document["persons"]}
    assert persons["公交公司负责人"] == (["公交公司负责人"], ["responsible"])
    assert persons["分管公共交通负责人"] == (["分管公共交通负责人"], ["deputy"])
    assert persons["局长"] == (["局长"], ["head"])
    assert {role for _, roles in persons.values() for role in roles} == set(Duty)


def test_before_a_post_is_held_nobody_answers_for_it(duban: Program) -> None:
    persons = duban.json("office", "show", "--as-of", "2022-07-21")["persons"]
    assert {(*person["posts"], *person["roles"]) for person in persons} == {()}


def test_an_office_of_files_shows_like_the_register_that_came_of_it(duban: Program) -> None:
    assert duban.json("office", "show", "qiyang", *CHRISTMAS) == duban.json("office", "show", *CHRISTMAS)
    assert "局办公室负责人" in duban("office", "show", str(OFFICE), *CHRISTMAS).out


def test_a_sound_office_passes(duban: Program) -> None:
    for path in ((), ("qiyang",)):
        ended = duban("office", "check", *path, *CHRISTMAS)
        assert (ended.code, ended.out.startswith("All 28 posts are held on 2023-12-25")) == (0, True)


def test_a_post_that_nobody_holds_is_found_in_the_register(duban: Program) -> None:
    leave(duban, "director")
    ended = duban("office", "check", "--json", *CHRISTMAS)
    assert ended.code == 1
    assert '"place": "post 局长"' in ended.out


def test_a_post_that_nobody_holds_is_found_in_files(duban: Program, tmp_path: Path) -> None:
    ended = duban("office", "check", office_without(tmp_path, "director"), *CHRISTMAS)
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "post 局长: is held by nobody on 2023-12-25; give it a holder, be it an acting one",
        "1 problems.",
    ]


def test_a_person_on_a_channel_that_has_no_url_is_found(duban: Program) -> None:
    duban.write("UPDATE address SET channel = 'wecom' WHERE target = 'director'")
    ended = duban("office", "check")
    assert ended.code == 1
    assert ended.out.startswith("person 局长: is reached by 'wecom', which no setting names; add its URL to ")


def test_a_policy_that_reaches_everybody_passes(duban: Program) -> None:
    document = duban.json("policy", "check", *CHRISTMAS)
    assert (document["policy"], document["reach_nobody"], document["passed_on"]) == ("default", [], [])
    assert "every step reaches the post it names" in duban("policy", "check").out


def test_a_step_for_a_vacant_post_is_passed_on_or_reaches_nobody(duban: Program) -> None:
    leave(duban, "bus-company-head")
    ended = duban("policy", "check", *CHRISTMAS)
    assert ended.code == 1  # nobody stands above in the ladder of permits
    rows = [line.split() for line in ended.out.splitlines() if line.startswith("公交公司")]
    assert ["公交公司", "permit", "coordinate", "responsible", "公交公司负责人", "nobody"] in rows
    assert [
        "公交公司", "delivery", "due-soon", "responsible", "公交公司负责人", "分管公共交通负责人",
    ] in rows  # fmt: skip


def test_the_policy_is_shown_as_its_document_has_it(duban: Program) -> None:
    document = duban.json("policy", "show")
    assert document["ladders"]["delivery"][0] == {
        "step": "due-soon",
        "after": "-7 working",
        "slip": "remind",
        "to": ["responsible"],
        "repeat": None,
    }
    assert document["hours"] == {"opens": "08:40:00", "closes": "17:30:00"}
    assert "overdue-inspection  31 working  circulate  inspection" in duban("policy", "show").out


def test_the_calendar_is_shown_decree_by_decree(duban: Program) -> None:
    document = duban.json("calendar", "show")
    assert document["horizon"] == "2026-12-31"
    assert document["calendar"]["decrees"][-1]["year"] == 2026
    assert "2026-02-15 to 02-23; worked: 02-14, 02-28" in duban("calendar", "show").out


def test_the_calendar_suffices_until_the_next_years_decree_should_be_there(duban: Program) -> None:
    fine, late = (duban("calendar", "check", "--as-of", day) for day in ("2026-10-31", "2026-11-01"))
    assert (fine.code, late.code) == (0, 1)
    assert "calendar cn: ends with 2026-12-31, and 2027 is wanted" in late.out


def test_a_due_date_beyond_the_decrees_is_told(duban: Program) -> None:
    duban("due", "1.5-1a", "2027-03-01", "--reason", "规划", "--by", "supervision", *CHRISTMAS)
    document = duban.json("calendar", "check", *CHRISTMAS)
    assert (document["problems"], document["provisional"]) == ([], [{"number": "1.5-1a", "due_on": "2027-03-01"}])
    said = "1.5-1a is due on 2027-03-01, beyond what is decreed: its steps are provisional."
    assert said in duban("calendar", "check", *CHRISTMAS).out


def test_what_the_office_added_to_the_calendar_is_shown(
    duban: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "local.toml"
    file.write_text('[[off]]\nday = 2023-12-26\nreason = "停电"\n')
    monkeypatch.setenv("DUBAN_LOCAL_CALENDAR", str(file))
    assert duban.json("calendar", "show")["calendar"]["off"] == [{"day": "2023-12-26", "reason": "停电"}]
    assert "2023-12-26  停电" in duban("calendar", "show").out


def parts(duban: Program) -> dict[str, str]:
    return {check["part"]: check["verdict"] for check in duban.json("doctor")["checks"]}


def test_the_doctor_examines_every_part(duban: Program) -> None:
    found = parts(duban)
    assert found.keys() == {
        "settings", "database", "policy", "calendar", "sweeps at hand", "nightly run", "runs", "messages",
        "addresses", "links", "channel local", "alarm", "disk",
    }  # fmt: skip
    assert "fail" not in found.values()
    assert (found["nightly run"], found["alarm"]) == ("warn", "warn")  # none yet, and nobody named


def test_the_doctor_is_content_once_the_operator_can_be_told(
    duban: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DUBAN_ALARM", f"maildir://{tmp_path}?to=operator")
    assert parts(duban)["alarm"] == "ok"


def test_the_doctor_names_a_remedy_for_whatever_is_wrong(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    duban("sweep", *CHRISTMAS)
    leave(duban, "inspection-office")
    duban.write("UPDATE message SET state = 'refused' WHERE id = 1")
    duban.write("UPDATE message SET state = 'in_doubt' WHERE id = 2")
    duban.write("UPDATE run SET ended_at = NULL")
    duban.write("UPDATE address SET channel = 'hook' WHERE target = 'director'")
    monkeypatch.setenv("DUBAN_CHANNELS", '{"hook": "json://127.0.0.1:1/token"}')
    ended = duban("doctor", "--json")
    assert ended.code == 1
    found = {check["part"]: check for check in ended.document["checks"]}
    assert (found["policy"]["verdict"], found["policy"]["remedy"]) == ("fail", "'duban policy check' lists them")
    assert (found["messages"]["verdict"], found["messages"]["finding"]) == ("warn", "1 refused, 1 in doubt")
    assert (found["runs"]["verdict"], found["runs"]["finding"]) == ("warn", "without an end: 1")
    assert (found["channel hook"]["verdict"], "token" in ended.out) == ("fail", False)


def test_the_doctor_notices_that_the_key_of_the_links_is_gone_or_another_one(
    duban: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def links() -> dict[str, str]:
        (found,) = (one for one in duban.json("doctor")["checks"] if one["part"] == "links")
        return {name: found[name] for name in ("verdict", "finding", "remedy")}

    duban.does("sweep", *CHRISTMAS)
    duban.write("UPDATE message SET release_at = strftime('%Y-%m-%d %H:%M:%f000', 'now')")
    file = duban.home / "secret"
    key = file.read_text()
    held = {"verdict": "ok", "finding": "11 are open and hold", "remedy": ""}
    lost = {
        "verdict": "warn",
        "finding": "11 of 11 that were sent no longer hold, for the key that signed them is gone or was changed",
        "remedy": f"put the former one back (DUBAN_SECRET, or {file}); new messages hold",
    }
    assert links() == held
    file.unlink()
    assert links() == lost
    assert not file.exists()  # a doctor makes none
    duban.does("sweep", *CHRISTMAS)  # and nothing that is new makes up for it
    monkeypatch.setenv("DUBAN_SECRET", "quite another key")
    assert links() == lost
    monkeypatch.setenv("DUBAN_SECRET", key)
    assert links() == held


def test_the_doctor_says_what_keeps_the_register_closed(duban: Program) -> None:
    duban.write("UPDATE alembic_version SET version_num = '9999'")
    ended = duban("doctor")
    assert ended.code == 1
    assert "fail  database  The database is at schema 9999" in ended.out


def test_the_doctor_says_what_is_malformed(duban: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_POLICY", "nowhere.toml")
    ended = duban("doctor")
    assert ended.code == 1
    assert "nowhere.toml: cannot be read" in ended.out


@pytest.mark.parametrize(
    ("sweeps", "finding"),
    [
        ('[[sweep]]\nslug = "roads"\ntitle = "公路"\nunit = "nowhere"\n', "No unit is called 'nowhere'"),
        ('[[sweep]]\nslug = "roads"\n', "sweeps.toml: sweep[roads].title: is missing"),
    ],
)
def test_the_doctor_looks_at_the_sweeps_kept_at_hand(duban: Program, sweeps: str, finding: str) -> None:
    (duban.home / "sweeps.toml").write_text(sweeps)
    ended = duban("doctor", "--json")
    found = {check["part"]: check for check in ended.document["checks"]}["sweeps at hand"]
    assert (ended.code, found["verdict"]) == (1, "fail")
    assert found["finding"].startswith(finding)


def test_the_doctor_tells_when_a_night_was_missed(duban: Program) -> None:
    duban("sweep", *CHRISTMAS)
    duban.write("UPDATE run SET kind = 'nightly'")
    assert parts(duban)["nightly run"] == "ok"
    duban.write("UPDATE run SET ended_at = '2023-12-25 00:40:00.000000'")
    found = {check["part"]: check["verdict"] for check in duban("doctor", "--json").document["checks"]}
    assert found["nightly run"] == "fail"


def test_the_doctor_tells_the_operator_once_a_day_where_asked_to(
    duban: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_ALARM", f"maildir://{duban.home / 'alarm'}")
    duban("doctor")
    assert mails(duban.home / "alarm" / "operator") == []
    for _ in range(2):
        told = duban("doctor", "--alarm")
        assert (told.code, told.err) == (0, "")
    (mail,) = mails(duban.home / "alarm" / "operator")
    assert mail["Subject"] == "duban: doctor: 1 to look at"
    assert mail.get_content() == (
        "nightly run: there has been none; keep 'duban serve' running, or run 'duban nightly'\n"
    )


def test_the_doctor_says_so_where_nobody_can_be_told(duban: Program) -> None:
    said = "doctor: 1 to look at; nobody was told, for DUBAN_ALARM names no channel\n"
    ended = duban("doctor", "--alarm")
    assert (ended.code, ended.err) == (1, said)  # so that the timer's unit fails where systemd shows it


def test_the_doctor_warns_of_due_dates_that_are_provisional(duban: Program) -> None:
    duban("due", "1.5-1a", "2900-01-01", "--reason", "远期", "--by", "supervision", *CHRISTMAS)
    assert parts(duban)["calendar"] == "warn"


@pytest.mark.parametrize("url", ["fax://secret", "json://user:secret@host:0"])
def test_the_doctor_tells_of_a_channel_that_cannot_be_opened(
    duban: Program, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DUBAN_ALARM", url)
    ended = duban("doctor", "--json")
    assert {check["part"]: check["verdict"] for check in ended.document["checks"]}["alarm"] == "fail"
    assert "secret" not in ended.out
