"""As much of SMTP (RFC 5321) as a mail client needs, on 127.0.0.1 only."""

import re
import socketserver
import threading

from .office import Office

MAX_MESSAGE = 32 * 1024 * 1024
ADDRESS = re.compile(rb"<([^>]*)>")


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: "Server"

    def handle(self) -> None:
        """Talk until the client leaves."""
        self.sender, self.recipients = "", []
        if self.server.office.fault("refuse"):
            return
        self._say(220, "simulated post office")
        while line := self.rfile.readline(4096):
            verb, _, rest = line.strip().partition(b" ")
            answer = getattr(self, f"_{verb.decode('ascii', 'replace').lower()}", None)
            if answer is None:
                self._say(502, "command not implemented")
            elif answer(rest) is False:
                return

    def _say(self, code: int, text: str) -> None:
        self.wfile.write(f"{code} {text}\r\n".encode())

    def _ehlo(self, _rest: bytes) -> None:
        self.wfile.write(f"250-simulator\r\n250-8BITMIME\r\n250 SIZE {MAX_MESSAGE}\r\n".encode())

    def _helo(self, _rest: bytes) -> None:
        self._say(250, "simulator")

    def _noop(self, _rest: bytes) -> None:
        self._say(250, "OK")

    def _rset(self, _rest: bytes) -> None:
        self.sender, self.recipients = "", []
        self._say(250, "OK")

    def _mail(self, rest: bytes) -> None:
        found = ADDRESS.search(rest)
        if not found:
            return self._say(501, "MAIL FROM:<address>")
        self.sender, self.recipients = found[1].decode(errors="replace"), []
        return self._say(250, "OK")

    def _rcpt(self, rest: bytes) -> None:
        found = ADDRESS.search(rest)
        if not found:
            return self._say(501, "RCPT TO:<address>")
        kind = self.server.office.fault("busy", "no_such_user")
        if kind == "busy":
            return self._say(450, "mailbox busy, try again later")
        if kind:
            return self._say(550, "no such user here")
        self.recipients.append(found[1].decode(errors="replace"))
        return self._say(250, "OK")

    def _data(self, _rest: bytes) -> bool | None:
        if not self.recipients:
            self._say(503, "RCPT first")
            return None
        self._say(354, "end with a line that holds a point only")
        content = bytearray()
        while (line := self.rfile.readline(65536)) not in (b".\r\n", b""):
            content += line.removeprefix(b".") if line.startswith(b"..") else line
            if len(content) > MAX_MESSAGE:
                self._say(552, "too large")
                return False
        if not line:
            return False  # the client left in the middle: nothing was sent
        number = self.server.office.take(self.sender, self.recipients, bytes(content))
        if self.server.office.fault("drop"):
            return False
        self._say(250, f"taken as {number}")
        return None

    def _quit(self, _rest: bytes) -> bool:
        self._say(221, "bye")
        return False


class Server(socketserver.ThreadingTCPServer):
    """The listening socket; a thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, office: Office, port: int):
        super().__init__(("127.0.0.1", port), Conversation)
        self.office = office

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server_address[1]

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
