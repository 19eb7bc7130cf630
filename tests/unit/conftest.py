"""How long property tests may look: a busy machine is no failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", settings.get_profile("default"), deadline=None)
settings.load_profile("steady")
