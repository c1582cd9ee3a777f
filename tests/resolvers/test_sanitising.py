"""What of a bulletin's HTML is shown."""

from __future__ import annotations

import pytest

from bff.resolvers.html_sanitizer import sanitised

BASE = "https://gjj.example/"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>一</p><script>alert(1)</script>", "<p>一</p>"),
        ('<p onclick="x()" style="color:red" class="c" id="top">一</p>', "<p>一</p>"),
        ('<font face="宋体"><p align="right">一</p></font>', '<p align="right">一</p>'),
        ('<p align="url(x)">一</p>', "<p>一</p>"),
        ("<template><b>一</b></template><noscript><b>二</b></noscript><svg><text>三</text></svg>", ""),
        ("<style>p{}</style><title>一</title><textarea>二</textarea><iframe>三</iframe>", ""),
        ("<form action=/x><input name=a>一</form>", "一"),
        ("<!-- 一 -->二", "二"),
        ("<base href=//x><meta http-equiv=refresh content=0><link rel=stylesheet href=x>一", "一"),
    ],
)
def test_what_is_not_on_the_lists_goes(html: str, shown: str) -> None:
    assert sanitised(html, BASE) == shown


def test_a_table_stays_as_it_is() -> None:
    table = (
        '<table><caption>一</caption><thead><tr><th colspan="2" scope="col">二</th></tr></thead>'
        '<tbody><tr><td rowspan="1">三</td><td align="center">四</td></tr></tbody></table>'
    )
    assert sanitised(table, BASE) == table


@pytest.mark.parametrize("attribute", ['colspan="99999"', 'colspan="2;x"', 'width="100"'])
def test_a_cell_keeps_no_odd_size(attribute: str) -> None:
    assert sanitised(f"<table><tbody><tr><td {attribute}>一</td></tr></tbody></table>", BASE) == (
        "<table><tbody><tr><td>一</td></tr></tbody></table>"
    )


def src(url: str, base: str = BASE) -> str | None:
    """The image's source once it is sanitised."""
    shown = sanitised(f'<img src="{url}">', base)
    return shown.split('src="')[1].split('"')[0] if "src=" in shown else None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://img.example/a.png", "https://img.example/a.png"),
        ("HTTPS://img.example/a.png", "HTTPS://img.example/a.png"),
        ("/images/a.png", "https://gjj.example/images/a.png"),
        ("//img.example/a.png", "https://img.example/a.png"),
        ("http://img.example/a.png", None),
        ("ht&#9;tp://img.example/a.png", None),
        ("&#1;http://img.example/a.png", None),
        ("data:image/svg+xml,&lt;svg&gt;", None),
        ("javascript:alert(1)", None),
        ("mailto:a@gjj.example", None),
        ("blob:https://gjj.example/1", None),
    ],
)
def test_images_are_https_alone(url: str, shown: str | None) -> None:
    assert src(url) == shown


def test_without_a_site_of_the_centre_relative_images_are_dropped() -> None:
    assert src("/images/a.png", "") is None


def test_an_image_says_nothing_of_the_page_that_shows_it() -> None:
    shown = sanitised('<img src="https://img.example/a.png" alt="图" width="300" referrerpolicy="unsafe-url">', BASE)
    assert 'referrerpolicy="no-referrer"' in shown
    assert 'alt="图" width="300"' in shown
    assert "unsafe-url" not in shown


def test_the_same_body_comes_out_the_same_each_time() -> None:
    body = '<a href="/a" title="一">二</a><img src="/b.png" alt="三" title="四" width="5" height="6">'
    assert len({sanitised(body, BASE) for _ in range(50)}) == 1


@pytest.mark.parametrize(
    ("href", "shown"),
    [
        ("https://x.example/", 'href="https://x.example/" '),
        ("/guide", 'href="https://gjj.example/guide" '),
        ("tel:12329", 'href="tel:12329" '),
        ("mailto:a@gjj.example", 'href="mailto:a@gjj.example" '),
        ("javascript:alert(1)", ""),
        ("java&#10;script:alert(1)", ""),
        ("&#1;javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("vbscript:x", ""),
        ("intent://x", ""),
    ],
)
def test_links_give_the_page_that_they_leave_no_handle(href: str, shown: str) -> None:
    assert sanitised(f'<a href="{href}" target="_blank">一</a>', BASE) == f'<a {shown}rel="noopener noreferrer">一</a>'


@pytest.mark.parametrize(
    "html",
    [
        "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<table><td><table><tr><p>一<div><a><b></a>",
    ],
)
def test_sanitising_twice_changes_nothing(html: str) -> None:
    once = sanitised(html, BASE)
    assert sanitised(once, BASE) == once
    assert "onerror" not in once
