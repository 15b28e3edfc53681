"""Somebody who has a keyboard and nothing else: every control is reached by Tab before it is used."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 200
"""From one control to any other; a page with more is led by no keyboard."""

CALLED = """() => {
  const it = document.activeElement;
  return it === null ? ["", ""] : [it.name ?? "", it.id ?? ""];
}"""


class Keyboard:
    """Uses the controls of a page by keys."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def reach(self, control: Locator) -> None:
        """Press Tab until it has the focus."""
        expect(control).to_be_enabled()
        for _ in range(MOST_TABS):
            if control.evaluate("(it) => it === document.activeElement"):
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {control}")

    def press(self, name: str | Locator) -> None:
        """A button or a link, by its name."""
        named = self._page.get_by_role("button", name=name, exact=True) if isinstance(name, str) else name
        self.reach(named)
        self._page.keyboard.press("Enter")

    def write(self, label: str, words: str) -> None:
        """Into the field with this label."""
        self.reach(self._page.get_by_label(label, exact=True))
        self._page.keyboard.press("ControlOrMeta+a")
        self._page.keyboard.type(words)

    def check(self, box: Locator) -> None:
        """A box that is not checked yet."""
        self.reach(box)
        self._page.keyboard.press("Space")
        expect(box).to_be_checked()

    def choose(self, radio: Locator) -> None:
        """One of several: Tab reaches their group, arrows lead to this one."""
        expect(radio).to_be_enabled()
        group = radio.get_attribute("name")
        for _ in range(MOST_TABS):
            if self._page.evaluate(CALLED)[0] == group:
                break
            self._page.keyboard.press("Tab")
        else:
            raise AssertionError(f"Tab does not reach {json.dumps(group)}")
        self._page.keyboard.press("Space")
        for _ in range(20):
            if radio.is_checked():
                return
            self._page.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {radio}")

    def select(self, label: str, value: str) -> None:
        """In a list that is folded away."""
        listed = self._page.get_by_label(label, exact=True)
        self.reach(listed)
        self._page.keyboard.press("Home")
        for _ in range(40):
            if listed.input_value() == value:
                return
            self._page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is not in the list {label}")
