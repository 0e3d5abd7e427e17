"""The agent: answers GET, GETNEXT and GETBULK over UDP for every device of the world."""

import dataclasses
import random
import socket
import threading
import time
from datetime import datetime

from . import ber
from .ber import Message, Oid
from .mib import SYSTEM, Tree, build
from .world import Device, World

MAX_REPLY = 1472  # one Ethernet frame
TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS = 1, 2, 5, 6
NOT_IN_V1 = (ber.COUNTER64, ber.NO_SUCH_OBJECT, ber.NO_SUCH_INSTANCE, ber.END_OF_MIB)


class Agent:
    """Serves one UDP socket; a device is told by the community of the request."""

    def __init__(self, world: World, port: int):
        self.world = world
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # another address
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._trees: dict[str, tuple[tuple, Tree]] = {}

    def start(self) -> None:
        """Answer in the background until :meth:`stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Close the socket."""
        self.socket.close()

    def _run(self) -> None:
        while True:
            try:
                data, peer = self.socket.recvfrom(65535)
            except OSError:
                return
            try:
                answer, delay, elsewhere = self.answer(data)
            except ber.BerError:
                continue
            sender = self.elsewhere if elsewhere else self.socket
            if answer and delay:
                threading.Timer(delay, self._send, (sender, answer, peer)).start()
            elif answer:
                self._send(sender, answer, peer)

    @staticmethod
    def _send(sender: socket.socket, answer: bytes, peer) -> None:
        try:
            sender.sendto(answer, peer)
        except OSError:
            return

    def answer(self, data: bytes) -> tuple[bytes | None, float, bool]:
        """Return the reply to a datagram (None = silence), the seconds to hold it back, and
        whether it comes from another address."""
        message = ber.decode_message(data)
        if message is None:
            return None, 0.0, False
        with self.world.lock:
            device = self.world.devices.get(message.community)
            if device is None:
                return None, 0.0, False
            device.requests += 1
            if device.dead:
                return None, 0.0, False
            responder = Responder(device, self.world.clock(), self._tree(device))
            return responder.reply(message), device.delay, device.fault == "elsewhere"

    def _tree(self, device: Device) -> Tree:
        """Return the tree of a device, built anew only when its rows changed."""
        rows = tuple((id(state), state.present) for state in device.lines)
        key = (id(device), device.first_index, device.discontinuity, rows)
        known = self._trees.get(device.name)
        if known is None or known[0] != key:
            known = self._trees[device.name] = (key, build(device))
        return known[1]


def _padded(bind: bytes) -> bytes:
    """Return a varbind whose text is very long; others stay as they are."""
    reader = ber.Reader(ber.Reader(bind).take(ber.SEQUENCE)[1])
    _tag, name = reader.take(ber.OID)
    tag, body = reader.take()
    if tag != ber.OCTETS:
        return bind
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + ber.tlv(tag, body.ljust(300)))


def _overlong(answer: bytes, bind: bytes) -> bytes:
    """Return an answer whose last value claims a length of 14 octets that are not there."""
    reader = ber.Reader(ber.Reader(bind).take(ber.SEQUENCE)[1])
    reader.take(ber.OID)
    place = len(answer) - len(reader.take()[1]) - 1
    return answer[:place] + b"\x8e" + answer[place + 1 :]


