"""One Chromium for all browser tests, and pages that nothing can leave."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import fields
from dataclasses import is_dataclass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd
import pytest

from nmplan.maps.pages import render_pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from playwright.sync_api import Page

    from nmplan.maps.material import Material

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

HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}${alert(2)}`\\2019\u2028'\""
CODED = {"chain", "zone", "status", "kind", "side", "mode", "outcome", "role", "colour", "tier", "jurisdiction"}
KEYS = {"parcel_id", "tenant", "criterion", "rule", "area_id", "line_id", "scenario", "layer", "cluster_id", "unit"}


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


def poisoned(thing: Any) -> Any:
    """Return the thing with hostile text after every string that people read."""
    if isinstance(thing, pd.DataFrame):
        text = [name for name in thing.columns if name not in KEYS | CODED | {"geometry"}]
        text = [name for name in text if len(thing) and isinstance(thing[name].iloc[0], str)]
        return thing.assign(**{name: thing[name] + HOSTILE for name in text})
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(
            thing, **{one.name: poisoned(getattr(thing, one.name)) for one in fields(thing) if one.name not in KEYS}
        )
    if isinstance(thing, tuple | list):
        return type(thing)(poisoned(one) for one in thing)
    return thing + HOSTILE if isinstance(thing, str) else thing


def renamed(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs with a hostile site id as well."""
    swap = {"san-tin-001": f"san-tin-001{HOSTILE}"}
    frames = [
        replace(
            one,
            **{name: getattr(one, name).replace({"parcel_id": swap}) for name in ("scores", "ledger", "exclusions")},
        )
        for one in inputs["scenarios"]
    ]
    return {**inputs, "sites": inputs["sites"].replace({"parcel_id": swap}), "scenarios": frames}


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE


@pytest.fixture(scope="session")
def evil(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the study with hostile text in every string that people read."""
    return {key: poisoned(value) for key, value in renamed(inputs).items()}


@pytest.fixture(scope="session")
def poison() -> Callable[[Any], Any]:
    return poisoned


@pytest.fixture
def take_picture() -> Callable[..., None]:
    """Write a picture for people to look at, where they asked for one."""

    def take(page: Page, name: str, *, whole: bool = False) -> None:
        place = os.environ.get("NMPLAN_PICTURES")
        if place:
            page.wait_for_timeout(400)
            Path(place).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(place) / f"{name}.png", full_page=whole)

    return take


@pytest.fixture(scope="session")
def made_up() -> Any:
    return study()


@pytest.fixture(scope="session")
def inputs() -> dict[str, Any]:
    return study().make_inputs()


@pytest.fixture(scope="session")
def material(inputs: dict[str, Any]) -> Material:
    return study().make_material(inputs)


@pytest.fixture(scope="session")
def place_material(material: Material) -> Material:
    return study().with_places(material)


@pytest.fixture(scope="session")
def sandbox_material(inputs: dict[str, Any]) -> Material:
    return study().make_sandbox_material(inputs)


@pytest.fixture(scope="session")
def boundary(material: Material) -> Material:
    return study().make_boundary(material)


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
