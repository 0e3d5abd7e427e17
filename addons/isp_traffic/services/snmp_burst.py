"""Ask many devices at once through a few plain UDP sockets, without a library in between.

One request in flight per address, a window over all, and per socket no more than its receive
buffer holds, so that the kernel never drops a reply. A reply counts only from the address and the
port that were asked. Whatever is out of the ordinary ends the route of that device and is left to
the libraries; nothing that comes from the network stops the others.
"""

import heapq
import select
import socket
import time
from collections import defaultdict, deque
from collections.abc import Iterable

from .snmp_api import SnmpAuthFailed, SnmpError
from .snmp_ask import FIRST_ID, LAST_ID, Ask, OtherRequest, Reply
from .snmp_peer import CommunityPeer
from .snmp_usm import Resend, UsmPeer, random_below

SOCKETS = 8
PER_SOCKET = 48
RECEIVE_BUFFER = 4 << 20
LARGEST = 65535
RESENDS = 3  # reports of an engine before it is left to a library

OK, SILENT, AUTH, UNFIT, LATE = "ok", "silent", "auth", "unfit", "late"
Peer = CommunityPeer | UsmPeer
PROBE = Ask(())


class Route:
    """The requests to one device, one after the other, and what came of them.

    :param suspect: the device was silent before: a single small packet decides
    """

    __slots__ = (
        "answers",
        "asks",
        "error",
        "moment",
        "peer",
        "probing",
        "seconds",
        "state",
        "tag",
        "timeout",
        "tries",
        "uptime",
    )

    def __init__(self, tag, peer: Peer, asks: list[Ask], timeout: float, retries: int, suspect):
        self.tag, self.peer, self.asks = tag, peer, asks
        self.timeout, self.tries = timeout, 1 if suspect else retries + 1
        self.probing = suspect or not asks
        self.answers: list[tuple[float, list[int] | Reply]] = []
        self.state, self.error = LATE, "deadline"
        self.uptime: int | None = None
        self.moment = self.seconds = 0.0

    def end(self, state: str, error: str = "") -> None:
        """Note how the route ended."""
        self.state, self.error = state, error
        self.seconds = time.monotonic() - self.moment


class _Flight:
    """A request on its way."""

    __slots__ = ("ask", "failed", "number", "place", "resent", "route", "tries", "until")

    def __init__(self, route: Route, place: int) -> None:
        self.route, self.place = route, place
        self.ask: Ask | None = None
        self.number, self.until, self.tries, self.resent = 0, 0.0, route.tries, 0
        self.failed = False  # the present request stayed without an answer once


