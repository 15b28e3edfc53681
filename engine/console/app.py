"""App: the console put together: its API, its page, its guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from engine.console import checks, controls, entrance, handed, records, templates, trust, writing
from engine.console.devices import Devices
from engine.console.guard import Guard, refusal
from engine.console.messages import Words
from engine.console.rooms import Rooms
from engine.console.secured import LOOPBACK, Secured
from engine.console.sheets import Sheets
from engine.version import VERSION

PAGE = Path(__file__).parent / "page"


def console(
    devices: Devices,
    data: Path,
    command: Sequence[str],
    options: Sequence[str] = (),
    secured: Secured | None = None,
) -> FastAPI:
    """The console as an ASGI application.

    data      folder of the journal
    command   what begins a sitting: `calando play`, as a program and its arguments
    options   for every sitting that is begun here
    secured   names and certificate where other devices may come; None on this computer alone
    """

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncGenerator[None]:
        rooms = app.state.rooms = Rooms(devices, command, options)
        tried = app.state.checks = checks.Checks(command[:-1], options)
        yield
        await asyncio.to_thread(tried.end)
        rooms.close()
        if secured is not None:
            await asyncio.to_thread(secured.close)

    app = FastAPI(
        title="Calando", version=VERSION, lifespan=life, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", responses={400: {"model": Words}, 422: {"model": Words}},
    )  # fmt: skip
    app.state.devices, app.state.data, app.state.touches = devices, data, controls.Touches()
    app.state.sheets, app.state.calando = Sheets(), command[:-1]
    app.state.templates = templates.Templates(data / "templates.json")
    app.include_router(entrance.router)
    app.include_router(controls.router)
    app.include_router(records.router)
    app.include_router(writing.router)
    app.include_router(checks.router)
    app.include_router(handed.router)
    app.include_router(templates.router)
    if secured is None:
        app.state.places = list
    else:
        app.state.places = secured.places
        app.include_router(trust.router(secured.authority))
    app.add_middleware(Guard, hosts=LOOPBACK if secured is None else [*LOOPBACK, secured.called])

    @app.exception_handler(StarletteHTTPException)
    async def said(request: Request, trouble: StarletteHTTPException) -> JSONResponse:
        answer = refusal(trouble.status_code, str(trouble.detail))
        answer.headers.update(trouble.headers or {})
        if trouble.status_code == 405:  # Starlette names the methods of the first route alone
            answer.headers["allow"] = ", ".join(sorted(methods(app, request.url.path)))
        return answer

    @app.exception_handler(RequestValidationError)
    async def misunderstood(_: Request, wrong: RequestValidationError) -> JSONResponse:
        return refusal(422, first_of(wrong))

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    app.mount("/page", StaticFiles(directory=PAGE), name="page")
    return app


def methods(app: FastAPI, path: str) -> set[str]:
    """By which methods this path may be asked for."""
    routes = [each for each in app.routes if isinstance(each, Route) and each.path_regex.match(path)]
    return {method for each in routes for method in each.methods or ()}


def first_of(wrong: RequestValidationError) -> str:
    """The first thing that is wrong, in one sentence."""
    found = wrong.errors()[0]
    where = ".".join(str(part) for part in found["loc"][1:])
    return f"That is not understood: {where or 'it'}: {found['msg']}."
