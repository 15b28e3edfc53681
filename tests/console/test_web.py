"""`calando play --web`: the listener's own page beside a sitting alone, which needs nothing of it."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import expect

from engine.console.controls import BY
from engine.door.messages import State
from engine.door.rooms import open_rooms
from engine.door.visit import Visit
from engine.journal.store import Store
from tests.calando import calando, start
from tests.console.served import CHROMIUM, PATIENCE_MS, PATIENCE_S, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]

SITTING = ("play", "--web", "--sensor", "sim", "--output", "null", "--duration", "1h")


@contextmanager
def sitting(data: Path) -> Generator[tuple[Popen[str], str, str]]:
    """A sitting at home; its process, its page's address and the same code to type."""
    runtime = {"XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"]}
    with start(*SITTING, "--data", str(data), cwd=data.parent, also=runtime) as process:
        try:
            assert process.stdout is not None
            said = ""
            while "Code to type" not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            address, typed = re.search(r"https?://\S+", said), re.search(r"type: (\w{8}),", said)
            assert address is not None
            assert typed is not None
            yield process, address[0], typed[1]
        finally:
            process.kill()


def nobody_listens(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) != 0


def test_the_listeners_own_telephone_leads_a_sitting_at_home_and_its_page_ends_with_it(
    browser: Browser, data: Path
) -> None:
    with (
        sitting(data) as (process, address, typed),
        closing(browser.new_context(ignore_https_errors=True)) as context,
    ):
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(address)
        page.get_by_role("button", name="Less", exact=True).click()
        expect(page.get_by_text("The music hears you.")).to_be_visible()
        page.get_by_role("button", name="Write").click()
        page.get_by_label("Write whatever comes").fill("like rain")
        expect(page.get_by_text("Kept.")).to_be_visible()
        # What a telephone is let in to is the listener's, in this room, and nothing else; and once.
        for path in ("/api/devices", "/api/clients", "/api/rooms/another/events"):
            assert page.evaluate("async (path) => (await fetch(path)).status", path) == 403
        another = page.request.post(urljoin(address, "/api/pair"), data={"code": typed})
        assert another.status == 403
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("No music plays just now.")).to_be_visible()
        assert process.wait(PATIENCE_S) == 0
        port = urlsplit(address).port or 0
        until(lambda: nobody_listens(port), "the page's server ends")
    with Store(data) as store:
        record = store.read("last")
        assert [page.words for page in record.pages] == ["like rain"]
        assert [stop.asked_by for stop in record.stops] == [BY["client"]]


def test_the_music_goes_on_without_its_page(data: Path) -> None:
    with sitting(data) as (process, _, _), ExitStack() as stack:
        until(lambda: "room" in open_rooms(), "the room opens")
        visit = stack.enter_context(Visit("room", "test"))
        served = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        [beside] = [pid for pid in map(int, served) if b"engine.console.beside" in called(pid)]
        os.killpg(beside, signal.SIGKILL)
        until(lambda: not called(beside), "the page's server is gone")
        heard = (each for each in visit.messages(PATIENCE_S) if isinstance(each, State))
        first = next(heard).snapshot["t"]
        assert next(each for each in heard if each.snapshot["t"] > first + 1.0)
        visit.stop(1)
        assert process.wait(PATIENCE_S) == 0


def called(pid: int) -> bytes:
    """The command line of a process; empty where it is none any more."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_what_is_not_installed_is_told_in_one_sentence_before_any_music(tmp_path: Path) -> None:
    (tmp_path / "segno.py").write_text("raise ModuleNotFoundError('no segno', name='segno')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = calando(*SITTING, "--data", str(tmp_path / "data"), cwd=tmp_path, also={"PYTHONPATH": path})
    assert done.returncode == 1
    assert "--web needs segno, which is not installed: pip install 'calando[live]'" in done.stderr
    assert not (tmp_path / "data").exists()