class Responder:
    """Makes the reply of one device at one moment."""

    def __init__(self, device: Device, moment: datetime, tree: Tree):
        self.device = device
        self.moment = moment
        self.tree = tree

    def reply(self, message: Message) -> bytes | None:
        """Return the encoded reply."""
        pdu, fault = message.pdu, self.device.fault
        limit = self.device.max_varbinds
        if fault == "toobig" or (limit and max(len(pdu.oids), self._asked(pdu)) > limit):
            return ber.encode_response(message, [], TOO_BIG)
        if fault == "noaccess":
            return ber.encode_response(message, [], NO_ACCESS, 1)
        if fault == "generr":
            return ber.encode_response(message, [], GEN_ERR, 1)
        if fault == "empty":
            return ber.encode_response(message, [])
        if message.version == ber.V1 and (place := self._unknown_to_v1(pdu)):
            binds = [ber.encode_varbind(oid, ber.NULL, None) for oid in pdu.oids]
            return ber.encode_response(message, binds, NO_SUCH_NAME, place)
        if pdu.kind == ber.GET:
            binds = [ber.encode_varbind(oid, *self.tree.get(oid, self.moment)) for oid in pdu.oids]
        elif pdu.kind == ber.GETNEXT:
            narrow = message.version == ber.V1
            binds = [self._next(oid, narrow)[1] for oid in pdu.oids]
        elif pdu.kind == ber.GETBULK:
            binds = self._bulk(pdu)
        else:
            return ber.encode_response(message, [], GEN_ERR, 1)
        if fault == "half":
            binds = binds[: (len(binds) + 1) // 2]
        if fault == "extra":
            binds.append(ber.encode_varbind((*SYSTEM, 99, 0), ber.INTEGER, 1))
        if fault == "otherid":
            other = dataclasses.replace(message.pdu, request_id=message.pdu.request_id ^ 1)
            message = dataclasses.replace(message, pdu=other)
        answer = ber.encode_response(message, binds)
        if fault == "huge":
            return ber.encode_response(message, [_padded(bind) for bind in binds])
        if len(answer) > MAX_REPLY and pdu.kind != ber.GETBULK:
            return ber.encode_response(message, [], TOO_BIG)
        if fault == "length":
            return _overlong(answer, binds[-1])
        return self._spoil(answer)

    @staticmethod
    def _asked(pdu: ber.Pdu) -> int:
        return pdu.index * len(pdu.oids) if pdu.kind == ber.GETBULK else 0

    def _unknown_to_v1(self, pdu: ber.Pdu) -> int:
        """Return the place, from 1, of the first value that v1 cannot answer; 0 = none."""
        for place, oid in enumerate(pdu.oids, 1):
            if pdu.kind == ber.GET:
                tag = self.tree.get(oid, self.moment)[0]
            else:
                tag = ber.END_OF_MIB if self._following(oid, True) is None else ber.NULL
            if tag in NOT_IN_V1:
                return place
        return 0

    def _following(self, oid: Oid, narrow: bool) -> Oid | None:
        """Return the OID that follows; `narrow` passes over counters of 64 bits, as v1 must."""
        following = self.tree.next(oid)
        while narrow and following and self.tree.get(following, self.moment)[0] == ber.COUNTER64:
            following = self.tree.next(following)
        return following

    def _next(self, oid: Oid, narrow: bool = False) -> tuple[Oid, bytes]:
        if self.device.fault == "repeat":
            oid = min(oid, (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1))
        following = self._following(oid, narrow)
        if self.device.fault == "backwards" and oid[-1] == 3 and oid in self.tree.cells:
            following = (*oid[:-1], 2)
        if following is None:
            return oid, ber.encode_varbind(oid, ber.END_OF_MIB, None)
        tag, value = self.tree.get(following, self.moment)
        return following, ber.encode_varbind(following, tag, value)

    def _bulk(self, pdu: ber.Pdu) -> list[bytes]:
        """Non-repeaters once, then rows of the others until the reply is full."""
        single, repetitions = max(pdu.status, 0), max(pdu.index, 0)
        binds = [self._next(oid)[1] for oid in pdu.oids[:single]]
        heads, size = list(pdu.oids[single:]), 100 + sum(map(len, binds))
        for _row in range(repetitions if heads else 0):
            row = [self._next(oid) for oid in heads]
            size += sum(len(bind) for _oid, bind in row)
            if size > MAX_REPLY and binds:
                break
            binds += [bind for _oid, bind in row]
            if [oid for oid, _bind in row] == heads and self.device.fault != "repeat":
                break  # every column reached the end
            heads = [oid for oid, _bind in row]
        return binds

    def _spoil(self, answer: bytes) -> bytes:
        if self.device.fault == "truncate":
            return answer[: len(answer) // 2]
        if self.device.fault == "mutate":
            dice, spoiled = random.Random(self.device.requests), bytearray(answer)
            for _flip in range(dice.randint(1, 4)):
                spoiled[dice.randrange(len(spoiled))] ^= dice.randint(1, 255)
            return bytes(spoiled[: dice.choice([len(spoiled), dice.randrange(len(spoiled))])])
        if self.device.fault == "garbage":
            seed = time.monotonic_ns()
            middle = len(answer) // 2
            return answer[:middle] + bytes((seed >> s) & 0xFF for s in range(0, 40, 4)) * 2
        return answer
