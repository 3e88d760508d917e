from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from branca.element import Figure

from nmplan.maps import offline
from nmplan.maps.offline import AssetError
from nmplan.maps.offline import OfflineMap
from nmplan.maps.offline import Verbatim
from nmplan.maps.offline import finish
from nmplan.maps.offline import head
from nmplan.maps.offline import inert_json
from nmplan.maps.offline import leaflet
from nmplan.maps.offline import script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = "</script><img src=x onerror=alert(1)>{{ 7*7 }}${1}`\u2028\\2019 & '"


class Page(HTMLParser):
    """Scripts, styles, policy and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.inline: list[tuple[str, str]] = []
        self.addresses: list[str] = []
        self.policy = self.language = ""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [given[name] or "" for name in ("src", "href", "action") if name in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        if tag == "html":
            self.language = given.get("lang") or ""
        self._open = tag if tag in {"script", "style"} and "type" not in given else ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inline.append((self._open, data))
            self._open = ""


def page_of(*parts: str) -> str:
    figure = Figure()
    figure.header.add_child(head("A <title>"), name="head")
    page = OfflineMap("test", zoom_snap=0.5)
    for number, part in enumerate(parts):
        figure.html.add_child(Verbatim(part), name=f"part_{number}")
    figure.add_child(page)
    return finish(figure, "en-HK")


def test_every_script_and_style_is_named_by_its_hash() -> None:
    page = Page(page_of(script("window.x = 1;")))
    assert len(page.inline) == 4
    for kind, text in page.inline:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.policy.split(f"{kind}-src")[1].split(";")[0]
    assert "unsafe" not in page.policy
    assert page.policy.startswith("default-src 'none'")


def test_nothing_is_loaded_from_outside() -> None:
    text = page_of()
    assert Page(text).addresses == ["data:,"]
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert "sourceMappingURL" not in text


def test_the_reader_may_zoom_and_knows_the_language() -> None:
    text = page_of()
    assert Page(text).language == "en-HK"
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert "<title>A &lt;title&gt;</title>" in text


def test_same_bytes_twice() -> None:
    assert page_of("<p>one</p>") == page_of("<p>one</p>")


def test_text_is_not_a_template() -> None:
    assert "{{ 7*7 }}{% raw %}" in page_of("<p>{{ 7*7 }}{% raw %}</p>")


def test_data_stay_data() -> None:
    element = inert_json("data", {"text": HOSTILE})
    inside = element.removeprefix('<script type="application/json" id="data">').removesuffix("</script>")
    assert not set("<>&\u2028\u2029") & set(inside)
    assert json.loads(inside) == {"text": HOSTILE}


def test_a_script_that_closes_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="script"):
        script("const text = '</SCRIPT>';")


@pytest.fixture
def fresh_leaflet() -> Iterator[None]:
    leaflet.cache_clear()
    yield
    leaflet.cache_clear()


@pytest.mark.usefixtures("fresh_leaflet")
def test_a_changed_leaflet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leaflet.js").write_text("alert(1)")
    real = offline._asset
    swapped = {"leaflet/leaflet.js": tmp_path / "leaflet.js"}
    monkeypatch.setattr(offline, "_asset", lambda path: swapped.get(path) or real(path))
    with pytest.raises(AssetError, match=r"leaflet\.js"):
        leaflet("leaflet.js")
    assert "leaflet-pane" in leaflet("leaflet.css")
