"""OSMnx's settings, changed for a while only."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def osmnx_settings(**settings: Any) -> Iterator[None]:
    """Set OSMnx's settings for a while; they are global, and an analyst may have set them otherwise."""
    import osmnx  # noqa: PLC0415

    before = {name: getattr(osmnx.settings, name) for name in settings}
    try:
        for name, value in settings.items():
            setattr(osmnx.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
