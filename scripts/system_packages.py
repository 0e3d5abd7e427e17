"""System packages that only the tests need. The demo needs none."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess

from .console import Problem, say, step

#: program -> Debian package
TEST_PROGRAMS = {
    "chromium": "chromium",
    "pdftoppm": "poppler-utils",
    "zbarimg": "zbar-tools",
    "snmpd": "snmpd",
    "snmpbulkwalk": "snmp",
}
#: shared library -> Debian package
TEST_LIBRARIES = {
    "libatomic.so.1": "libatomic1",  # the Node.js inside the browser driver
}
#: What a test skips without: the fast SNMP agent is compiled when it is needed.
WISHES = {"cc": "gcc"}
WISHED_LIBRARIES = {"libresolv.so": "libc6-dev"}
SBIN = ("/usr/sbin", "/sbin", "/usr/local/sbin")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _absent(programs: dict[str, str], libraries: dict[str, str]) -> list[str]:
    path = os.pathsep.join([os.environ.get("PATH", ""), *SBIN])
    found = [package for name, package in programs.items() if not shutil.which(name, path=path)]
    return found + [package for name, package in libraries.items() if not _loads(name)]


def missing() -> list[str]:
    """Debian packages whose program or library is not there."""
    return _absent(TEST_PROGRAMS, TEST_LIBRARIES)


def _apt(*arguments: str) -> bool:
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    command = [*prefix, "apt-get", "-qq", "-o", "Acquire::Check-Valid-Until=false", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def _install(packages: list[str]) -> bool:
    install = ("install", "-y", "--no-install-recommends", *packages)
    return _apt(*install) or (_apt("update") and _apt(*install))


def ensure() -> None:
    """Install what is missing when that is allowed, else say in one line what to install.

    What only some tests need is tried too; without it they skip and say so.
    """
    packages, wishes = missing(), _absent(WISHES, WISHED_LIBRARIES)
    wish = f"install what the tests need: apt-get install {' '.join(packages)}"
    allowed = shutil.which("apt-get") and (not os.geteuid() or shutil.which("sudo"))
    if packages:
        if not allowed:
            raise Problem(wish)
        with step(f"system packages for the tests: {' '.join(packages)}"):
            if not _install(packages):
                raise Problem(wish)
        if missing():
            raise Problem(wish)
    if wishes and allowed:
        with step(f"system packages for some tests: {' '.join(wishes)}"):
            if not _install(wishes):
                say(f"not to be had here, the tests that need them skip: {' '.join(wishes)}")
