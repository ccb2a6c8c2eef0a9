"""A browser, and a hub for it to look at."""

import shutil
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from running import RunningHub, running_demo, running_hub

# Chromium's own services look for the internet, which a test has no business with.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# A press returns as soon as the answer begins to come: what a page shows is waited for, never asked for at once.
expect.set_options(timeout=8_000)


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "The browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="session")
def demo() -> Generator[RunningHub]:
    with running_demo() as hub:
        yield hub


@pytest.fixture(scope="session")
def empty() -> Generator[RunningHub]:
    with running_hub("--empty") as hub:
        yield hub
