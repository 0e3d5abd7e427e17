"""Image, compose file and proxy, checked without a container engine."""

from __future__ import annotations

import fnmatch
import re

import pytest
import yaml

from scripts import odoo_config

from .tree import NAMES, ROOT, relative, tracked

DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
ODOO_SERVICES = ("setup", "web", "cron", "collector")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:?[-?][^}]*)?\}")
PROXY = (DOCKER / "nginx/isp.conf.template").read_text(encoding="utf-8")


def _instructions():
    """(stage, word, rest) of each instruction of the Dockerfile, continuation lines joined."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    stage = -1
    for line in filter(str.strip, text.splitlines()):
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        yield stage, word, re.sub(r"\s+", " ", rest.strip())


def _env_example():
    text = (DOCKER / "env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Z]\w*)=(.*)$", text, re.M))


def _ignored_by_context(name):
    """Whether the builder never sees a file, by the rules of the Dockerfile's ignore file."""
    ignored = False
    for line in (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        pattern = rule.lstrip("!")
        parts = name.split("/")
        heads = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        pattern = pattern.removeprefix("**/")
        names = parts if rule.lstrip("!").startswith("**/") else heads
        if any(fnmatch.fnmatch(head, pattern) for head in names):
            ignored = not rule.startswith("!")
    return ignored


# === IMAGE === #


def test_image_stands_on_the_official_one():
    arguments = dict(rest.split("=") for _, word, rest in _instructions() if word == "ARG")
    assert arguments["ODOO_IMAGE"] == "odoo:19.0"
    bases = [rest.split()[0] for _, word, rest in _instructions() if word == "FROM"]
    assert set(bases) == {"${ODOO_IMAGE}"}


def test_everything_copied_exists_and_reaches_the_builder():
    names = [relative(path) for path in tracked()]
    for _, word, rest in _instructions():
        if word != "COPY" or rest.startswith("--from"):
            continue
        for source in rest.split()[:-1]:
            wanted = [n for n in names if n == source or n.startswith(f"{source}/")]
            assert wanted, source
            assert [n for n in wanted if not _ignored_by_context(n)], source


def test_tests_and_secrets_stay_outside_the_image():
    for name in ("addons/isp_cfdi/tests/test_x.py", "docker/secrets/db_password", ".git/config"):
        assert _ignored_by_context(name)
    assert not _ignored_by_context("addons/isp_cfdi/models/account_move.py")


def test_packages_are_installed_by_hash():
    runs = " ".join(rest for _, word, rest in _instructions() if word == "RUN")
    installs = re.findall(r"pip (?:--python \S+ )?install [^&]*", runs)
    assert installs
    assert all("--require-hashes" in install for install in installs)


def test_the_image_does_not_run_as_root():
    last = max(stage for stage, _, _ in _instructions())
    users = [rest for stage, word, rest in _instructions() if stage == last and word == "USER"]
    assert users[-1] == "odoo"
    order = [word for stage, word, _ in _instructions() if stage == last]
    assert max(i for i, word in enumerate(order) if word in {"COPY", "RUN"}) < (
        len(order) - 1 - order[::-1].index("USER")
    )


def test_a_forgotten_stage_is_not_production():
    env = " ".join(rest for _, word, rest in _instructions() if word == "ENV")
    assert "ISP_STAGE=staging" in env
    assert _env_example()["ISP_STAGE"] != "production"


# === COMPOSE === #


def test_every_variable_is_in_the_example_and_the_other_way_round():
    used = set()

    def walk(node):
        if isinstance(node, dict):
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
        elif isinstance(node, str):
            used.update(match[0] for match in VARIABLE.findall(node))

    walk(COMPOSE)
    assert used == set(_env_example())


def test_example_values_equal_the_defaults():
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", text):
        assert _env_example()[name] == default


def test_every_path_exists():
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (DOCKER / source).exists(), source
            else:
                assert source in COMPOSE["volumes"], source
        if "build" in service:
            context = (DOCKER / service["build"]["context"]).resolve()
            assert context == ROOT
            assert (context / service["build"]["dockerfile"]).is_file()


def test_every_reference_is_declared():
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)


