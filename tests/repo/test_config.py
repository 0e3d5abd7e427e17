"""The Odoo configurations: merged, resolved, and understood by Odoo itself."""

from __future__ import annotations

import configparser
import json
import os
import stat
import subprocess
import sys

import pytest

from scripts import odoo_config

from .tree import ROOT, odoo_addons

VARIABLES = {"ODOO_DB": "isp", "ODOO_ADMIN_PASSWD": "$pbkdf2-sha512$600000$salt$hash"}
FLAVOURS = ("demo", "production", "test")


def _options(flavour, overrides=None, variables=VARIABLES, **kwargs):
    parser = configparser.RawConfigParser()
    parser.read_string(odoo_config.render(flavour, overrides, variables, **kwargs))
    return dict(parser.items("options"))


def _folder(tmp_path, common="[options]\na = 1\n", thin="[options]\nb = 2\n"):
    (tmp_path / "common.conf").write_text(common)
    (tmp_path / "thin.conf").write_text(thin)
    return tmp_path


def test_flavours():
    assert tuple(odoo_config.flavours()) == FLAVOURS


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_all_share(flavour):
    options = _options(flavour)
    assert options["list_db"] == "False"
    assert options["with_demo"] == "False"
    assert options["http_interface"] == "127.0.0.1"
    assert options["admin_passwd"] != "admin"
    assert {"base", "web"} <= set(options["server_wide_modules"].split(","))


def test_production_needs_its_secrets():
    with pytest.raises(odoo_config.ConfigError, match="ODOO_ADMIN_PASSWD, ODOO_DB"):
        odoo_config.render("production", variables={"ODOO_DB": ""})


def test_production_stands_behind_a_proxy():
    options = _options("production")
    assert options["proxy_mode"] == "True"
    assert options["dbfilter"] == "^isp$"
    assert int(options["workers"]) > 0
    assert options["admin_passwd"] == VARIABLES["ODOO_ADMIN_PASSWD"]
    assert int(options["limit_memory_soft"]) < int(options["limit_memory_hard"])


def test_demo_and_tests_do_not_call_home():
    for flavour in ("demo", "test"):
        assert _options(flavour)["publisher_warranty_url"] == ""
        assert _options(flavour, variables={})["workers"] == "0"


def test_thin_file_wins_and_overrides_win_over_both(tmp_path):
    folder = _folder(tmp_path, "[options]\na = 1\nb = 1\nc = 1\n", "[options]\nb = 2\nc = 2\n")
    assert _options("thin", {"c": "3"}, folder=folder) == {"a": "1", "b": "2", "c": "3"}


def test_an_override_needs_no_variable():
    options = _options("production", {"db_name": "x", "dbfilter": "y", "admin_passwd": "${z}"}, {})
    assert options["admin_passwd"] == "${z}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${A}", "one"),
        ("${A:-x}", "one"),
        ("${NOPE:-x y}", "x y"),
        ("${EMPTY:-x}", "x"),
        ("${NOPE:-}", ""),
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("a${A}b${A}", "aonebone"),
        ("100%", "100%"),
    ],
)
def test_substitution(value, expected):
    assert odoo_config.resolve({"o": value}, {"A": "one", "EMPTY": ""}) == {"o": expected}


@pytest.mark.parametrize(
    ("thin", "message"),
    [
        ("[options]\nb = 1\nb = 2\n", "thin.conf"),
        ("[other]\nb = 1\n", "one section"),
        ("b = 1\n", "thin.conf"),
        ("[options]\nb = ${NOPE}\n", "NOPE"),
    ],
)
def test_mistakes_are_one_clear_line(tmp_path, thin, message):
    with pytest.raises(odoo_config.ConfigError, match=message) as caught:
        odoo_config.render("thin", variables={}, folder=_folder(tmp_path, thin=thin))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("overrides", [{"Bad Name": "1"}, {"a": "1\nb = 2"}])
def test_overrides_cannot_smuggle_options(overrides):
    with pytest.raises(odoo_config.ConfigError):
        odoo_config.render("demo", overrides)


def test_unknown_flavour_names_the_known_ones():
    with pytest.raises(odoo_config.ConfigError, match="demo, production, test"):
        odoo_config.render("staging")


def test_command_line_writes_for_the_owner_only(tmp_path, capsys):
    target = tmp_path / "odoo.conf"
    assert odoo_config.main(["demo", "--set", "http_port=8100", "--output", str(target)]) == 0
    assert "http_port = 8100" in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert odoo_config.main(["nope"]) == 1
    assert "no configuration" in capsys.readouterr().err


READ_BY_ODOO = """
import json, sys
from odoo.tools import config
config._parse_config(["-c", sys.argv[1]])
wanted = json.loads(sys.argv[2])
json.dump({
    "log": [message % args for _level, message, args, _kw in config._log_entries if args],
    "values": {name: repr(config[name]) for name in wanted},
}, sys.stdout)
"""


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_odoo_understands_every_option(flavour, tmp_path):
    if not odoo_addons():
        pytest.skip("no Odoo on this machine")
    target = tmp_path / "odoo.conf"
    addons_path = str(ROOT / "addons") if list(ROOT.glob("addons/*/__manifest__.py")) else ""
    overrides = {"data_dir": str(tmp_path), "addons_path": addons_path}
    target.write_text(odoo_config.render(flavour, overrides, VARIABLES))
    names = sorted(_options(flavour))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment["PYTHONPATH"] = str(odoo_addons()[0].parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", READ_BY_ODOO, str(target), json.dumps(names)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert not [line for line in answer["log"] if "unknown option" in line or "reads" in line]
    assert answer["values"]["list_db"] == "False"
    assert answer["values"]["server_wide_modules"] == "['base', 'web']"
