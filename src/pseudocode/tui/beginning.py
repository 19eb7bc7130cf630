"""What has to be there before anything can be written: a spec and a model."""

from __future__ import annotations

from pathlib import Path

from textual import work as worker

from pseudocode.errors import StoreError
from pseudocode.settings import Settings
from pseudocode.tui.jobs import Jobs
from pseudocode.tui.offer import NO_MODEL, write_first_spec
from pseudocode.tui.panes import PanesScreen


class Beginning(PanesScreen):
    """The actions that make up for what is missing."""

    _jobs: Jobs
    _settings: Settings
    _folder: Path

    def use(self, settings: Settings) -> None:
        """Work with these settings from now on."""
        raise NotImplementedError

    def _read_folder(self) -> object:
        """Read the specs anew."""
        raise NotImplementedError

    async def _has_model(self) -> bool:
        if self._jobs.choice is None:
            await self._choose_model(NO_MODEL)
        return self._jobs.choice is not None

    @worker(exclusive=True, group="asking")
    async def action_models(self) -> None:
        """Choose which model is asked from now on."""
        await self._choose_model("")

    async def _choose_model(self, why: str) -> None:
        from pseudocode.tui.models import ModelScreen

        settings = await self.app.push_screen_wait(ModelScreen(self._settings, why))
        if settings is not None:
            self.use(settings)

    def action_first_spec(self) -> None:
        """Write an example of a spec into the empty folder."""
        try:
            path = write_first_spec(self._folder)
        except StoreError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"{path}: change it as you like; g has it written", markup=False)
            self._read_folder()