class Burst:
    """Sockets that are kept between cycles."""

    def __init__(self, sockets: int = SOCKETS, per_socket: int = PER_SOCKET) -> None:
        self._sockets = [_socket() for _number in range(sockets)]
        self._window = sockets * per_socket
        self._number = random_below(FIRST_ID, LAST_ID)
        self.sent = self.unsent = self.noise = 0

    def close(self) -> None:
        """Release the sockets."""
        for each in self._sockets:
            each.close()

    def run(self, routes: Iterable[Route], seconds: float) -> None:
        """Ask until every route ended; one that has not at the deadline stays LATE."""
        until = time.monotonic() + seconds
        self._queue: deque[Route] = deque(routes)
        self._busy: dict[tuple[str, int], _Flight] = {}
        self._parked: dict[tuple[str, int], deque[Route]] = defaultdict(deque)
        self._alarms: list[tuple[float, int, _Flight]] = []
        self._drain()
        poll = select.poll()
        by_fd = {}
        for place, each in enumerate(self._sockets):
            by_fd[each.fileno()] = place
            poll.register(each, select.POLLIN)
        while self._queue or self._busy:
            now = time.monotonic()
            if now >= until:
                return
            self._fill(now)
            if not self._busy:
                continue
            first = min(self._alarms[0][0], until) if self._alarms else until
            for fd, _event in poll.poll(max((first - now) * 1000, 0) + 0.5):
                self._receive(by_fd[fd])
            self._expire(time.monotonic())

    def _drain(self) -> None:
        """Throw away what came between two cycles."""
        for each in self._sockets:
            try:
                while True:
                    each.recv(LARGEST)
            except OSError:
                continue

    def _fill(self, now: float) -> None:
        busy, queue = self._busy, self._queue
        while queue and len(busy) < self._window:
            route = queue.popleft()
            if route.peer.address in busy:
                self._parked[route.peer.address].append(route)
                continue
            self._number += 1
            flight = _Flight(route, self._number % len(self._sockets))
            route.moment = now
            busy[route.peer.address] = flight
            self._ask(flight, now)

    def _ask(self, flight: _Flight, now: float) -> None:
        """Send what comes next on a route."""
        route = flight.route
        self._number = self._number + 1 if self._number < LAST_ID else FIRST_ID
        flight.number = self._number
        if not route.peer.ready:
            flight.ask, data = None, route.peer.discovery(flight.number)
        else:
            flight.ask = PROBE if route.probing else route.asks[len(route.answers)]
            data = route.peer.seal(flight.ask, flight.number)
        flight.until = now + route.timeout
        heapq.heappush(self._alarms, (flight.until, flight.number, flight))
        try:
            self._sockets[flight.place].sendto(data, route.peer.address)
            self.sent += 1
        except BlockingIOError:
            self.unsent += 1  # a full buffer: like a lost packet, asked again after the timeout
        except OSError as error:
            self._end(flight, SILENT, type(error).__name__)

    def _receive(self, place: int) -> None:
        sock, busy = self._sockets[place], self._busy
        while True:
            try:
                data, address = sock.recvfrom(LARGEST)
            except OSError:
                return
            flight = busy.get(address)
            if flight is None or flight.place != place:
                self.noise += 1
                continue
            self._judge(flight, data)

    def _judge(self, flight: _Flight, data: bytes) -> None:
        route = flight.route
        try:
            found = route.peer.open(data, flight.ask, flight.number)
        except OtherRequest:
            self.noise += 1
        except Resend:
            flight.resent += 1
            if flight.resent > RESENDS:
                self._end(flight, UNFIT, "the engine never agrees")
            else:
                self._ask(flight, time.monotonic())
        except SnmpAuthFailed as error:
            self._end(flight, AUTH, str(error))
        except SnmpError as error:
            self._end(flight, UNFIT, str(error))
        else:
            self._take(flight, found)

    def _take(self, flight: _Flight, found: list[int] | Reply) -> None:
        route = flight.route
        uptime = found[0] if type(found) is list else found.uptime
        if uptime is None or uptime >> 32:
            self._end(flight, UNFIT, "no sysUpTime")
            return
        route.uptime = uptime
        if route.probing:
            route.probing = False
        else:
            route.answers.append((time.time(), found))
            flight.failed = False
        if len(route.answers) == len(route.asks):
            self._end(flight, OK)
        else:
            self._ask(flight, time.monotonic())

    def _expire(self, now: float) -> None:
        alarms = self._alarms
        while alarms and alarms[0][0] <= now:
            _until, number, flight = heapq.heappop(alarms)
            if flight.number == number and flight.route.state == LATE:
                self._silence(flight, now)

    def _silence(self, flight: _Flight, now: float) -> None:
        """Nothing came: a small packet tells whether the device or the request is the cause."""
        route = flight.route
        flight.tries -= 1
        if route.uptime is not None and flight.failed:
            self._end(flight, UNFIT, "answers only small requests")
        elif flight.tries <= 0 and (route.uptime is None or route.probing):
            # An engine that said who it is and then stays silent cannot read what it is asked.
            deaf = flight.resent and route.uptime is None
            self._end(flight, *((AUTH, "privacy password?") if deaf else (SILENT, "timeout")))
        elif flight.tries <= 0 and flight.failed:
            self._end(flight, UNFIT, "timeout")
        else:
            flight.failed = flight.failed or not route.probing
            route.probing = True
            flight.tries = max(flight.tries, 1)
            self._ask(flight, now)

    def _end(self, flight: _Flight, state: str, error: str = "") -> None:
        route = flight.route
        route.end(state, error)
        flight.number = 0
        address = route.peer.address
        self._busy.pop(address, None)
        if waiting := self._parked.get(address):
            self._queue.appendleft(waiting.popleft())


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return made
