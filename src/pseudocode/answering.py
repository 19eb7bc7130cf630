"""One answer of a model: within what may still be used, and as a fact, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pseudocode.bounds import (
    CHARACTERS_PER_TOKEN,
    USUAL_ANSWER,
    Exhausted,
    Left,
    Need,
    Rate,
    Spent,
    TimeUp,
)
from pseudocode.errors import ProviderError
from pseudocode.events import (
    ChatMessage,
    Diagnosed,
    Finish,
    ProviderFailed,
    ReplyReceived,
    Stopped,
)
from pseudocode.policy import policy_of
from pseudocode.prospects import Watch, watch
from pseudocode.rounds import reply_spent

if TYPE_CHECKING:
    from pseudocode.loop import OnDelta, Price, Request, Tools
    from pseudocode.session import Session

Failure = ProviderError | Exhausted
"""Why an answer did not come."""


async def answer(
    index: int,
    requests: Mapping[int, Request],
    session: Session,
    tools: Tools,
    on_delta: OnDelta,
) -> Failure | None:
    """Ask for a candidate; what comes is a fact, whether whole, cut or no longer wanted.

    Args:
        index: Of the candidate.
        requests: Its own, and those of the others that are asked for at the same time.
        session: What is told of it.
        tools: Whom to ask, and what may be used.
        on_delta: Told what text arrives.

    Returns:
        Why none came, if so.
    """
    before = session.rounds[-1].candidates.get(index)
    need = need_of(session, requests[index].messages, tools.price)
    try:
        async with tools.purse.share(need) as share:
            cut = need.cut(len(requests), tools.purse, share)
            request = replace(requests[index], max_tokens=cut)
            try:
                return await _replied(index, request, session, tools, on_delta)
            finally:
                came = session.rounds[-1].candidates.get(index)
                share.took(reply_spent(came.reply) if came and came is not before else Spent())
    except Exhausted as reached:
        return reached


async def _replied(
    index: int, request: Request, session: Session, tools: Tools, on_delta: OnDelta
) -> ProviderError | None:
    arrived: list[str] = []
    ended: Finish | None = None
    came = session.rounds[-1].candidates.get(index)
    begun = came.reply.text if came and came.reply.finish == "length" else ""
    look = watching(session, request, begun)

    def on_text(text: str) -> None:
        nonlocal ended
        arrived.append(text)
        on_delta(index, text)
        if ended is None and (ended := look(text)):
            asking.cancel()

    def keep(reply: ReplyReceived) -> None:
        cost = tools.price(reply, request.model)
        session.append(replace(reply, candidate=index, cost=cost))

    asking = asyncio.ensure_future(tools.provider.reply(request, on_text))
    try:
        keep(await asking)
    except ProviderError as error:
        return error
    except TimeUp:
        keep(replace(broken_off(arrived, request, "cut"), seconds=request.seconds or 0.0))
    except asyncio.CancelledError:
        if ended and not _cancelled():
            keep(broken_off(arrived, request, ended))
            return None
        keep(broken_off(arrived, request, "dropped" if session.is_settled else "stopped"))
        raise
    return None


async def diagnose(base: str, request: Request, session: Session, tools: Tools) -> None:
    """Ask for a diagnosis; what comes of it is a fact, and where nothing does, why.

    Args:
        base: What identifies the code that it is about.
        request: What is asked, and of which model.
        session: What is told of it.
        tools: Whom to ask, and what may be used.
    """

    def keep(reply: ReplyReceived, fault: str = "") -> None:
        if not fault and not reply.text.strip():
            fault = reply.refusal or "it said nothing"
        priced = replace(reply, cost=tools.price(reply, request.model))
        asked, model = request.messages, request.model
        session.append(Diagnosed(base=base, messages=asked, model=model, reply=priced, fault=fault))

    nothing = ReplyReceived(candidate=0, text="", finish="cut")
    need = need_of(session, request.messages, tools.price, request.model)
    if need.left.completion(1, need) < 2 * USUAL_ANSWER:  # the repair needs room as well
        keep(nothing, "no room is left for it within the bounds")
        return
    try:
        async with tools.purse.share(need) as share:
            try:
                limited = replace(request, max_tokens=need.cut(1, tools.purse, share))
                await _heard(limited, tools, keep)
            finally:
                last = session.events[-1]
                share.took(reply_spent(last.reply) if isinstance(last, Diagnosed) else Spent())
    except (ProviderError, Exhausted) as error:
        keep(nothing, str(error))


async def _heard(request: Request, tools: Tools, keep: Callable[..., None]) -> None:
    """Keep what a model says, however it ends."""
    arrived: list[str] = []
    try:
        keep(await tools.provider.reply(request, arrived.append))
    except TimeUp:
        keep(broken_off(arrived, request, "cut"), "its time was up")
    except asyncio.CancelledError:
        keep(broken_off(arrived, request, "stopped"), "stopped")
        raise


def watching(session: Session, request: Request, begun: str) -> Watch:
    """What looks at an answer while it arrives, where the policy wants that."""
    assert session.started is not None
    if policy_of(session.started).frugal:
        return watch(request.messages, session.spec, begun)
    return lambda _piece: None


def _cancelled() -> bool:
    """Whether it is the running task itself that is to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def broken_off(arrived: list[str], request: Request, finish: Finish) -> ReplyReceived:
    """What came of an answer that was ended before its time."""
    text = "".join(arrived)
    return ReplyReceived(
        candidate=0,
        text=text,
        finish=finish,
        prompt_tokens=sum(len(m.content) for m in request.messages) // CHARACTERS_PER_TOKEN,
        # Servers send a token at a time, or more than one.
        completion_tokens=max(len(text) // CHARACTERS_PER_TOKEN, len(arrived)),
        estimated=True,
    )


def give_up(failures: list[Failure], session: Session) -> None:
    """Say why candidates are missing; those that came are gone on with.

    Where the rest of an answer is missing, what came of it is kept for the next try.
    """
    current = session.rounds[-1]
    final = any(isinstance(one, ProviderError) and not one.retryable for one in failures)
    absent = current.missing or (current.ended_early if final else ())
    if current.candidates and absent:
        for index in absent:
            session.append(ReplyReceived(candidate=index, text="", finish="cut"))
        return
    if session.is_settled:
        return
    match failures:
        case [Exhausted(), *_]:
            session.append(Stopped(reason="interrupted"))
        case [ProviderError() as error, *_]:
            session.append(
                ProviderFailed(
                    message=str(error),
                    hint=error.hint,
                    retryable=error.retryable,
                    alone=error.alone,
                )
            )


def need_of(
    session: Session, messages: tuple[ChatMessage, ...], price: Price, model: str = ""
) -> Need:
    """What one answer will use, as far as that can be said before; of the usual model, if none."""
    assert session.started is not None
    replies = [c.reply for past in session.rounds for c in past.candidates.values()]
    longest = max((reply.completion_tokens for reply in replies), default=0)
    return Need(
        prompt=sum(len(message.content) for message in messages) // CHARACTERS_PER_TOKEN,
        usual=longest or USUAL_ANSWER,
        rate=_rate(price, model or session.started.model),
        left=Left.of(session.started, session.spent),
    )


def _rate(price: Price, model: str) -> Rate:
    thousand = ReplyReceived(candidate=0, text="", finish="stop", prompt_tokens=1000)
    answered = replace(thousand, prompt_tokens=0, completion_tokens=1000)
    prompt, completion = ((price(one, model) or 0.0) / 1000 for one in (thousand, answered))
    return Rate(prompt, completion)
