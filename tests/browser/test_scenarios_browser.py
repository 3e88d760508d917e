from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.maps.material import Material
from nmplan.maps.scenarios import render
from nmplan.scores.differences import mean_by_area

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser


def make_measures(material: Material, saved: float) -> pd.DataFrame:
    ids = sorted(material.sites["parcel_id"])
    far = np.linspace(60, 20, len(ids))
    table = pd.DataFrame({"parcel_id": ids, "crossing_min": far - saved, "crossing_goods_min": far, "station_min": far})
    # one site is reached later only, one no more, one never
    table.loc[[0, 1], "crossing_min"] = [np.nan, 30] if saved == 0 else [30, np.nan]
    table.loc[2, "crossing_min"] = np.nan
    return table


@pytest.fixture(scope="module")
def compared(material: Material) -> Material:
    return replace(
        material,
        tables={"today": {"measures": make_measures(material, 0)}, "2035": {"measures": make_measures(material, 9)}},
        layers={"transit_lines": material.context.transit_lines, "stations": material.context.stations},
    )


@pytest.fixture(scope="module")
def file(compared: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenarios") / "scenarios.html"
    file.write_text(render(compared), encoding="utf-8")
    return file


@pytest.fixture
def scenarios(visit: Visit, file: Path) -> Visit:
    return lambda fragment="", **options: visit(file, fragment, **options)


def scores_of(material: Material, tenant: str) -> list[pd.Series]:
    return [
        one.scores[one.scores["tenant"].eq(tenant)].set_index("parcel_id")["score"].astype(float)
        for one in material.scenarios
    ]


def state(page: Page) -> dict[str, Any]:
    return page.evaluate("() => window.nmplan.state()")


def test_it_opens_and_tells_what_changes_without_a_click(
    scenarios: Visit, compared: Material, take_picture: Callable[..., None]
) -> None:
    page = scenarios()
    assert page.title() == f"{compared.stamp.name_en} · Scenarios"
    assert "Microelectronics: from Today to 2035, Northern Link open" in page.inner_text("#headline-what")
    assert page.inner_text("#headline-how") == "Opens in between: Northern Link"
    assert page.locator(".little:visible").count() == 2
    take_picture(page, "scenarios-laptop")


def test_a_label_is_whole_and_clear_of_controls_and_of_other_labels(scenarios: Visit) -> None:
    for page in (scenarios(), scenarios("#lang=zh", phone=True)):
        assert (
            page.evaluate(
                """() => {
                const all = (what) => [...document.querySelectorAll(what)];
                const boxes = (what) => all(what).map((one) => one.getBoundingClientRect());
                const labels = boxes('#map .label span');
                const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
                const screen = document.getElementById('map').getBoundingClientRect();
                const cut = labels.filter((one) => one.left < screen.left - 1 || one.right > screen.right + 1);
                const others = (place) => [...labels.slice(place + 1), ...boxes('#map .leaflet-control')];
                const met = labels.filter((one, place) => others(place).some((other) => meets(one, other)));
                return labels.length ? cut.length + met.length : -1;
            }"""
            )
            == 0
        )


def test_a_phone_peeks_at_one_line_and_shows_the_changes_above_its_sheet(scenarios: Visit) -> None:
    page = scenarios(phone=True)
    assert page.inner_text("#headline").count("\n") <= 1
    assert page.inner_text("#headline-peek").endswith("points")
    assert page.get_attribute("#key-toggle", "aria-expanded") == "false"
    page.tap("#tab-sites")
    best = page.get_attribute("#gain-list button", "data-site")
    at = page.evaluate("id => window.nmplan.pixel(id)", best)
    page.wait_for_timeout(300)
    assert 48 < at["y"] < page.locator("#panel").bounding_box()["y"]


def test_the_difference_is_pythons(scenarios: Visit, compared: Material) -> None:
    page = scenarios()
    for place, tenant in enumerate(compared.tenants):
        page.select_option("#what", str(place))
        before, after = scores_of(compared, tenant.tenant)
        for parcel, change in (after - before).items():
            got = page.evaluate("id => window.nmplan.change(id)", parcel)
            if np.isnan(change):
                assert got is None or np.isnan(got)
            else:
                assert got == pytest.approx(change, abs=1e-3)


def test_means_by_area_are_pythons(scenarios: Visit, compared: Material) -> None:
    page = scenarios()
    areas = compared.sites.set_index("parcel_id")["area_id"]
    before, after = (one.reindex(areas.index).to_frame("score") for one in scores_of(compared, "microelectronics"))
    expected = mean_by_area(before, after, areas, ["score"]).set_index("area_id")
    got = {row["area"]: row for row in page.evaluate("() => window.nmplan.means()")}
    assert set(got) == set(expected.index)
    for area, row in expected.iterrows():
        assert got[area]["sites"] == row["sites"]
        assert got[area]["before"] == pytest.approx(row["before"], abs=1e-3)
        assert got[area]["after"] == pytest.approx(row["after"], abs=1e-3)
    shown = page.locator("#area-list .score").all_inner_texts()
    assert shown == [f"{change:+.1f}".replace("-", "−") for change in expected["change"].sort_values(ascending=False)]


@pytest.mark.parametrize("what", ["microelectronics", "vehicles", "crossing_min", "station_min"])
def test_key_counts_of_each_map_sum_to_all_sites(scenarios: Visit, compared: Material, what: str) -> None:
    page = scenarios(f"#show={what}")
    for pane, counts in page.evaluate("() => window.nmplan.counts()").items():
        assert sum(counts) == len(compared.sites), pane
    for key in ("#key-classes .count", "#strip .count-before", "#strip .count-after"):
        assert sum(int(text) for text in page.locator(key).all_inner_texts()) == len(compared.sites)


def test_sites_reached_in_one_scenario_only_are_told_apart(scenarios: Visit) -> None:
    page = scenarios("#show=crossing_min")
    rows = dict(
        zip(
            *(page.locator(f"#key-classes {part}").all_inner_texts() for part in ("span:nth-child(2)", ".count")),
            strict=True,
        )
    )
    assert (rows["Reached in B only"], rows["Reached in A only"], rows["Not reached"]) == ("1", "1", "1")
    page.click("#tab-sites")
    assert page.locator("#flip-list button:visible").count() == 2
    page.click("#flip-list li:first-child button")
    assert page.inner_text("#dossier .account tbody tr:first-child td:last-child") == "–"


def test_minutes_saved_are_the_better_side(scenarios: Visit) -> None:
    page = scenarios("#show=crossing_min")
    page.click("#tab-sites")
    assert set(page.locator("#gain-list .score").all_inner_texts()) == {"−9.0"}
    assert page.inner_text("#lose-list") == "None."
    assert page.inner_text("#headline-name").endswith("−9.0 · San Tin −9.0 minutes on average")


def test_the_three_maps_move_together(scenarios: Visit) -> None:
    page = scenarios("#view=12.5_22.49_114.06")

    def places() -> dict[str, Any]:
        page.wait_for_timeout(400)
        return page.evaluate("() => window.nmplan.maps()")

    def agree(maps: dict[str, Any]) -> None:
        for little in ("before", "after"):
            assert maps[little]["zoom"] == maps["change"]["zoom"] - 1
            assert maps[little]["centre"]["lat"] == pytest.approx(maps["change"]["centre"]["lat"], abs=1e-3)
            assert maps[little]["centre"]["lng"] == pytest.approx(maps["change"]["centre"]["lng"], abs=1e-3)

    first = places()
    agree(first)
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    second = places()
    agree(second)
    assert second["change"]["centre"]["lng"] > first["change"]["centre"]["lng"] + 0.002
    page.focus("#map-before")
    page.keyboard.press("+")
    third = places()
    agree(third)
    assert third["change"]["zoom"] > second["change"]["zoom"]


def test_the_dossier_adds_up(scenarios: Visit, compared: Material, take_picture: Callable[..., None]) -> None:
    page = scenarios()
    page.click("#tab-sites")
    page.click("#gain-list li:first-child button")
    parcel = state(page)["site"]
    read = lambda text: float(text.replace("−", "-").replace("+", ""))  # noqa: E731
    table = page.locator("#dossier .account").first
    columns = [
        [read(text) for text in table.locator(f"tbody td:nth-child({at})").all_inner_texts()] for at in (2, 3, 4)
    ]
    totals = [read(text) for text in table.locator("tfoot td").all_inner_texts()]
    for column, total in zip(columns, totals, strict=True):
        assert sum(column) == pytest.approx(total)
    for a, b, change in zip(*columns, strict=True):
        assert b - a == pytest.approx(change)
    before, after = (one[parcel] for one in scores_of(compared, "microelectronics"))
    assert totals == pytest.approx([before, after, after - before], abs=0.1 + 1e-9)
    everywhere = scores_of(compared, "microelectronics")
    assert after - before == pytest.approx((everywhere[1] - everywhere[0]).max())
    take_picture(page, "scenarios-dossier")
    page.keyboard.press("Escape")
    assert page.is_hidden("#dossier")


def test_a_click_on_any_map_selects_the_site(scenarios: Visit) -> None:
    page = scenarios("#view=14.5_22.506_114.075")
    page.wait_for_timeout(300)
    at = page.evaluate("() => window.nmplan.pixel('san-tin-050')")
    page.mouse.click(at["x"], at["y"])
    assert state(page)["site"] == "san-tin-050"
    page.keyboard.press("Escape")
    box = page.locator("#map-after").bounding_box()
    main = page.locator("#map").bounding_box()
    assert box
    assert main
    # the same place at half the scale from the middle
    x = box["x"] + box["width"] / 2 + (at["x"] - main["x"] - main["width"] / 2) / 2
    y = box["y"] + box["height"] / 2 + (at["y"] - main["y"] - main["height"] / 2) / 2
    page.wait_for_timeout(300)
    page.mouse.click(x, y)
    assert state(page)["site"] == "san-tin-050"


def test_assumed_feeders_and_permits_are_said(visit: Visit, compared: Material, tmp_path: Path) -> None:
    crossings = pd.DataFrame({"crossing_id": ["port"], "name_en": ["New port"], "name_zh": ["新口岸"]})
    rows = [("port", "car", "road", "quota", 2030, np.nan), ("port", "car", "foot", "none", 2030, np.nan)]
    services = pd.DataFrame(rows, columns=["crossing_id", "user", "mode", "permit", "valid_from", "valid_to"])
    first, later = compared.scenarios
    study = replace(
        compared,
        scenarios=[first, replace(later, planned_feeders=True)],
        layers={**compared.layers, "crossings": crossings, "crossing_services": services},
    )
    file = tmp_path / "scenarios.html"
    file.write_text(render(study), encoding="utf-8")
    page = visit(file, "#show=crossing_min&site=san-tin-050")
    told = "B: Feeder buses to the stations are assumed here"
    assert page.inner_text("#feeders").startswith(told)
    assert told in page.inner_text("#dossier")
    page.click("#tab-why")
    assert page.locator("#settings .feeders").count() == 1
    assert "opens for cars with a quota (2030), people who park there (2030)" in page.inner_text("#works")


def test_a_link_restores_everything(scenarios: Visit) -> None:
    page = scenarios()
    page.select_option("#what", "1")
    page.select_option("#before", "1")
    page.click("#language")
    page.click("#tab-sites")
    page.click("#lose-list li:first-child button")
    before = state(page)
    page.click("#link")
    after = state(scenarios(page.url[page.url.index("#") :]))
    assert after == before
    assert (after["show"], after["a"], after["b"], after["language"]) == ("life-health", "2035", "today", "zh")
    assert after["site"]


@pytest.mark.parametrize(
    "fragment",
    [
        "#show=__proto__&a=constructor&b=toString&site=valueOf&map=length",
        "#a=2035&b=2035&view=99_99_999&lang=xx",
        "#show=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&view=NaN_1e9_Infinity&a=%E0%A4%A",
        "#" + "x" * 5000,
    ],
)
def test_a_hostile_link_falls_back(scenarios: Visit, fragment: str) -> None:
    assert state(scenarios(fragment)) == {
        "show": "microelectronics", "a": "today", "b": "2035", "pane": "change", "language": "en", "site": None,
    }  # fmt: skip


def test_hostile_text_is_shown_and_does_nothing(
    visit: Visit, evil: dict[str, Any], hostile: str, tmp_path: Path
) -> None:
    bad = Material(**evil)
    lines = bad.context.transit_lines
    bad = replace(bad, layers={"transit_lines": lines, "stations": bad.context.stations})
    file = tmp_path / "scenarios.html"
    file.write_text(render(bad), encoding="utf-8")
    page = visit(file)
    page.click("#tab-why")
    assert hostile.strip() in (page.text_content("#works") or "")
    page.click("#tab-sites")
    page.click("#gain-list li:first-child button")
    assert "49" not in page.inner_text("#dossier-title")
    assert page.locator("#dossier img, #panel img, #key img").count() == 0
    page.pdf()


def test_both_languages_are_whole(scenarios: Visit, take_picture: Callable[..., None]) -> None:
    page = scenarios("#lang=zh")
    assert page.evaluate("() => document.documentElement.lang") == "zh-Hant-HK"
    assert "差異" in page.inner_text("#map .pane-title")
    assert page.inner_text("#headline-how") == "其間啟用：北環綫"
    take_picture(page, "scenarios-laptop-zh")
    page.click("#language")
    assert page.inner_text("#map .pane-title") == "Difference: B − A"
    for text in ("undefined", "NaN", "null"):
        assert text not in page.inner_text("body")


def test_what_differs_is_said_in_words(scenarios: Visit) -> None:
    page = scenarios()
    page.click("#tab-why")
    text = page.inner_text("#works")
    assert "Northern Link" in text
    assert "opens 2034" in text
    page.click("#tab-areas")
    page.select_option("#before", "1")
    page.click("#tab-why")
    assert "closes 2034" in page.inner_text("#works")


def test_the_keyboard_reaches_a_site_and_comes_back(scenarios: Visit) -> None:
    page = scenarios()
    page.focus("#tab-areas")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#pane-sites")
    page.focus("#gain-list li:first-child button")
    page.keyboard.press("Enter")
    assert page.is_visible("#dossier")
    assert page.evaluate("() => document.activeElement.id") == "dossier-title"
    page.keyboard.press("Escape")
    assert page.is_hidden("#dossier")


def test_a_phone_has_one_map_and_a_switch(scenarios: Visit, take_picture: Callable[..., None]) -> None:
    page = scenarios(phone=True)
    assert page.locator(".little:visible").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    titles = []
    for pane in ("before", "after", "change"):
        page.tap(f"#pane-of-{pane}")
        assert state(page)["pane"] == pane
        assert page.get_attribute(f"#pane-of-{pane}", "aria-pressed") == "true"
        titles.append(page.text_content("#key-note"))
        take_picture(page, f"scenarios-phone-{pane}")
    assert len(set(titles)) == 3
    page.tap("#language")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def colour_of(page: Page, parcel: str) -> list[int]:
    page.wait_for_timeout(300)
    return page.evaluate(
        """id => {
            const at = window.nmplan.pixel(id);
            const canvas = document.querySelector('#map canvas.sites');
            const box = canvas.getBoundingClientRect();
            const scale = canvas.width / box.width;
            const pen = canvas.getContext('2d');
            return [...pen.getImageData((at.x - box.left) * scale, (at.y - box.top) * scale, 1, 1).data].slice(0, 3);
        }""",
        parcel,
    )


def test_a_map_has_the_colours_of_its_key(scenarios: Visit) -> None:
    """The site that gains most is purple; where a phone shows A, it has the colour of a score."""
    page = scenarios()
    page.click("#tab-sites")
    parcel = page.get_attribute("#gain-list button", "data-site")
    shown = scenarios(f"#site={parcel}")
    assert colour_of(shown, parcel) == [0x54, 0x27, 0x88]
    first = scenarios(f"#site={parcel}&map=before", phone=True)
    bands = ([0x1F, 0x2A, 0x63], [0x2B, 0x6C, 0xA3], [0x45, 0xA3, 0xB5], [0x9C, 0xCF, 0xA6], [0xFB, 0xE9, 0xA0])
    assert colour_of(first, parcel) in bands


def test_all_differences_can_be_taken_away(scenarios: Visit, compared: Material) -> None:
    page = scenarios()
    rows = list(csv.DictReader(io.StringIO(page.evaluate("() => window.nmplan.csv()").removeprefix("\ufeff"))))
    before, after = scores_of(compared, "microelectronics")
    assert {row["id"] for row in rows} == set(compared.sites["parcel_id"])
    for row in rows:
        change = after[row["id"]] - before[row["id"]]
        assert row["change"] == "" if np.isnan(change) else float(row["change"]) == pytest.approx(change, abs=1e-3)
        assert (row["scenario_a"], row["scenario_b"], row["study_hash"]) == ("today", "2035", compared.stamp.study_hash)


def test_the_printed_sheet_has_three_maps_key_caption_and_caveat(scenarios: Visit, compared: Material) -> None:
    page = scenarios()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) < 2_000_000
    assert page.locator("#sheet svg").count() == 3
    text = page.text_content("#sheet") or ""
    for wanted in (
        compared.stamp.caveat_en,
        compared.stamp.study_hash,
        "from Today to 2035",
        "Within ±",
        "Mean change",
    ):
        assert wanted in text


def test_without_scripts_means_and_picture_are_there(
    scenarios: Visit, compared: Material, take_picture: Callable[..., None]
) -> None:
    page = scenarios(scripts=False)
    assert page.locator("noscript svg").is_visible()
    assert page.locator("noscript table tr").count() == 3
    assert compared.stamp.caveat_zh in page.inner_text("noscript")
    take_picture(page, "scenarios-no-script")
