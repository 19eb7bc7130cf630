"""`pseudocode-tui serve`: the app in a browser on this machine."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aiohttp import web

HOST = "127.0.0.1"
"""No other machine can reach it."""
COOKIE = "pseudocode"
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
"""The page gets nothing from elsewhere; left to itself it asks another server for a typeface."""


@click.command("serve", short_help="Open the app in a browser on this machine.")
@click.argument("path", default="specs", metavar="[PATH]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any that is free.")
@click.option("--model", metavar="NAME", help="Model to ask; 'local' is the embedded one.")
def command(path: str, port: int, model: str | None) -> int:
    r"""Serve the app over a folder of specs to browsers on this machine, until Ctrl-C.

    \b
    pip install 'pseudocode-tui[web]'
    pseudocode-tui serve specs/
    pseudocode-tui serve specs/ --port 8123 --model local

    The address that is printed holds a key: pages of others, and other users of this machine,
    cannot get in without it.
    """
    if not Path(path).exists():
        raise click.ClickException(f"there is no {path}; name a folder of specs")
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(path, port, model))
    except OSError as error:
        told = f"port {port} of {HOST} cannot be used: {error.strerror or error}"
        raise click.ClickException(told) from None
    return 0


async def _serve(path: str, port: int, model: str | None) -> None:
    web, server = _imported()
    listener = socket.create_server((HOST, port))
    port = listener.getsockname()[1]
    words = [sys.executable, "-m", "pseudocode", "app", path]
    words += ["--model", model] if model else []
    served = server.Server(shlex.join(words), host=HOST, port=port, title="pseudocode")
    served.console.quiet = True
    key = secrets.token_urlsafe()
    app = await served._make_app()
    app.middlewares.append(_guard(web, key, port))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        click.echo(f"http://{HOST}:{port}/?key={key}")
        click.echo("Ctrl-C ends it.", err=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _imported() -> tuple[Any, Any]:
    try:
        from aiohttp import web
        from textual_serve import server
    except ImportError:
        told = "the browser needs one more package: pip install 'pseudocode-tui[web]'"
        raise click.ClickException(told) from None
    return web, server


def _guard(web: Any, key: str, port: int) -> Any:
    """Let in only who has the key, under the name that was printed, and no page of others."""
    names = {f"{HOST}:{port}", f"localhost:{port}"}

    async def guard(request: web.Request, handler: Any) -> Any:
        origin = request.headers.get("Origin", "")
        if request.host not in names or origin.removeprefix("http://") not in {"", *names}:
            raise web.HTTPForbidden(text="only pages of this server itself are let in")
        if secrets.compare_digest(request.query.get("key", ""), key):
            answer = web.HTTPFound("/")
            answer.set_cookie(COOKIE, key, httponly=True, samesite="Strict")
            return answer
        if not secrets.compare_digest(request.cookies.get(COOKIE, ""), key):
            raise web.HTTPForbidden(text="open the address that was printed, with its key")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = POLICY
        return answer

    return web.middleware(guard)
