"""The seam to bacpypes3: its network, segmentation and BVLL layers between our endpoint and our service bytes.

The only module of the driver that imports the library and the only one with untyped values. Nothing of it runs as a
task: its coroutines never wait on the way up or down, so they are stepped to their end where they are called.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any, Protocol

import structlog
from bacpypes3.apdu import (
    AbortPDU,
    ComplexAckPDU,
    ConfirmedRequestPDU,
    ErrorPDU,
    RejectPDU,
    SimpleAckPDU,
    UnconfirmedRequestPDU,
)
from bacpypes3.appservice import ABORTED, AWAIT_CONFIRMATION, ApplicationServiceAccessPoint
from bacpypes3.basetypes import Segmentation
from bacpypes3.comm import ApplicationServiceElement, Server, bind
from bacpypes3.ipv4.bvll import BVLLCodec
from bacpypes3.ipv4.service import BIPNormal
from bacpypes3.netservice import NetworkServiceAccessPoint
from bacpypes3.pdu import PDU, IPv4Address, LocalBroadcast

from drivers.bacnet.services import error_answer
from drivers.bacnet.tags import MalformedError
from drivers.bacnet.udp import Place
from drivers.contract import Busy, DriverError, NoAnswer, Refused
from drivers.points import Reason

Heard = Callable[[int, bytes, Place], None]
"""Takes an unconfirmed service: its number, its bytes and who sent it."""

Foreign = Any
"""A value of the library."""

_BVLL_TYPE = 0x81
"""First octet of every BACnet/IP datagram (Annex J.2)."""
_MAX_APDU = 1476
"""Largest APDU of BACnet/IP (clause 20.1.2.5)."""
_NEVER = 3_600_000
"""Milliseconds. Its timers stay out of the way: deadlines are ours, retries are the schedule's."""
FIRST_AGAIN = 1 / 24
"""Share of its deadline after which a read is sent again; then after twice as long, and twice as long again."""
MOST_PATIENCE, FORGETTING = 8.0, 0.99
"""A slow peer is waited for up to so many times longer; each request takes a hundredth off it."""
_REMEMBERED = 64
"""Senders of nonsense that are named once each."""
_UNRECOGNIZED_SERVICE = 9
_BUSY_ABORTS = frozenset({3, 9})
"""Preempted by a task of higher priority, out of resources (clause 21, BACnetAbortReason)."""
_DEVICE_BUSY = 3
"""BACnetErrorCode."""

log = structlog.get_logger()


class Port(Protocol):
    """What datagrams leave through."""

    @property
    def place(self) -> Place:
        """Where it is bound."""

    def send(self, data: bytes, to: Place) -> None:
        """Send one datagram."""


class Stack:
    """Everything between our endpoint and one question or answer. Ask only from one event loop."""

    def __init__(self, endpoint: Port, heard: Heard | None = None) -> None:
        self._transactions = _Transactions(heard)
        self._wire = Wire(endpoint)
        network = NetworkServiceAccessPoint()
        bind(_NetworkElement(), network)
        bind(self._transactions, network)
        link = BIPNormal()
        bind(link, BVLLCodec(), self._wire)
        network.bind(link, address=_address(endpoint.place))

    def receive(self, data: bytes, sender: Place) -> None:
        """One datagram from the endpoint."""
        self._wire.receive(data, sender)

    async def ask(self, place: Place, service: int, data: bytes, *, again: float | None = None) -> bytes:
        """The bytes of the answer (empty for a simple one); the caller sets the deadline.

        ``again``: the seconds of that deadline where the request may be sent again within it; reads only.
        Raises Refused, NoAnswer (what came was no answer) or LinkDown. A cancelled wait leaves nothing behind.
        """
        return await self._transactions.ask(_address(place), service, data, again)

    def tell(self, place: Place, service: int, data: bytes) -> None:
        """Send an unconfirmed service; raises LinkDown."""
        request = UnconfirmedRequestPDU(service, destination=_address(place))
        request.put_data(data)
        step(self._transactions.sap_indication(request))


