"""A relay between a client and an agent: it counts, loses, and answers from another port."""

import socket
import threading


class Relay:
    """Passes requests on to an agent; answers come from another port when asked to."""

    def __init__(self, port: int, other_port: bool = False, lose: int = 0, host: str = "127.0.0.1"):
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect((host, port))
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if other_port else self.front
        self.lose = lose
        self.seen = 0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        """Pass on until closed."""
        while True:
            try:
                data, peer = self.front.recvfrom(4096)
                self.seen += 1
                if self.seen > self.lose:
                    self.back.send(data)
                    self.other.sendto(self.back.recv(4096), peer)
            except OSError:
                return

    def __enter__(self) -> "Relay":
        self.thread.start()
        return self

    def __exit__(self, *_exc) -> None:
        for link in (self.front, self.back, self.other):
            link.close()
