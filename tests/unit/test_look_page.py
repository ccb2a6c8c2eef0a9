import re

import pytest
from jinja2 import UndefinedError

from hub.look.page import CONTENT_SECURITY_POLICY, STATIC, asset, error_page, render

CSS = (STATIC / "trellis.css").read_text(encoding="utf-8")


def test_every_file_the_stylesheet_names_has_the_address_a_page_would_preload():
    named = re.findall(r'url\("?([^")]+)"?\)', CSS)
    assert named
    for address in named:
        name = address.partition("?")[0]
        assert asset(name) == f"/static/{address}", f"Write {asset(name)} in scss/_fonts.scss and run make css."


def test_the_stylesheet_carries_nothing_that_belongs_to_another_brand():
    assert "GDS" not in CSS
    assert "crown" not in re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL).lower()
    assert "data:" not in CSS


def test_fonts_and_foundation_come_with_their_licences():
    assert "SIL OPEN FONT LICENSE" in (STATIC / "OFL.txt").read_text(encoding="utf-8")
    assert "MIT License" in (STATIC / "govuk-frontend-LICENSE.txt").read_text(encoding="utf-8")


def test_a_page_that_lacks_a_value_fails_instead_of_showing_a_gap():
    with pytest.raises(UndefinedError):
        render("look/pages/error.html", status=404)


def test_an_error_page_says_what_happened_and_what_to_do_and_escapes_it():
    page = error_page(422, "The area <b>Narnia</b> is not known.").decode()
    assert "The area &lt;b&gt;Narnia&lt;/b&gt; is not known." in page
    assert "try again" in page


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 502, 503])
def test_every_status_has_a_heading_and_a_way_forward(status):
    page = error_page(status).decode()
    assert re.search(r"<h1[^>]*>[A-Z]", page)
    assert 'href="/"' in page


def test_a_notice_is_shown_above_the_page():
    assert "Invented." in error_page(404, notice="Invented.").decode()
    assert "Demonstration" not in error_page(404).decode()


def test_a_page_obeys_its_own_content_policy():
    page = error_page(404).decode()
    assert "<script" not in page
    assert " style=" not in page
    assert "unsafe" not in CONTENT_SECURITY_POLICY
