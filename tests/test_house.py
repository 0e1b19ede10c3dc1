from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FLOORS = ("models", "config", "flows", "duban")

CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "pendulum.now",
    "pendulum.today",
    "func.now",  # the database's clock is a clock too
}


def files() -> list[Path]:
    """Every file of the four floors, as a path from the root."""
    return [
        path.relative_to(ROOT)
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def modules() -> list[Path]:
    return [path for path in files() if path.suffix == ".py"]


def clock_readings(source: str) -> list[str]:
    """Name every mention of a clock in the source, called or handed on, under whatever module name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            names = [".".join(ast.unparse(node).split(".")[-2:])]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [name for name in names if name in CLOCKS]
    return found


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "import datetime as dt; dt.date.today()",
        "Field(default_factory=datetime.now)",
        "from time import time",
        "from pendulum import today as heute",
        "time.time()",
    ],
)
def test_a_reading_of_the_clock_is_recognised(source: str) -> None:
    assert clock_readings(source)


@pytest.mark.parametrize(
    "source", ["clock.now()", "time.monotonic()", "from models.clock import now", "today = due.date()"]
)
def test_what_only_looks_like_a_clock_is_let_pass(source: str) -> None:
    assert not clock_readings(source)


def test_only_models_clock_reads_the_clock() -> None:
    readers = {str(path) for path in modules() if clock_readings((ROOT / path).read_text())}
    assert readers == {"models/clock.py"}


def test_no_flow_hides_a_module_of_the_standard_library() -> None:
    # A flow loaded from its file leaves flows/ at the head of sys.path.
    names = {name for path in modules() if path.parts[0] == "flows" for name in path.with_suffix("").parts}
    assert names & sys.stdlib_module_names == set()


def test_a_wheel_carries_every_file_of_the_four_floors(tmp_path: Path) -> None:
    # Rules, wording, calendars and migrations are no Python modules, and are as necessary.
    expected = {str(path) for path in files()}
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("duban-*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    assert expected - carried == set()
    assert any(name.endswith("licenses/LICENSE") for name in carried)


def test_every_target_of_the_makefile_has_a_comment_and_is_listed() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE)
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {"dev", "demo", "test", "check", "fmt", "bench"} <= set(targets)
    assert re.findall(r"^make ([a-z]+)\t\S", listed, flags=re.MULTILINE) == targets
    assert f".PHONY: {' '.join(targets)}\n" in makefile


def locked() -> dict[str, str]:
    """Return each requirement of the lock, by its name: the whole entry with its hashes."""
    entries = re.findall(r"^\S.*(?:\n +\S.*)*", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    return {entry.partition("==")[0]: entry for entry in entries if not entry.startswith("#")}


def test_every_requirement_of_the_lock_has_a_hash() -> None:
    assert [name for name, entry in locked().items() if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert re.findall(r"https?:|file:|--(?:extra-)?index-url|--find-links|--trusted-host", lock) == []


def test_the_lock_answers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["dev"]]
    versions = {name: re.match(r"\S+==(\S+)", entry) for name, entry in locked().items()}
    unanswered = []
    for requirement in asked:
        version = versions.get(requirement.name)
        if not version or not requirement.specifier.contains(version[1]):
            unanswered.append(str(requirement))
    assert unanswered == []
