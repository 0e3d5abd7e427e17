"""Run a simulator as a process of its own, for tests and scripts."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by a proxy


def free_port() -> int:
    """A TCP port that was free on the loopback interface a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SimulatorProcess:
    """One simulator: started on enter, ended on exit.

    :param name: package under ``tests.simulators``.
    :param args: further command line arguments.
    :param port: TCP port, or None for a free one.
    """

    def __init__(self, name: str, *args: str, port: int | None = None):
        self.name = name
        self.args = args
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self, timeout: float = 15.0) -> "SimulatorProcess":
        """Start and wait until it answers.

        :raises RuntimeError: it ended, or did not answer within ``timeout`` seconds.
        """
        command = [sys.executable, "-m", f"tests.simulators.{self.name}"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *self.args],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} simulator ended with {self.process.returncode}")
            try:
                self.get("/_control/health", timeout=1)
                return self
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{self.name} simulator does not answer on {self.url}")

    def stop(self) -> None:
        """End the process, with force if it does not end within five seconds."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self) -> "SimulatorProcess":
        return self.start()

    def __exit__(self, *_exc) -> None:
        self.stop()

    def request(self, method: str, path: str, data: Any = None, timeout: float = 10) -> Any:
        """Call the control interface; returns the parsed answer.

        :raises urllib.error.HTTPError: the answer is not 2xx.
        """
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(
            self.url + path, body, {"Content-Type": "application/json"}, method=method
        )
        with _direct.open(request, timeout=timeout) as answer:
            return json.loads(answer.read() or b"null")

    def get(self, path: str, timeout: float = 10) -> Any:
        """GET of a control path."""
        return self.request("GET", path, timeout=timeout)

    def post(self, path: str, data: Any = None, timeout: float = 10) -> Any:
        """POST of a control path."""
        return self.request("POST", path, data or {}, timeout=timeout)

    def delete(self, path: str) -> Any:
        """DELETE of a control path."""
        return self.request("DELETE", path)