def test_secrets_are_files_that_git_ignores():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    assert "/docker/secrets/*" in ignored
    explained = (DOCKER / "secrets/README.md").read_text(encoding="utf-8")
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("./secrets/")
        assert secret["file"].rpartition("/")[2] in explained


def test_no_secret_is_an_environment_value():
    for service in SERVICES.values():
        for name in service.get("environment", {}):
            if re.search(r"PASS|SECRET|TOKEN|KEY", name):
                assert name.endswith("_FILE"), name


def test_foreign_images_are_pinned():
    for name in ("db", "proxy"):
        assert re.search(r":\d+", SERVICES[name]["image"])


def test_only_the_proxy_is_reachable_and_the_database_is_shut_in():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["database"]["internal"] is True
    assert SERVICES["db"]["networks"] == ["database"]
    assert "database" not in SERVICES["proxy"]["networks"]


@pytest.mark.parametrize("name", ODOO_SERVICES)
def test_odoo_services_are_locked_down(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_long_running_services_come_back_and_are_watched():
    for name in ("db", "web", "cron", "collector", "proxy"):
        assert SERVICES[name]["restart"] == "unless-stopped"
        assert name == "web" or "test" in SERVICES[name]["healthcheck"]
    assert any(word == "HEALTHCHECK" for _, word, _ in _instructions())


def test_the_configuration_resolves_with_the_services_environment():
    environment = {
        name: VARIABLE.sub(lambda match: _env_example()[match[1]], str(value))
        for name, value in SERVICES["web"]["environment"].items()
    }
    environment["ODOO_ADMIN_PASSWD"] = "x"
    text = odoo_config.render("production", variables=environment)
    assert f"db_name = {_env_example()['ODOO_DB']}\n" in text


# === PROXY === #


def test_proxy_sends_pages_and_websockets_to_the_right_ports():
    ports = dict(re.findall(r"upstream (\w+) \{\s*server web:(\d+);", PROXY))
    production = odoo_config.read(ROOT / "config/production.conf")
    assert production["http_port"].endswith(f":-{ports['odoo']}}}")
    assert production["gevent_port"].endswith(f":-{ports['odoo_websocket']}}}")
    websocket = re.search(r"location /websocket \{(.*?)\n    \}", PROXY, re.S)[1]
    assert "proxy_pass http://odoo_websocket;" in websocket
    assert "proxy_set_header Upgrade $http_upgrade;" in websocket


def test_every_proxied_place_sets_the_headers():
    places = re.findall(r"location [^{]+\{(.*?)\n    \}", PROXY, re.S)
    proxied = [body for body in places if "proxy_pass" in body]
    assert len(proxied) >= 4
    assert all("proxy_headers.conf" in body for body in proxied)
    headers = (DOCKER / "nginx/proxy_headers.conf").read_text(encoding="utf-8")
    for name in ("Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto"):
        assert f"proxy_set_header {name} " in headers


def test_proxy_speaks_tls_only_and_hides_the_database_manager():
    assert "return 308 https://" in PROXY
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in PROXY
    assert re.search(r"location ~ \^/web/database/ \{\s*return 404;", PROXY)


def test_proxy_template_is_balanced_and_uses_known_names():
    text = re.sub(r"#.*", "", PROXY)
    assert text.count("{") == text.count("}")
    assert set(re.findall(r"\$\{(\w+)\}", PROXY)) == {"ISP_HOST"}
    assert "ISP_HOST" in SERVICES["proxy"]["environment"]
    mounted = [volume.split(":")[1] for volume in SERVICES["proxy"]["volumes"]]
    for included in re.findall(r"include (\S+);", text):
        assert included in mounted
    for name in re.findall(r"/run/secrets/(\w+)", text):
        assert name in SERVICES["proxy"]["secrets"]


def test_dockerfile_knows_the_same_addons(entrypoint):
    assert sorted(entrypoint.ADDONS) == NAMES
