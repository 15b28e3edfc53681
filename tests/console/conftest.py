"""For the console's tests: one console beside a runtime folder that all of a file's tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dsp.native import Synth
from tests.console.served import CHROMIUM, PATIENCE_MS, Console, Script, served
from tests.roomed import runtime_of_its_own

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session", autouse=True)
def _machine_code() -> None:
    """Once for all: what a console begins would each make it anew, at the same time."""
    Synth()


@pytest.fixture(scope="module", autouse=True)
def _runtime() -> Iterator[None]:
    with runtime_of_its_own() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the journal that console and sittings share."""
    return tmp_path_factory.mktemp("console") / "data"


@pytest.fixture(scope="module")
def console(data: Path) -> Iterator[Console]:
    with served(data) as running:
        yield running


@pytest.fixture(scope="module")
def therapist(console: Console) -> Script:
    return console.script()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # Whoever runs the tests as root, in a container, has no sandbox.
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


Opener = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser, console: Console, therapist: Script) -> Iterator[Opener]:
    """Opens a page that was let in as `role`, into `room`, of `size`; each without an error of its own."""
    wrong: list[str] = []
    with ExitStack() as stack:

        def opened(
            role: str = "therapist", room: str | None = None, size: tuple[int, int] = (1024, 768)
        ) -> Page:
            invitation = {"role": role, "room": room}
            code = therapist.ask("POST", "/api/invitations", invitation)[1]["code"]
            context = stack.enter_context(
                closing(browser.new_context(viewport={"width": size[0], "height": size[1]}))
            )
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            # Whoever turns the page before it is let in has used up the code.
            with page.expect_response("**/api/me"):
                page.goto(f"{console.address}/#code={code}")
            return page

        yield opened
    assert not wrong


@pytest.fixture
def page(open_page: Opener) -> Page:
    """A therapist's page that was let in, on a tablet."""
    return open_page()
