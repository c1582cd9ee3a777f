"""Makes the core's HTML safe to show inside an app's page: what is not on the lists below does not get out.

nh3 parses as browsers do and writes anew what it understood, so a body cannot become something else when it is parsed
again. Old content systems' layout (`font`, `style`, fixed sizes in CSS) goes, tables, lists, links and images stay.
"""

from __future__ import annotations

import re

import nh3

TAGS = {
    *("p", "br", "hr", "div", "span", "center", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("strong", "b", "em", "i", "u", "s", "sub", "sup", "small", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("a", "img", "figure", "figcaption"),
}
"""No elements with a parser of their own (svg, math, style, noscript, template …): mutations start there."""
DROPPED_WITH_CONTENT = {
    *("script", "style", "template", "noscript", "noembed", "noframes", "iframe", "object", "svg", "math"),
    *("title", "textarea", "select", "xmp", "plaintext"),
}
"""What stands inside is no text for a reader."""
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start"},
}
ALIGNED = {tag: {"align": {"left", "center", "right"}} for tag in ("p", "div", "h1", "h2", "h3", "th", "td")}
ON_EACH_IMAGE = {"referrerpolicy": "no-referrer"}
"""Who serves an image does not learn from which page it was seen. One alone: nh3 writes several in any order, and the
same body would have another ETag each time."""
SCHEMES = {"https", "http", "mailto", "tel"}
"""Of links; images are https alone."""
REL = "noopener noreferrer"

_SIZE = re.compile(r"\d{1,4}%?")
_SIZES = {"width", "height", "colspan", "rowspan", "span", "start"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED_IN_URLS = re.compile(r"[\x00-\x20]")


def sanitised(html: str, base_url: str = "") -> str:
    """The body as it may be shown. Relative URLs become absolute ones of `base_url`, or are dropped without one."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        link_rel=REL,
        tag_attribute_values=ALIGNED,
        set_tag_attribute_values={"img": ON_EACH_IMAGE},
        url_schemes=SCHEMES,
        url_relative=("rewrite_with_base", base_url) if base_url else "deny",
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Runs before relative URLs are resolved."""
    if name in _SIZES:
        return value if _SIZE.fullmatch(value) else None
    if (tag, name) == ("img", "src"):
        scheme = _SCHEME.match(_IGNORED_IN_URLS.sub("", value))
        return value if scheme is None or scheme[1].lower() == "https" else None
    return value
