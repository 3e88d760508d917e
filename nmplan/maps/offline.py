"""A Folium map in one file that loads nothing: Leaflet inside, scripts and styles named by their hash."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from typing import Any
from typing import ClassVar

import folium
from branca.element import Element
from branca.element import Figure
from folium.template import Template

from nmplan.errors import Fault
from nmplan.errors import NmplanError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

_POLICY = "nmplan-policy"
"""Where the policy goes once the hashes are known; no text of ours or of the data can hold it before `finish`."""

_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


class AssetError(NmplanError):
    """A file of the package is not the one that was recorded."""


class Verbatim(Element):
    """Text that reaches the page as it is; branca would read any other element's text as a Jinja template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Verbatim"
        self._text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self._text


class OfflineMap(folium.Map):
    """
    A Leaflet map without tiles, controls or anything from outside.

    Parameters
    ----------
    name
        Fixed name of the map in the page; Folium's own would differ from run to run.
    label
        What a screen reader calls the map.
    options
        Further options of Leaflet's map.
    """

    default_js: ClassVar[list[tuple[str, str]]] = []
    default_css: ClassVar[list[tuple[str, str]]] = []
    _template = Template(
        """
        {% macro html(this, kwargs) %}<main id="map" class="folium-map"></main>{% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map("map", {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, **options: object) -> None:
        super().__init__(tiles=None, zoom_control=False, attribution_control=False, **options)
        self._id = name

    def render(self, **kwargs: object) -> None:
        """Put Leaflet into the page's head, then the map into its body."""
        figure = self.get_root()
        figure.header.add_child(Verbatim(style(leaflet("leaflet.css"))), name="leaflet_css")
        figure.header.add_child(Verbatim(script(leaflet("leaflet.js"))), name="leaflet_js")
        super().render(**kwargs)


def read_asset(path: str) -> str:
    """Return the text of a file below `nmplan/maps/assets`."""
    return _asset(path).read_text(encoding="utf-8")


def _asset(path: str) -> Traversable:
    """Return a file below `nmplan/maps/assets`, wherever the package is installed."""
    return resources.files("nmplan.maps").joinpath("assets", *path.split("/"))


@cache
def leaflet(name: str) -> str:
    """
    Return a file of Leaflet, ready to stand inside a page.

    Parameters
    ----------
    name
        "leaflet.js" or "leaflet.css".

    Raises
    ------
    AssetError
        The file differs from the recorded sha256.
    """
    recorded = dict(line.split()[::-1] for line in read_asset("leaflet/SHA256SUMS").splitlines())
    content = _asset(f"leaflet/{name}").read_bytes()
    if hashlib.sha256(content).hexdigest() != recorded[name]:
        what = "The file is not the one that was recorded."
        raise AssetError([Fault(f"nmplan/maps/assets/leaflet/{name}", "", what, "Install nmplan again.")])
    # Pictures of controls we do not use, and a map for debuggers: the only addresses in Leaflet.
    return re.sub(r"url\(images/[^)]*\)", "none", re.sub(r"\n//# sourceMappingURL=\S+", "", content.decode()))


def style(css: str) -> str:
    """Return a style element; its text is hashed by `finish`."""
    return f"<style>{css}</style>"


def script(code: str) -> str:
    """
    Return a script element; its text is hashed by `finish`.

    Raises
    ------
    ValueError
        The code would close its own element.
    """
    if "</script" in code.lower():
        raise ValueError("a script must not hold '</script'")
    return f"<script>{code}</script>"


def inert_json(name: str, content: Mapping[str, Any]) -> str:
    """Return data as a script element that never runs, whatever text is in the data."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&\u2028\u2029\r":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{html.escape(name)}">{text}</script>'


def head(title: str) -> Verbatim:
    """Return what stands first in the page's head: policy, viewport that lets the reader zoom, title."""
    return Verbatim(
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{html.escape(title)}</title>"
    )


def finish(figure: Figure, language: str) -> str:
    """
    Return the page as text.

    Parameters
    ----------
    figure
        The page; its head must hold `head`.
    language
        BCP 47 tag of the page, such as "en-HK".

    Returns
    -------
    str
        HTML whose policy allows the scripts and styles it holds, by their sha256, and nothing else.
    """
    # Browsers read line ends as \n before they hash.
    page = figure.render().replace("\r\n", "\n").replace("<html>", f'<html lang="{language}">', 1)
    # branca writes its script behind the body, where a browser has to guess its place.
    page = page.replace("</body>\n<script>", "<script>", 1).replace(
        "</script>\n</html>", "</script>\n</body>\n</html>", 1
    )
    page = re.sub(r"<script>\s*</script>\n", "", page)
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(page):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
        hashes[kind].append(f"'sha256-{digest}'")
    policy = (
        f"default-src 'none'; script-src {' '.join(hashes['script'])}; style-src {' '.join(hashes['style'])}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return page.replace(_POLICY, policy, 1)
