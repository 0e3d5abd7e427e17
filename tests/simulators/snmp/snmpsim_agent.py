"""snmpsim as an agent that is not ours: it serves a recorded walk in v1, v2c and v3.

It runs in a process of its own, which is this module: snmpsim names no version of the cipher
library, and wants to be told that it may run as root.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMMUNITY = "walk"  # the name of a file
FILES = (COMMUNITY, "self")  # in v3, the context without a name has the second one
USER, AUTH_KEY, PRIV_KEY = "sha-aes", "authpass1", "privpass1"
OPTIONS = (
    f"--v3-user={USER}",
    f"--v3-auth-key={AUTH_KEY}",
    "--v3-auth-proto=SHA",
    f"--v3-priv-key={PRIV_KEY}",
    "--v3-priv-proto=AES",
    "--logging-method=stdout",
)
SECONDS = 20.0


def installed() -> bool:
    """Tell whether snmpsim can be run."""
    return find_spec("snmpsim") is not None


class Snmpsim:
    """One agent on the loopback interface: started on enter, ended on exit."""

    def __init__(self, port: int, snmprec: str):
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="isp-snmpsim-"))
        self.process: subprocess.Popen | None = None
        (self.folder / "data").mkdir()
        for name in FILES:
            (self.folder / "data" / f"{name}.snmprec").write_text(snmprec, encoding="utf-8")

    def __enter__(self) -> "Snmpsim":
        log = self.folder / "log"
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", f"{__package__}.snmpsim_agent", *OPTIONS),
                    f"--data-dir={self.folder / 'data'}",
                    f"--cache-dir={self.folder / 'cache'}",
                    f"--agent-udpv4-endpoint=127.0.0.1:{self.port}",
                ],
                cwd=ROOT,
                env={**os.environ, "SNMPSIM_ALLOW_ROOT": "true", "PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=output,
            )
        until = time.monotonic() + SECONDS
        while not self._open():
            if self.process.poll() is not None or time.monotonic() > until:
                self.__exit__()
                raise RuntimeError("snmpsim does not start")
            time.sleep(0.05)
        return self

    def _open(self) -> bool:
        """Tell whether its port is open: a closed one refuses what was sent to it before."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            knock.connect(("127.0.0.1", self.port))
            try:
                for _knock in range(2):
                    knock.send(b"?")
                    time.sleep(0.02)
            except ConnectionRefusedError:
                return False
        return True

    def __exit__(self, *_exc) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)


def main() -> None:
    """Give snmpsim the ciphers it does not find by itself, and run it."""
    import pysnmp.hlapi.v3arch.asyncio  # noqa: F401  the ciphers are patched after this
    from isp_traffic_services.snmp_pysnmp_ciphers import ensure_ciphers
    from snmpsim.commands.responder import main as respond

    ensure_ciphers()
    sys.exit(respond())


if __name__ == "__main__":
    import tests.conftest  # noqa: F401  makes the services importable

    main()