class Wire(Server):  # type: ignore[misc]
    """The bottom of a stack of the library: passes datagrams between it and our endpoint."""

    def __init__(self, port: Port) -> None:
        super().__init__()
        self._port = port
        self._suspects: set[Place] = set()

    def receive(self, data: bytes, sender: Place) -> None:
        """Pass a datagram up; what the stack cannot digest is dropped, its sender is named once."""
        try:
            if data[:1] != bytes([_BVLL_TYPE]):
                raise MalformedError("bacnet.malformed")
            here = _address(self._port.place)
            step(self.response(PDU(data, source=_address(sender), destination=here)))
        except DriverError as error:
            log.warning("bacnet.cannot-reply", peer=sender[0], error=error.code)
        except Exception as error:  # any exception of any type comes out of the library for bytes it does not expect
            self._suspect(sender, error)

    async def indication(self, pdu: Foreign) -> None:
        """Send a datagram the stack made."""
        if isinstance(pdu.pduDestination, LocalBroadcast):
            raise NotImplementedError("broadcasts are addressed by the scan")
        octets = pdu.pduDestination.addrAddr
        self._port.send(bytes(pdu.pduData), (socket.inet_ntoa(octets[:4]), int.from_bytes(octets[4:], "big")))

    def _suspect(self, sender: Place, error: Exception) -> None:
        if sender in self._suspects or len(self._suspects) >= _REMEMBERED:
            return
        self._suspects.add(sender)
        log.warning("bacnet.nonsense", peer=f"{sender[0]}:{sender[1]}", error=repr(error))


class _NetworkElement(ApplicationServiceElement):  # type: ignore[misc]
    """Network layer messages (routers announcing themselves) are not for us."""

    async def indication(self, *_: Foreign) -> None: ...

    async def confirmation(self, *_: Foreign) -> None: ...


class _NoPeers:
    """The library's cache of what peers can do: left empty, so that every request is as short as ours are."""

    async def get_device_info(self, _: Foreign) -> None: ...


