"""Open what `spectral_inspect` and `spectral_demo` make in a real browser, and use it.

    pip install playwright; apt-get install chromium        # or: playwright install chromium
    python tools/browser.py RUN [--source photos --size 8] [--screenshot results/demo.png]

Checks that both load without an error in the console, that a slider moves the picture, from the keyboard too, and how long that takes.
"""
import argparse
import shutil
import statistics
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from spectral_nbdev.generator import SpectralGenerator
from spectral_nbdev.images import load_data
from spectral_nbdev.interpret import build_demo, write_inspection

p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("run", type=Path, help="folder of a fitted model")
p.add_argument("--source", default="auto")
p.add_argument("--size", type=int)
p.add_argument("--screenshot", type=Path, help="PNG of the demo to write")
p.add_argument("--no-tsne", action="store_true")
p.add_argument("--page", type=Path, help="PNG of the inspection to write")
args = p.parse_args()

model, data = SpectralGenerator.from_pretrained(args.run, "cpu"), load_data(args.source, size=args.size)
page_file = write_inspection(model, data.test, args.run / "inspection.html", labels=data.test_labels, classes=data.classes, tsne=not args.no_tsne)
demo = build_demo(model, data.test, data.classes)
_, address, _ = demo.launch(prevent_thread_lock=True, quiet=True)
with sync_playwright() as play:
    browser = play.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=["--no-sandbox"])
    errors = []
    def open_page(where, width=1300, height=1250):
        page = browser.new_page(viewport=dict(width=width, height=height))
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.goto(where)
        return page

    page = open_page(page_file.resolve().as_uri())
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length")
    head = page.locator(".sortable th").nth(1)
    head.click()
    first = page.locator(".sortable tbody tr td:nth-child(2)").all_inner_texts()
    assert not broken and [float(x) for x in first] == sorted((float(x) for x in first), reverse=True), "a picture is broken, or the table does not sort"
    size = page_file.stat().st_size / 1e6
    print(f"inspection: {page.locator('h2').count()} parts, {page.locator('img').count()} pictures, {size:.1f} MB, sorts, {len(errors)} errors")
    assert size < 10
    if args.page: page.screenshot(path=args.page, full_page=True)

    errors.clear()
    page = open_page(address)
    pictures = page.locator("img[src*='/file=']")
    pictures.nth(2).wait_for(timeout=30_000)
    changed = lambda: pictures.nth(1).get_attribute("src")
    kept = pictures.nth(0).get_attribute("src")
    took = []
    def move(action):
        before, start = changed(), time.perf_counter()
        action()
        while changed() == before:
            if time.perf_counter() - start > 10: raise SystemExit("the picture did not move")
            time.sleep(.004)
        took.append(time.perf_counter() - start)
    slider = page.locator("input[type=range][aria-label*='Gain']").first
    for _ in range(9): # from the keyboard
        slider.focus()
        move(lambda: page.keyboard.press("ArrowRight"))
    box = page.locator("input[type=checkbox]").first
    move(lambda: box.click())
    page.wait_for_timeout(500)
    if args.screenshot: page.screenshot(path=args.screenshot)
    focused = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        focused.add(page.evaluate("document.activeElement.type || document.activeElement.tagName"))
    assert {"range", "checkbox"} <= focused and pictures.nth(0).get_attribute("src") == kept
    print(f"demo: {1e3 * statistics.median(took):.0f} ms from key to picture (median of {len(took)}, slowest {1e3 * max(took):.0f}), keyboard reaches {', '.join(sorted(focused))}, {len(errors)} errors in the console")
    assert not errors, errors
    browser.close()
demo.close()
