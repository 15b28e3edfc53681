"""Page server: the console's display view and one stream of events, for whoever opens it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from engine.console.app import PAGE as CONSOLE_PAGE
from engine.console.guard import Guard
from engine.console.secured import LOOPBACK
from engine.console.serve import CLOSE_S, SILENT_MS
from engine.console.stream import Viewer, frame
from engine.kiosk.orders import Shown

PAGE = Path(__file__).parent / "page"

MOST_SCREENS = 30
"""Connections at a time; the next one is told to come later (own choice)."""


class PageServer:
    """Serves at `host` and `port`, bound at once. Raises OSError where that cannot be had.

    `show` and `end` may be called from any thread.
    """

    def __init__(self, host: str, port: int) -> None:
        self._listening = socket.create_server((host, port))
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            self._listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MS)
        self.address = f"http://{host}:{self._listening.getsockname()[1]}"
        self._viewers: set[Viewer] = set()
        self._shown: Shown | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False
        app = Starlette(
            routes=[
                Route("/", self._page),
                Route("/api/rooms/kiosk/events", self._events),
                Mount("/screen", StaticFiles(directory=PAGE)),
                Mount("/page", StaticFiles(directory=CONSOLE_PAGE)),
            ],
            middleware=[Middleware(Guard, hosts=LOOPBACK)],
        )
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", access_log=False, server_header=False, ws="none",
                limit_concurrency=MOST_SCREENS, timeout_graceful_shutdown=int(CLOSE_S),
            )
        )  # fmt: skip

    async def serve(self) -> None:
        """Until `end`."""
        self._loop = asyncio.get_running_loop()
        if not self._over:
            await self._server.serve(sockets=[self._listening])

    def show(self, shown: Shown | None) -> None:
        """This stands on every screen from now on; None for nothing."""
        self._on_loop(self._show, shown)

    def end(self) -> None:
        """Close every stream, and have `serve` return."""
        self._over = True
        self._on_loop(self._end)

    def _on_loop(self, deed: object, *given: object) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(deed, *given)  # pyright: ignore[reportArgumentType]

    def _show(self, shown: Shown | None) -> None:
        before, self._shown = self._shown, shown
        for viewer in self._viewers:
            if shown is not None:
                viewer.show(_state(shown))
            elif before is not None:
                viewer.tell(frame("over", {}))

    def _end(self) -> None:
        for viewer in self._viewers:
            viewer.leave()
        self._server.should_exit = True

    async def _page(self, _: Request) -> FileResponse:
        return FileResponse(PAGE / "index.html")

    async def _events(self, _: Request) -> StreamingResponse:
        return StreamingResponse(self._lines(), media_type="text/event-stream")

    async def _lines(self) -> AsyncIterator[bytes]:
        viewer = Viewer("screen", "display")
        viewer.tell(frame("hello", {"sitting": None if self._shown is None else "visit"}))
        if self._shown is not None:
            viewer.show(_state(self._shown))
        self._viewers.add(viewer)
        try:
            async for line in viewer.lines():
                yield line
        finally:
            self._viewers.discard(viewer)


def _state(shown: Shown) -> bytes:
    """As the console's display view reads a room's state."""
    snapshot = {
        "hr_bpm": shown.heart_bpm,
        "breath_guide_phase": shown.breath_phase,
        "breath_guide_per_min": shown.breath_per_min,
    }
    return frame("state", {"snapshot": snapshot})
