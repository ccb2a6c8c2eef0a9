"""National pages made lately: until the figures move, whoever asks for the same one gets it at once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from hub.db import Hub

MOST: Final = 256
"""Pages that are kept: some 15 MB."""


class _Pages:
    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> bytes | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def keep(self, key: Hashable, page: bytes) -> None:
        with self._lock:
            self._pages[key] = page
            if len(self._pages) > MOST:
                self._pages.popitem(last=False)


_kept: WeakKeyDictionary[Hub, _Pages] = WeakKeyDictionary()


def made_once(hub: Hub, key: Hashable, make: Callable[[], bytes]) -> bytes:
    """The page of a key, which names everything that the page follows from."""
    pages = _kept.setdefault(hub, _Pages())
    page = pages.get(key)
    if page is None:
        page = make()
        pages.keep(key, page)
    return page
