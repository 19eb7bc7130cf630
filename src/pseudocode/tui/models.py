"""Which model to ask: what there is here, and a server that the person names."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from pseudocode.configuring import keep_settings
from pseudocode.errors import ProviderError, PseudocodeError
from pseudocode.inert import one_line
from pseudocode.keyrings import has_keyring, keep_key
from pseudocode.offers import Offer, models_of, offers_here, ready_offers, typed_offer
from pseudocode.settings import Settings
from pseudocode.tui.closing import Dialog

_OTHER = "other"


class ModelScreen(Dialog[Settings | None]):
    """Offers models; comes back with the settings that ask the chosen one."""

    HELP = "Which model writes the code. enter takes it for now, s takes it and keeps it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "keep", "Take and keep", id="models.keep"),
        Binding("escape,q", "dismiss", "Close", id="models.close"),
    ]

    def __init__(self, settings: Settings, why: str = "") -> None:
        """Make the screen.

        Args:
            settings: Those of now.
            why: What the person should know first.
        """
        super().__init__()
        self._settings = settings
        self._why = why
        self._offers: list[Offer] = []

    def compose(self) -> ComposeResult:
        """A list that fills while servers of this machine are looked for."""
        with Vertical(classes="dialog", id="models") as box:
            box.border_title = "Which model?"
            if self._why:
                yield Static(Content(self._why), classes="part", markup=False)
            yield OptionList(id="offers", markup=False)
            yield Static("Looking for servers on this machine …", id="looking", markup=False)
            keys = "enter  take   s  take and keep   esc  not now"
            yield Static(keys, classes="keys", markup=False)

    def on_mount(self) -> None:
        """Show what is known, and look around."""
        self._fill(ready_offers(self._settings))
        self.query_one(OptionList).focus()
        self._look()

    @work(exclusive=True, group="looking")
    async def _look(self) -> None:
        found = await offers_here()
        told = "" if found else "No server answers on the usual ports of 127.0.0.1."
        self.query_one("#looking", Static).update(Content(told))
        if found:
            self._fill(found + self._offers)

    def _fill(self, offers: list[Offer]) -> None:
        """Show these, with the cursor where it was, or on the first."""
        listed = self.query_one(OptionList)
        chosen = self._highlighted if self._offers else None
        self._offers = offers
        listed.clear_options()
        for number, offer in enumerate(offers):
            listed.add_option(Option(_told(offer), id=str(number)))
        listed.add_option(Option("Another server …", id=_OTHER))
        listed.highlighted = offers.index(chosen) if chosen in offers else 0

    @property
    def _highlighted(self) -> Offer | None:
        option = self.query_one(OptionList).highlighted_option
        number = option.id if option else None
        return self._offers[int(number)] if number and number != _OTHER else None

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self._take(keep=False)

    def action_keep(self) -> None:
        """Take it, and ask it from now on."""
        self._take(keep=True)

    @work(exclusive=True, group="taking")
    async def _take(self, *, keep: bool) -> None:
        offer = self._highlighted
        if offer is None:
            offer = await self.app.push_screen_wait(ServerScreen())
        if offer is None:
            return
        if offer.lists:
            await self._list(offer)
            return
        if keep:
            told, fault = await asyncio.to_thread(_keep, offer)
            self.notify(told, severity="error" if fault else "information", markup=False)
        self.dismiss(offer.applied(self._settings))

    async def _list(self, offer: Offer) -> None:
        looking = self.query_one("#looking", Static)
        looking.update(Content(f"Asking {one_line(offer.changes['base_url'], 60)} …"))
        try:
            found = await models_of(offer)
        except ProviderError as error:
            looking.update(Content.styled(one_line(str(error), 300), "$text-error"))
            return
        looking.update(Content(f"{len(found)} models" if found else "It offers no model."))
        if found:
            self._fill(found)


def _told(offer: Offer) -> Content:
    return Content.assemble(
        (one_line(offer.title, 50), "bold"), "  ", (one_line(offer.told, 90), "$text-muted")
    )


def _keep(offer: Offer) -> tuple[str, bool]:
    """Write what asks this model into the person's settings.

    Returns:
        What became of it in words, and whether something went wrong.
    """
    changes, told = dict(offer.changes), ""
    typed = offer.key and "api_key_env" not in changes
    try:
        if typed and has_keyring():
            keep_key(changes["base_url"], offer.key)
            changes["keyring"] = True
        elif typed:
            told = "; the key is not kept, as there is no keyring: set OPENAI_API_KEY next time"
        path = keep_settings(changes)
    except PseudocodeError as error:
        return one_line(str(error), 300), True
    return f"kept in {path}{told}", False


_KEEPS = "A key is used this time; s on a model keeps the server, and the key {}."


class ServerScreen(Dialog[Offer | None]):
    """Takes the URL of a server, a key and the name of a model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="server.close")
    ]

    def compose(self) -> ComposeResult:
        """Three lines to fill; only the first must be."""
        with Vertical(classes="dialog", id="server") as box:
            box.border_title = "An OpenAI-compatible server"
            yield Input(placeholder="base URL, such as http://127.0.0.1:8080/v1", id="url")
            yield Input(placeholder="key, if it wants one", password=True, id="key")
            yield Input(placeholder="model; empty: list what it offers", id="model")
            yield Static(_KEEPS.format("…"), id="keeps", classes="part", markup=False)
            yield Static("enter  go on      esc  back", classes="keys", markup=False)

    def on_mount(self) -> None:
        """Tell where a key would be kept."""
        self._look_for_keyring()

    @work(group="keyring")
    async def _look_for_keyring(self) -> None:
        # It imports what knows each system's, which takes a tenth of a second.
        found = await asyncio.to_thread(has_keyring)
        where = "in the system's keyring" if found else "nowhere: there is no keyring"
        self.query_one("#keeps", Static).update(_KEEPS.format(where))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        url, key, model = (self.query_one(f"#{n}", Input).value for n in ("url", "key", "model"))
        if url.strip():
            self.dismiss(typed_offer(url, key, model))
        else:
            self.query_one("#url", Input).focus()
