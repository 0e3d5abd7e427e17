"""Debian's snmpd as an agent that is not ours, and snmpbulkwalk as an oracle."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"])
#: name -> createUser of snmpd.conf; the level follows from what the user has
USERS = {
    "sha-aes": "SHA authpass1 AES privpass1",
    "sha256-aes": "SHA-256 authpass1 AES privpass1",
    "md5-des": "MD5 authpass1 DES privpass1",
    "sha-only": "SHA authpass1",
    "sha-aes256": "SHA authpass1 AES-256 privpass1",
    "sha224-aes192": "SHA-224 authpass1 AES-192 privpass1",
    "sha384-aes256": "SHA-384 authpass1 AES-256 privpass1",
    "sha512-aes": "SHA-512 authpass1 AES privpass1",
}
SECONDS = 60.0  # a busy machine takes its time
CONF = """
agentaddress udp:127.0.0.1:{port}
rocommunity public
rocommunity narrow 127.0.0.1 .1.3.6.1.2.1.1
sysName conformance
"""


def program(name: str) -> str | None:
    """Return the path of a program of Net-SNMP."""
    return shutil.which(name, path=SBIN)


class Snmpd:
    """One snmpd on the loopback interface: started on enter, ended on exit."""

    def __init__(self, port: int):
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="isp-snmpd-"))
        self.process: subprocess.Popen | None = None
        text = CONF.format(port=port)
        for name, keys in USERS.items():
            level = "authPriv" if len(keys.split()) > 2 else "authNoPriv"
            text += f"createUser {name} {keys}\nrouser {name} {level}\n"
        (self.folder / "agent.conf").write_text(text, encoding="utf-8")

    def start(self) -> "Snmpd":
        """Start and wait until it answers."""
        command = [program("snmpd"), "-f", "-r", "-C", "-LF", "0", str(self.folder / "log")]
        environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(self.folder)}
        self.process = subprocess.Popen(
            [*command, "-c", str(self.folder / "agent.conf"), "-p", str(self.folder / "pid")],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if self.walk("1.3.6.1.2.1.1.3", timeout=0.5):
                return self
        raise RuntimeError(f"snmpd does not answer: {(self.folder / 'log').read_text()[-300:]}")

    def stop(self) -> None:
        """End it; it writes its boots and users for the next start."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(5)

    def restart(self) -> None:
        """Restart, as a router does: another boot of the engine, time from zero."""
        self.stop()
        self.start()

    def __enter__(self) -> "Snmpd":
        return self.start()

    def __exit__(self, *_exc) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def walk(self, oid: str, timeout: float = 2.0) -> dict[str, str]:
        """Return what snmpbulkwalk reads: dotted OID to text."""
        return bulkwalk("127.0.0.1", self.port, "public", oid, timeout)


def bulkwalk(
    host: str, port: int, community: str, oid: str, timeout: float = 2.0
) -> dict[str, str]:
    """Return what the client of Net-SNMP reads of any agent: dotted OID to text."""
    command = [program("snmpbulkwalk"), "-v2c", "-c", community, "-On", "-Oq", "-Oe", "-Ot"]
    done = subprocess.run(
        [*command, "-t", str(timeout), "-r", "0", f"{host}:{port}", oid],
        env={**os.environ, "MIBS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        time.sleep(0.1)
        return {}
    rows = (line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    # At the end of the MIB the last row comes once more, with a text instead of its value.
    return {oid.strip("."): text for oid, text in rows if not text.startswith("No more")}
