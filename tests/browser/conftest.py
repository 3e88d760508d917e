"""One Chromium for all browser tests, and pages that nothing can leave."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

from nmplan.maps.material import Material
from nmplan.maps.pages import render_pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def study() -> Any:
    """Return the made-up study of the map tests."""
    place = Path(__file__).parents[1] / "maps" / "conftest.py"
    spec = importlib.util.spec_from_file_location("made_up_study", place)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["made_up_study"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def inputs() -> dict[str, Any]:
    return study().make_inputs()


@pytest.fixture(scope="session")
def material(inputs: dict[str, Any]) -> Material:
    return Material(**inputs)


@pytest.fixture(scope="session")
def payload(material: Material) -> dict[str, Any]:
    return material.payload


@pytest.fixture(scope="session")
def folder(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("maps")
    for name, text in render_pages(material).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    required = os.environ.get("NMPLAN_REQUIRE_BROWSER") == "1"
    if not required and importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed")
    if not required and not Path(CHROMIUM).exists():
        pytest.skip(f"there is no {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a file without a network; at the end nothing may have complained or tried to leave."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: Path, fragment: str = "", *, phone: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else LAPTOP,
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
            java_script_enabled=scripts,
            offline=True,
            locale="en-HK",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: _note_request(request.url, path, complaints))
        page.goto(f"{path.as_uri()}{fragment}")
        if scripts and page.locator("#map").count():
            page.wait_for_selector("body.ready")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _note_request(address: str, path: Path, complaints: list[str]) -> None:
    if not address.startswith((path.as_uri(), "data:", "blob:file:")):
        complaints.append(f"request: {address}")
