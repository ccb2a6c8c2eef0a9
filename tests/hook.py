"""A receiver of the webhook, in a process of its own: it takes each key once and remembers how often it was called.

    python tests/hook.py FOLDER KEY [PORT]

It prints its port when it listens. What it took is a file named by its key; a line in `calls` is a post that was signed
rightly, one in `wrong` another. With TEST_SLOW in its environment it takes so many seconds over each.
"""

import hmac
import json
import os
import sys
import threading
import time
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def _signed(key: bytes, header: str, body: bytes) -> bool:
    given = dict(part.split("=", 1) for part in header.split(","))
    right = hmac.new(key, given["t"].encode() + b"." + body, sha256).hexdigest()
    return hmac.compare_digest(given["v1"], right) and abs(time.time() - int(given["t"])) < 300


def main() -> None:
    folder, key = Path(sys.argv[1]), sys.argv[2].encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            name = self.headers["Idempotency-Key"]
            if not _signed(key, self.headers["Trellis-Signature"], body) or json.loads(body)["message"] != name:
                self._note("wrong", name)
                self._answer(401)
                return
            self._note("calls", name)
            time.sleep(float(os.environ.get("TEST_SLOW", "0")))
            # whole or not at all, as it may be killed while it writes
            part = folder / f"{name}.{threading.get_ident()}.part"
            part.write_bytes(body)
            with suppress(FileExistsError):
                (folder / f"{name}.json").hardlink_to(part)
            part.unlink()
            self._answer(202)

        def _note(self, where: str, name: str) -> None:
            with (folder / where).open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True
        request_queue_size = 64

    server = Server(("127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