class _Transactions(ApplicationServiceAccessPoint):  # type: ignore[misc]
    """Invoke ids, segmentation and the match of answers to questions; service bytes stay bytes."""

    def __init__(self, heard: Heard | None) -> None:
        super().__init__(None, _NoPeers())
        self.maxApduLengthAccepted = _MAX_APDU
        self.segmentationSupported = Segmentation.segmentedBoth
        self.maxSegmentsAccepted = 64
        self.numberOfApduRetries = 0
        self.apduTimeout = 0
        self.segmentTimeout = _NEVER
        self._heard = heard
        self._waiting: dict[tuple[Foreign, int], asyncio.Future[bytes]] = {}
        self._last: dict[Foreign, int] = {}
        self._slow: dict[Foreign, float] = {}
        """How many times longer than usual a peer is waited for: it answered what need not have been sent again."""

    async def ask(self, peer: Foreign, service: int, data: bytes, again: float | None) -> bytes:
        """Send a confirmed request, once more now and then where it may be, and wait for what comes back."""
        invoke = self._next_invoke(peer)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[peer, invoke] = answer
        request = ConfirmedRequestPDU(service, invoke, destination=peer)
        request.put_data(data)
        try:
            await self.sap_indication(request)
            if again is not None:
                self._arm(peer, invoke, again * FIRST_AGAIN * self._patience(peer))
            return await answer
        finally:
            del self._waiting[peer, invoke]
            self._forget(peer, invoke)

    async def confirmation(self, pdu: Foreign) -> None:
        """One APDU from below. Requests to us are refused: we offer no service."""
        kind = pdu.pduData[0] >> 4
        if kind == ConfirmedRequestPDU.pduType:
            await self._refuse(pdu)
        elif kind == UnconfirmedRequestPDU.pduType:
            if self._heard is not None and isinstance(pdu.pduSource, IPv4Address):
                self._heard(pdu.pduData[1], bytes(pdu.pduData[2:]), pdu.pduSource.addrTuple)
        else:
            self._note_double(pdu)
            await super().confirmation(pdu)

    async def sap_response(self, apdu: Foreign) -> None:
        """A transaction has ended: settle whoever waits for it."""
        answer = self._waiting.get((apdu.pduSource, apdu.apduInvokeID))
        if answer is None or answer.done():
            return
        try:
            answer.set_result(_content(apdu))
        except DriverError as error:
            answer.set_exception(error)

    def _arm(self, peer: Foreign, invoke: int, pause: float) -> None:
        """Send the request again after ``pause`` seconds, and then each time after twice as long."""
        answer = self._waiting[peer, invoke]

        def resend() -> None:
            if self._waiting.get((peer, invoke)) is not answer or answer.done():
                return
            try:
                self._send_again(peer, invoke)
            except DriverError as error:
                answer.set_exception(error)
            else:
                self._arm(peer, invoke, 2 * pause)

        asyncio.get_running_loop().call_later(pause, resend)

    def _send_again(self, peer: Foreign, invoke: int) -> None:
        """The same datagram: a peer that is still busy with the first knows it by its invoke id (clause 5.4.5)."""
        for transaction in self.clientTransactions:
            if transaction.invokeID == invoke and transaction.pdu_address == peer:
                if transaction.state == AWAIT_CONFIRMATION:
                    step(transaction.request(transaction.get_segment(0)))
                return

    def _patience(self, peer: Foreign) -> float:
        """How much longer ``peer`` is waited for before it is asked again; forgotten slowly."""
        patience = self._slow.get(peer, 1.0)
        if patience > 1.0:
            self._slow[peer] = max(1.0, patience * FORGETTING)
        return patience

    def _note_double(self, pdu: Foreign) -> None:
        """An answer nobody waits for any more: the peer was only slow."""
        peer, head = pdu.pduSource, pdu.pduData[:2]
        if len(head) < 2 or head[0] >> 4 != ComplexAckPDU.pduType or peer not in self._last:
            return
        if (peer, head[1]) not in self._waiting:
            self._slow[peer] = min(MOST_PATIENCE, 2 * self._slow.get(peer, 1.0))

    async def _refuse(self, pdu: Foreign) -> None:
        """Invoke id is the third octet of an unsegmented request (clause 20.1.2)."""
        reject = RejectPDU(pdu.pduData[2], _UNRECOGNIZED_SERVICE, destination=pdu.pduSource)
        await self.request(reject)

    def _next_invoke(self, peer: Foreign) -> int:
        """The next invoke id for ``peer``; one as old as 255 requests is free, callers hold only few at once."""
        for offset in range(1, 257):
            invoke = (self._last.get(peer, -1) + offset) % 256
            if (peer, invoke) not in self._waiting:
                self._last[peer] = invoke
                return invoke
        raise NoAnswer("bacnet.busy", seconds=0)

    def _forget(self, peer: Foreign, invoke: int) -> None:
        """End a state machine that still waits: the library would keep it for ever."""
        for transaction in self.clientTransactions:
            if transaction.invokeID == invoke and transaction.pdu_address == peer:
                transaction.set_state(ABORTED)
                return


@lru_cache(maxsize=1024)
def _address(place: Place) -> Foreign:
    """The library's form of an address; making one costs as much as the rest of a request."""
    return IPv4Address(place)


def step(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine of the library to its end, at once; RuntimeError when it wants to wait."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("the stack wants to wait")


def _content(apdu: Foreign) -> bytes:
    """The service bytes of an acknowledgement; raises Refused or NoAnswer."""
    if isinstance(apdu, SimpleAckPDU):
        return b""
    if isinstance(apdu, ComplexAckPDU):
        return bytes(apdu.pduData)
    if isinstance(apdu, ErrorPDU):
        raise _error(bytes(apdu.pduData))
    if isinstance(apdu, AbortPDU):
        reason = int(apdu.apduAbortRejectReason)
        raise (Busy if reason in _BUSY_ABORTS else Refused)("bacnet.abort", number=reason)
    if isinstance(apdu, RejectPDU):
        raise Refused("bacnet.reject", number=int(apdu.apduAbortRejectReason))
    raise NoAnswer("bacnet.malformed", reason=Reason.DECODE)


def _error(data: bytes) -> DriverError:
    try:
        failure = error_answer(data)
    except MalformedError:
        return NoAnswer("bacnet.malformed", reason=Reason.DECODE)
    kind = Busy if failure.error_code == _DEVICE_BUSY else Refused
    return kind("bacnet.error", number=failure.error_code, error_class=failure.error_class)
