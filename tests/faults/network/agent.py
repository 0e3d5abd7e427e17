"""Devices whose counters follow their clock, so that what was stored can be proven, and their lies.

Octets in = START + sysUpTime × pace of the line, out likewise: every reading that is stored carries
the proof of its truth, and so does every sample. A lie never touches the octets of a value: nobody
could tell such a reply from a true one.
"""

from __future__ import annotations

import random
import selectors
import socket
import threading
import time
from collections import Counter

from tests.simulators.snmp import ber
from tests.simulators.snmp.ber import Oid
from tests.simulators.snmp.mib import IFX_TABLE, SYSTEM, Tree, constant

START = 2**40
FIRST = "127.9.0."
LIES = (
    "",
    "",
    "mutate",
    "mutate",
    "junk",
    "cut",
    "half",
    "otherid",
    "elsewhere",
    "late",
    "silent",
    "generr",
    "toobig",
    "noise",
)
NOISE = 10 * 2**20  # octets that are thrown at a collector
VALUES = (ber.COUNTER64, ber.TIMETICKS)


def pace_in(line: int) -> int:
    """Octets per hundredth of a second that a line receives."""
    return 1000 + 2 * line


def pace_out(line: int) -> int:
    """The same for what it sends."""
    return 1001 + 2 * line


def spans(answer: bytes) -> set[int]:
    """The places of the octets of counters and of the uptime."""
    found: set[int] = set()

    def look(start: int, end: int) -> None:
        while start < end:
            tag, size, at = answer[start], answer[start + 1], start + 2
            if size & 0x80:
                count = size & 0x7F
                size = int.from_bytes(answer[at : at + count], "big")
                at += count
            if tag in (ber.SEQUENCE, ber.RESPONSE):
                look(at, at + size)
            elif tag in VALUES:
                found.update(range(at, at + size))
            start = at + size

    look(0, len(answer))
    return found


def spoil(answer: bytes, lie: str, dice: random.Random) -> bytes:
    """Return what a lying device sends instead of its answer."""
    if lie == "junk":
        return dice.randbytes(dice.randint(0, 1400))
    if lie == "cut":
        return answer[: dice.randrange(len(answer))]
    places = sorted(set(range(len(answer))) - spans(answer))
    spoiled = bytearray(answer)
    for _flip in range(dice.randint(1, 4)):
        spoiled[dice.choice(places)] ^= dice.randint(1, 255)
    return bytes(spoiled)


class Network(threading.Thread):
    """Devices on addresses of their own, in one thread of the suite."""

    def __init__(self, devices: int, lines: int) -> None:
        super().__init__(daemon=True)
        self.lines, self.began = lines, time.monotonic()
        self.lies: dict[int, str] = {}
        self.dice = random.Random(0)
        self.told: Counter[str] = Counter()
        self._over = False
        self._selector = selectors.DefaultSelector()
        self._sockets = []
        for number in range(devices):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            port = self._sockets[0].getsockname()[1] if self._sockets else 0
            sock.bind((f"{FIRST}{number + 1}", port))
            self._sockets.append(sock)
            self._selector.register(sock, selectors.EVENT_READ, number)
        self.port = self._sockets[0].getsockname()[1]
        self._elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._tree = Tree(self._cells())

    def _cells(self) -> dict:
        cells = {
            (*SYSTEM, 2, 0): constant(ber.OID, (1, 3, 6, 1, 4, 1, 14988, 1)),
            (*SYSTEM, 3, 0): lambda up: (ber.TIMETICKS, up),
        }
        for line in range(1, self.lines + 1):
            cells[*IFX_TABLE, 1, line] = constant(ber.OCTETS, f"<pppoe-line{line}>".encode())
            cells[*IFX_TABLE, 6, line] = _counter(pace_in(line))
            cells[*IFX_TABLE, 10, line] = _counter(pace_out(line))
        return cells

    def stop(self) -> None:
        """End the thread."""
        self._over = True
        self.join(2)
        for sock in (*self._sockets, self._elsewhere):
            sock.close()

    def run(self) -> None:
        """Answer until stopped."""
        while not self._over:
            for key, _mask in self._selector.select(0.2):
                data, peer = key.fileobj.recvfrom(65535)
                try:
                    self._serve(key.fileobj, key.data, data, peer)
                except (ber.BerError, OSError):
                    continue

    def _serve(self, sock: socket.socket, number: int, data: bytes, peer) -> None:
        message = ber.decode_message(data)
        lie = self.lies.get(number, "")
        self.told[lie] += 1
        if message is None or lie == "silent":
            return
        answer = self.answer(message, lie)
        if lie in ("mutate", "junk", "cut"):
            answer = spoil(answer, lie, self.dice)
        if lie == "noise":
            threading.Thread(target=self._noise, args=(peer,), daemon=True).start()
            self.lies[number] = ""
        sender = self._elsewhere if lie == "elsewhere" else sock
        if lie == "late":
            threading.Timer(self.dice.uniform(0.1, 1.5), _send, (sender, answer, peer)).start()
        else:
            _send(sender, answer, peer)

    def _noise(self, peer) -> None:
        """Throw junk at a collector, also from the addresses of its devices."""
        dice, sent = random.Random(1), 0
        while sent < NOISE and not self._over:
            junk = dice.randbytes(1400)
            _send(dice.choice([*self._sockets, self._elsewhere]), junk, peer)
            sent += len(junk)
        self.told["octets of noise"] += sent

    def answer(self, message: ber.Message, lie: str = "") -> bytes:
        """Return the reply to a request."""
        pdu, up = message.pdu, 1_000_000 + round((time.monotonic() - self.began) * 100)
        if lie in ("generr", "toobig"):
            return ber.encode_response(message, [], 5 if lie == "generr" else 1)
        if lie == "otherid":
            pdu.request_id = (pdu.request_id + 1) % 2**31
        if pdu.kind == ber.GETBULK:
            binds = self._bulk(pdu, up)
        else:
            oids = pdu.oids if pdu.kind == ber.GET else map(self._tree.next, pdu.oids)
            binds = [self._bind(oid, up) for oid in oids]
        return ber.encode_response(message, binds[: len(binds) // 2] if lie == "half" else binds)

    def _bind(self, oid: Oid | None, up: int) -> bytes:
        if oid is None:
            return ber.encode_varbind((1, 3), ber.END_OF_MIB, None)
        return ber.encode_varbind(oid, *self._tree.get(oid, up))

    def _bulk(self, pdu: ber.Pdu, up: int) -> list[bytes]:
        binds, heads = [], list(pdu.oids)
        for _row in range(pdu.index):
            heads = [oid and self._tree.next(oid) for oid in heads]
            binds += [self._bind(oid, up) for oid in heads]
            if None in heads:
                break
        return binds


def _counter(pace: int):
    return lambda up: (ber.COUNTER64, START + up * pace)


def _send(sock: socket.socket, answer: bytes, peer) -> None:
    try:
        sock.sendto(answer, peer)
    except OSError:
        return
