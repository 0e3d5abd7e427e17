"""What set-up and test runner promise when they are interrupted or something is wrong."""

import pytest

from scripts import console, logcheck, odoo_source, paths, postgres, python_env, system_packages

STAMP = "2026-01-02 03:04:05,678 99 {level} test_isp_x {logger}: {text}\n"
RESULT = ("ERROR", "odoo.tests.result", "1 failed, 0 error(s) of 3 tests when loading database")


def _log(tmp_path, *lines, **options):
    path = tmp_path / "odoo.log"
    text = [STAMP.format(level=level, logger=name, text=text) for level, name, text in lines]
    path.write_text("".join(text), encoding="utf-8")
    return logcheck.read(path, **options)


def test_failed_test_counts_once(tmp_path):
    told = ("ERROR", "odoo.addons.isp_x.tests.test_a", "FAIL: TestA.test_b")
    report = _log(tmp_path, told, RESULT)
    assert (report.tests, report.failures, report.unexpected) == (3, 1, [])
    assert report.broken == ["FAIL: TestA.test_b"]


@pytest.mark.parametrize("logger", ["odoo.addons.isp_x.models.a", "odoo.addons.isp_x.tests.test_a"])
def test_warning_is_unexpected(tmp_path, logger):
    report = _log(tmp_path, ("WARNING", logger, "something odd"))
    assert len(report.unexpected) == 1


@pytest.mark.parametrize(
    "why",
    [
        "could not serialize access due to concurrent update",
        "deadlock detected\nDETAIL:  Process 1 waits for ShareLock",
        "could not obtain lock on row in relation",
    ],
)
def test_refused_statement_is_expected_where_many_work_at_once(tmp_path, why):
    refused = ("ERROR", "odoo.sql_db", f"bad query: b'UPDATE x'\nERROR: {why}")
    among_many = _log(tmp_path, refused, conflicts=True)
    assert (among_many.unexpected, among_many.conflicts) == ([], 1)
    [line] = _log(tmp_path, refused).unexpected
    assert line.startswith("ERROR odoo.sql_db: bad query: b'UPDATE x' … " + why.splitlines()[0])


def test_conflict_that_was_not_overcome_is_unexpected(tmp_path):
    wrong = ("ERROR", "odoo.sql_db", "bad query: b'SELECT y'\nERROR: column y does not exist")
    given_up = ("ERROR", "odoo.addons.base", "Job failed\nERROR: could not serialize access")
    report = _log(tmp_path, wrong, given_up, conflicts=True)
    assert len(report.unexpected) == 2 and not report.conflicts
    assert "column y does not exist" in report.unexpected[0]


def test_product_log_cannot_look_like_a_test(tmp_path):
    report = _log(tmp_path, ("ERROR", "odoo.addons.isp_x.models.a", "FAIL: charge refused"))
    assert len(report.unexpected) == 1 and not report.broken


def test_only_the_runner_skips_tests(tmp_path):
    other = ("INFO", "odoo.addons.payment.models.payment_transaction", "Skipped the update of X")
    skip = ("INFO", "odoo.addons.isp_x.tests.test_a", "skipped TestA.test_b : not beside this")
    assert _log(tmp_path, other, skip).skips == ["skipped TestA.test_b : not beside this"]


def test_write_whole_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    paths.write_whole(path, "old")

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(paths.Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        paths.write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"


def test_half_installed_package_is_forgotten(tmp_path):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("whole-1.dist-info", "half-1.dist-info"):
        (site / name).mkdir(parents=True)
        (site / name / "METADATA").touch()
    (site / "whole-1.dist-info" / "RECORD").touch()
    python_env._forget_halves(tmp_path)
    assert [path.name for path in site.iterdir()] == ["whole-1.dist-info"]


def test_unfinished_environment_is_not_sound(tmp_path):
    assert not python_env._sound(tmp_path)


def test_stand_in_is_of_this_pin_only(tmp_path, monkeypatch):
    (tmp_path / "19.0.0+old-1" / odoo_source.PACKAGES).mkdir(parents=True)
    monkeypatch.setattr(odoo_source, "HOME", tmp_path)
    monkeypatch.setattr(odoo_source, "INSTEAD", tmp_path / "19.0.0+new-1.instead")
    assert odoo_source._instead() is None


def test_names_on_a_shared_server(monkeypatch):
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "ISP_PG_EMBEDDED"):
        monkeypatch.delenv(name, raising=False)
    assert postgres.own("isp_demo") == "isp_demo"
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert postgres.own("isp_demo").startswith("isp_demo_")
    monkeypatch.setenv("ISP_PG_EMBEDDED", "1")
    assert postgres.own("isp_demo") == "isp_demo"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "the disk is full"),
        (PermissionError(13, "denied", "/x/y"), "no permission for /x/y"),
        (PermissionError(1, "not permitted"), "not permitted"),
        (console.Problem("say this"), "say this"),
    ],
)
def test_errors_are_one_clear_line(error, words):
    assert words in console.explain(error)
    assert "\n" not in console.explain(error)


@pytest.mark.parametrize(("needed", "stops"), [(["snmpd"], True), ([], False)])
def test_only_what_every_test_needs_stops_the_tests(monkeypatch, capsys, needed, stops):
    """A compiler is tried for, and done without where the machine offers none."""
    wished = []
    monkeypatch.setattr(system_packages, "missing", lambda: needed)
    monkeypatch.setattr(system_packages, "WISHES", {"no-such-program": "gcc"})
    monkeypatch.setattr(system_packages, "WISHED_LIBRARIES", {"no-such.so": "libc6-dev"})
    monkeypatch.setattr(system_packages, "_install", lambda names: wished.append(names))
    there = {"apt-get": "/usr/bin/apt-get"}
    monkeypatch.setattr(system_packages.shutil, "which", lambda name, **_where: there.get(name))
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 0)
    if stops:
        with pytest.raises(console.Problem, match="apt-get install snmpd"):
            system_packages.ensure()
    else:
        system_packages.ensure()
        assert wished == [["gcc", "libc6-dev"]]
        assert "skip" in capsys.readouterr().out
