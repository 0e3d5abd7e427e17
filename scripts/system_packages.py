"""System packages that only the tests need. The demo needs none."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess

from .console import Problem, step

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
SBIN = ("/usr/sbin", "/sbin", "/usr/local/sbin")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing() -> list[str]:
    """Debian packages whose program or library is not there."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SBIN])
    programs = [
        package
        for program, package in TEST_PROGRAMS.items()
        if not shutil.which(program, path=path)
    ]
    libraries = [package for library, package in TEST_LIBRARIES.items() if not _loads(library)]
    return programs + libraries


def _apt(*arguments: str) -> bool:
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    command = [*prefix, "apt-get", "-qq", "-o", "Acquire::Check-Valid-Until=false", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def ensure() -> None:
    """Install what is missing when that is allowed, else say in one line what to install."""
    packages = missing()
    if not packages:
        return
    wish = f"install what the tests need: apt-get install {' '.join(packages)}"
    if not shutil.which("apt-get") or (os.geteuid() and not shutil.which("sudo")):
        raise Problem(wish)
    with step(f"system packages for the tests: {' '.join(packages)}"):
        install = ("install", "-y", "--no-install-recommends", *packages)
        if not _apt(*install) and not (_apt("update") and _apt(*install)):
            raise Problem(wish)
    if missing():
        raise Problem(wish)
