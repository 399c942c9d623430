"""Acting on an element though something lies over it: a banner, a notice, a survey that appears after a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.exceptions import PageCoveredError

if TYPE_CHECKING:
    from playwright.async_api import Locator

PRESS_SECONDS = 3.0  # for an element that moves, or is covered just now

# What lies over an element's middle: the outermost element there that does not hold it. A label is part of its box.
COVER = """(target) => {
    target.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
    const at = target.getBoundingClientRect();
    if (!at.width || !at.height) return null;
    let over = document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2);
    if (!over || target.contains(over) || over.contains(target)) return null;
    if (over.closest("label") && over.closest("label").control === target) return null;
    while (over.parentElement && !over.parentElement.contains(target)) over = over.parentElement;
    return over;
}"""
WORDS = f"""(target) => {{
    const over = ({COVER})(target);
    if (!over) return "";
    const inner = over.querySelector("[title], [aria-label]") || over;
    const inside = over.shadowRoot && over.shadowRoot.textContent;
    const words = [over.innerText, inside, over.title, over.ariaLabel, inner.title, inner.ariaLabel];
    const found = words.find((each) => each && each.trim()) || `<${{over.localName}}>`;
    return found.trim().replace(/\\s+/g, " ").slice(0, 200);
}}"""
# Only what puts it away: nothing is agreed to, and no link is followed.
CLOSE = f"""(target) => {{
    const over = ({COVER})(target);
    if (!over) return false;
    const says = new RegExp("^(close|dismiss|hide|skip|(maybe |remind me |ask me )?later|not now|no,? thank(s| you)"
        + "|got it|(reject|decline)( all)?|x|\\u00d7|\\u2715|\\u2716)[.!]?$", "i");
    const ways = [...over.querySelectorAll("button, a, [role=button], input[type=button], [onclick]")];
    const way = ways.find((each) => each.checkVisibility()
        && (each.localName !== "a" || /^(#|javascript:|$)/i.test(each.getAttribute("href") || ""))
        && [each.innerText, each.value, each.ariaLabel, each.title].some((words) => words && says.test(words.trim())));
    if (way) way.click();
    return !!way;
}}"""
OWN_CLICK = """(target) => {
    for (const type of ["pointerover", "mouseover", "pointerdown", "mousedown", "pointerup", "mouseup"]) {
        const kind = type.startsWith("pointer") ? PointerEvent : MouseEvent;
        target.dispatchEvent(new kind(type, {bubbles: true, cancelable: true, composed: true, view: window}));
    }
    target.click();
}"""


async def press(target: Locator) -> None:
    """Click an element as a person does; by its own click where something lies over it that cannot be closed."""
    if await uncovered(target):
        try:
            await target.click(timeout=PRESS_SECONDS * 1000, no_wait_after=True)
        except PlaywrightTimeoutError:
            await target.evaluate(OWN_CLICK)
    else:
        await target.evaluate(OWN_CLICK)


async def uncovered(target: Locator) -> bool:
    """Close what lies over an element, where it has a way to; tell whether nothing does any more."""
    return not await cover(target) or (await target.evaluate(CLOSE) and not await cover(target))


async def cover(target: Locator) -> str:
    """Return the words of what lies over an element, "" when nothing does."""
    words: str = await target.evaluate(WORDS)
    return words


async def expect_uncovered(name: str, *targets: Locator) -> None:
    """Check whether something lies over what was pressed in vain; raises PageCoveredError."""
    for target in targets:
        if await target.count() and (words := await cover(target)):
            raise PageCoveredError(
                f"{name}: something lies over the page, and nothing behind it works: {words!r}. Log in by hand, settle "
                "what it asks, log out, then start again"
            )
