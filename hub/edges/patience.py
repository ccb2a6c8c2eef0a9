"""How long a client may take to say what it wants, and how much of it: uvicorn by itself waits for ever."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_WITHIN = 15.0
"""Seconds for the first line and the headers, from the connection's or the request's first byte."""

WHOLE_WITHIN = 60.0
"""Seconds for the body after them. It is 1 MB at most."""

MOST_HEAD = 32_768
"""Bytes of the first line and the headers."""


class Impatient(HttpToolsProtocol):
    """One connection, which is answered and closed when a request takes too long to arrive or its head is too large."""

    _timer: TimerHandle | None = None
    _in_head = True
    _head = 0
    _unended = 0

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._wait(HEAD_WITHIN)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            # one header that never ends is not told of before it does
            self._unended += len(data)
            if self._unended > MOST_HEAD:
                self._hang_up(431)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._measure(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._measure(name + value)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head, self._unended = True, 0, 0
        self._wait(HEAD_WITHIN)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        self._wait(WHOLE_WITHIN)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_waiting()

    def _measure(self, part: bytes) -> None:
        self._head += len(part)
        if self._head > MOST_HEAD:
            raise ValueError("too large")  # which the parser takes for a request that is none: 400, and closed

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._hang_up, 408)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hang_up(self, status: int) -> None:
        self._stop_waiting()
        if self.transport.is_closing():
            return
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
