"""A mail server that takes in real mail over SMTP, in a process of its own, and keeps each in a file.

    python tests/post_office.py FOLDER [PORT]

It prints its port when it listens. An address at `refuse.example` is refused, one at `nobody.example` is none, one at
`later.example` is put off, and one at `ours.example` is refused for what the sender may not do. A mail to
`unstarted.example` may not begin. While a file `strangers` stands in the folder, no sender is taken. With TEST_SLOW in
its environment it takes so many seconds over each mail.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import uuid4


class PostOffice:
    """A running mail server, as the tests see it."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]", port: int) -> None:
        self.folder = folder
        self.process = process
        self.port = port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def mails(self) -> list[EmailMessage]:
        """All that came in, in no order."""
        found = [message_from_bytes(file.read_bytes(), policy=default) for file in self.folder.glob("*.eml")]
        return [each for each in found if isinstance(each, EmailMessage)]


@contextmanager
def post_office(folder: Path, *, port: int = 0) -> Generator[PostOffice]:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, str(folder), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield PostOffice(folder, process, int(process.stdout.readline()))
        finally:
            process.kill()


class _Keeper:
    """What becomes of mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_MAIL(self, server, session, envelope, address, options):
        if (self._folder / "strangers").exists():
            return "553 5.7.1 not your address"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refuse.example"):
            return "550 not here"
        if address.endswith("@nobody.example"):
            return "550 5.1.1 nobody of that name"
        if address.endswith("@ours.example"):
            return "554 5.7.1 relay access denied"
        if address.endswith("@later.example"):
            return "450 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(float(os.environ.get("TEST_SLOW", "0")))
        name = self._folder / uuid4().hex
        name.write_bytes(envelope.content)
        if any(address.endswith("@hangup.example") for address in envelope.rcpt_tos):
            # the mail is in, and its sender never hears of it
            name.rename(name.with_suffix(".eml"))
            session_transport = server.transport
            session_transport.abort()
            return "250 never heard"
        name.rename(name.with_suffix(".eml"))
        return "250 taken"


def main() -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP

    class Server(SMTP):
        async def smtp_DATA(self, arg):
            if self.envelope and any(to.endswith("@unstarted.example") for to in self.envelope.rcpt_tos):
                await self.push("451 not now")
            else:
                await super().smtp_DATA(arg)

    class Offers(Controller):
        def factory(self):
            return Server(self.handler, **self.SMTP_kwargs)

    controller = Offers(_Keeper(Path(sys.argv[1])), hostname="127.0.0.1", port=int(sys.argv[2]) or _free_port())
    controller.start()
    print(controller.port, flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
