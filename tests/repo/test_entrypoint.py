"""The start of a container: secrets, stage, neutralisation, the right command."""

from __future__ import annotations

import re

import pytest


class FakeDatabase:
    """A cursor that remembers what was asked and knows two answers."""

    def __init__(self, odoo=True, neutralised=False):
        self.odoo = odoo
        self.neutralised = neutralised
        self.queries = []

    def execute(self, query, values=()):
        self.queries.append((query, values))

    def fetchone(self):
        query, values = self.queries[-1]
        if "to_regclass" in query:
            return (self.odoo,)
        if values == ("database.is_neutralized",):
            return ("true",) if self.neutralised else None
        return None

    def asked(self, word):
        return [query for query, _values in self.queries if word in query]


def _neutralise(entrypoint, database, stage, works=True):
    calls = []

    def run(arguments):
        calls.append(arguments)
        database.neutralised = works
        return 0 if works else 1

    entrypoint.neutralise(database, stage, run)
    return calls


@pytest.mark.parametrize("stage", ["staging", "development"])
def test_a_copy_is_neutralised_once(entrypoint, stage):
    database = FakeDatabase()
    assert _neutralise(entrypoint, database, stage) == [["neutralize"]]
    assert _neutralise(entrypoint, database, stage) == []
    assert len(database.asked("pg_advisory_lock")) == len(database.asked("pg_advisory_unlock"))


def test_production_is_never_neutralised(entrypoint):
    assert _neutralise(entrypoint, FakeDatabase(), "production") == []


def test_an_empty_database_needs_no_neutralisation(entrypoint):
    assert _neutralise(entrypoint, FakeDatabase(odoo=False), "staging") == []


def test_a_failed_neutralisation_stops_the_start(entrypoint):
    database = FakeDatabase()
    with pytest.raises(entrypoint.StartError, match="not starting"):
        _neutralise(entrypoint, database, "staging", works=False)
    assert database.asked("pg_advisory_unlock")


def test_stage_is_one_of_the_known_words(entrypoint):
    assert entrypoint.stage_of({}) == "staging"
    with pytest.raises(entrypoint.StartError, match="'prod'"):
        entrypoint.stage_of({"ISP_STAGE": "prod"})


def test_secrets_come_from_files(entrypoint, tmp_path):
    (tmp_path / "pw").write_text("s3cret\n")
    environ = {"PGPASSWORD_FILE": str(tmp_path / "pw"), "OTHER": "x"}
    entrypoint.read_secrets(environ)
    assert environ == {"PGPASSWORD": "s3cret", "OTHER": "x"}


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_missing_or_empty_secret_is_one_clear_line(entrypoint, tmp_path, content):
    path = tmp_path / "pw"
    if content is not None:
        path.write_text(content)
    with pytest.raises(entrypoint.StartError, match="PGPASSWORD_FILE") as caught:
        entrypoint.read_secrets({"PGPASSWORD_FILE": str(path)})
    assert "\n" not in str(caught.value)


def test_a_secret_is_not_given_twice(entrypoint, tmp_path):
    with pytest.raises(entrypoint.StartError, match="both"):
        entrypoint.read_secrets({"PGPASSWORD": "a", "PGPASSWORD_FILE": str(tmp_path)})


def test_waiting_ends(entrypoint):
    class Open:
        def close(self):
            closed.append(True)

    attempts, closed, naps = [], [], []

    def connect():
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("refused\nmore")
        return Open()

    entrypoint.wait_for_database(connect, patience=60, sleep=naps.append)
    assert (len(attempts), closed, naps) == (3, [True], [1, 1])
    attempts.clear()
    with pytest.raises(entrypoint.StartError, match=r"does not answer: refused$"):
        entrypoint.wait_for_database(connect, patience=0, sleep=naps.append)


def test_setup_installs_or_updates(entrypoint):
    fresh = entrypoint.setup_arguments(installed=False)
    assert not [word for word in fresh if word.startswith("--update")]
    again = entrypoint.setup_arguments(installed=True)
    assert [word for word in again if re.match("--update=.*isp_traffic", word)]
    assert {"--stop-after-init", "--no-http"} <= set(fresh) & set(again)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["--max-cron-threads=0"]),
        (["web"], ["--max-cron-threads=0"]),
        (["cron", "--log-level=debug"], ["--no-http", "--workers=1", "--log-level=debug"]),
        (["collector"], ["isp_collector"]),
        (["shell"], ["shell"]),
    ],
)
def test_the_process_becomes_odoo(entrypoint, monkeypatch, tmp_path, words, expected):
    became = []
    monkeypatch.setattr(entrypoint, "prepare", lambda environ: True)
    monkeypatch.setattr(entrypoint.os, "execve", lambda *call: became.append(call))
    script = tmp_path / "odoo"
    script.write_text("#!/usr/bin/python3\n")
    script.chmod(0o755)
    entrypoint.main(words, {"A": "b", "PATH": str(tmp_path)})
    ((_program, command, environ),) = became
    assert command[1:] == [str(script), *expected]
    assert environ["A"] == "b"


def test_errors_end_the_container(entrypoint, monkeypatch):
    def refuse(environ):
        raise entrypoint.StartError("no")

    monkeypatch.setattr(entrypoint, "prepare", refuse)
    assert entrypoint.main(["web"], {}) == 1


def test_without_odoo_nothing_starts(entrypoint, tmp_path):
    with pytest.raises(entrypoint.StartError, match="no odoo"):
        entrypoint.odoo([], {"PATH": str(tmp_path)})
