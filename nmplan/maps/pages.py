"""All pages of a study: which there are, and as text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING
from typing import NamedTuple

if TYPE_CHECKING:
    from nmplan.maps.material import Material


class PageEntry(NamedTuple):
    """
    A page: what it is called, and who draws it.

    `title` is the key of its title in the table of strings, `about` of the line on the index's card.
    `module` stands in nmplan.maps and has `render(material) -> str`, and `card(material) -> str`, the picture on the
    index; it is imported only when pages are drawn.
    """

    file: str
    title: str
    about: str
    module: str


PAGES = (
    PageEntry("index.html", "index", "index_about", "index"),
    PageEntry("explorer.html", "explorer", "explorer_about", "explorer"),
    PageEntry("scenarios.html", "scenarios", "scenarios_page_about", "scenarios"),
    PageEntry("clusters.html", "places", "places_about", "clusters"),
    PageEntry("sandboxes.html", "sandboxes_title", "sandboxes_about", "sandboxes"),
    PageEntry("cross-boundary.html", "cross_boundary", "cross_boundary_about", "cross_boundary"),
    PageEntry("methods.html", "methods", "methods_about", "methods"),
)
"""In the order of the navigation; a page that is not here is linked from nowhere."""

FILES = tuple(page.file for page in PAGES)


def render_pages(material: Material) -> dict[str, str]:
    """
    Return the pages by file name.

    Parameters
    ----------
    material
        What the pages are drawn from.

    Returns
    -------
    dict
        A text for each entry of `PAGES`; each stands alone. The same material gives the same text.
    """
    return {page.file: import_module(f"nmplan.maps.{page.module}").render(material) for page in PAGES}
