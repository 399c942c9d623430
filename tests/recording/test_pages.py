"""A page for a capture: what is taken of it, what its picture shows, and that it is left as it was."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pytest

from jdp.recording.pages import look_at, take_picture
from tests.helpers.site import Answer

if TYPE_CHECKING:
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

pytestmark = pytest.mark.slow

PAGE = """<!DOCTYPE html><html><head><title>Hello Jane</title>
<style>.gone { display: none } .dim { visibility: hidden }</style>
<script>var who = "Jane";</script><script type="application/json">{"who": "Jane"}</script>
<script type="text/template"><b>Jane</b></script><meta name="csrf-token" content="0123456789abcdef"></head>
<body data-who="Jane" onload="window.loads = (window.loads || 0) + 1"><!-- Jane -->
<p class="gone">hidden <b>Jane</b></p><p class="dim">dim</p><img alt="Jane" src="/x?who=Jane">
<input id="box" value="first" placeholder="Jane"><input type="password" value="Jane"><input type="hidden" value="Jane">
<textarea>Jane</textarea><noscript>Jane</noscript><template>Jane</template><button title="Jane">Jane</button>
<table><tr id="g_DXHeadersRow0"><td>Owner</td></tr><tr id="g_DXDataRow0"><td>Jane</td></tr></table>
<p class="split">16<b>55</b><i>30A</i> and <b>Doubt</b>fire, 1<br>2</p>
<div id="g_DXPagerBottom">Page 1</div><iframe srcdoc="Jane"></iframe><script>box.value = "Jane typed"</script>
</body></html>"""


SHOWN = """document.title + document.body.innerText
    + [...document.querySelectorAll("input:not([type=hidden]), textarea")]
    .map((it) => it.value + it.placeholder).join()"""


def gone(kind: str, text: str) -> str:
    """Stand in for the scrubber: say what kind of text stood there."""
    return f"[{kind}]" if text.strip() else text


@pytest.fixture
def raw(tab: Tab, site: Site) -> Any:
    site.answers["GET", "page"] = Answer(body=PAGE.encode())
    tab.prepare(record=True)
    tab.open(site.url("page"))
    return tab.wait(look_at(tab.page, "a page"))


def test_no_text_of_the_page_stands_in_its_elements(raw: Any) -> None:
    assert "Jane" not in raw.elements
    assert "0123456789abcdef" not in raw.elements
    written = html.unescape(raw.html(gone))
    assert "Jane" not in written
    for part in (
        "<title>[text]</title>",
        "<script>[code]</script>",
        '<script type="[name]">[json]</script>',
        '<p class="[name]" data-jdp-hidden="display">[text]<b>[text]</b></p>',
        '<p class="[name]" data-jdp-hidden="visibility">[text]</p>',
        "<!-- a comment of 6 characters -->",
        '<input type="[name]" value="[black]">',
        '<button title="[hint]">[label]</button>',
        '<tr id="[name]"><td>[header]</td></tr>',
        '<tr id="[name]"><td>[cell]</td></tr>',
        '<div id="[name]">[pager]</div>',
    ):
        assert part in written, written


def test_pieces_of_a_word_are_one_string(raw: Any) -> None:
    assert [string for _, string in raw.strings if string.startswith(("16", "Doubt", ", 1"))] == [
        "165530A",
        "Doubtfire, 1",
    ]
    assert '<p class="x">ab<b>cd</b><i>efg</i>' in raw.html(
        lambda _, text: "abcdefgh"[: len(text)] if "16" in text else "x"
    )


def test_what_a_script_wrote_into_a_field_is_seen(raw: Any) -> None:
    assert ("value", "Jane typed") in raw.strings


def test_requests_are_told_without_what_is_in_them(raw: Any) -> None:
    first = raw.asked[0]
    assert (first.method, first.kind, first.status) == ("GET", "document", 200)
    assert first.size == len(PAGE)
    assert "user-agent" in first.headers
    assert "content-length" in first.answer_headers
    assert first.content_type.startswith("text/html")


def test_picture_is_taken_of_other_texts_and_the_page_is_left_as_it_was(tab: Tab, raw: Any) -> None:
    shown: list[str] = []
    take = tab.page.screenshot

    async def screenshot(**how: Any) -> bytes:
        shown.append(await tab.page.evaluate(SHOWN))
        return await take(**how)

    before = tab.wait(tab.page.evaluate("document.documentElement.outerHTML"))
    tab.page.screenshot = screenshot  # type: ignore[method-assign]
    tab.wait(take_picture(tab.page, raw, gone))
    assert raw.picture.startswith(b"\xff\xd8")
    assert shown
    assert "[cell]" in shown[0]
    assert "Jane" not in shown[0]
    assert tab.wait(tab.page.evaluate("document.documentElement.outerHTML")) == before
    assert tab.wait(tab.page.evaluate("[box.value, window.loads]")) == ["Jane typed", 1]
