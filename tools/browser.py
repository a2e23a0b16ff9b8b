"""Open what `spectral_inspect` and `spectral_demo` make in a real browser, and use it.

    pip install playwright; apt-get install chromium        # or: playwright install chromium
    python tools/browser.py RUN [--source photos --size 8] [--screenshot results/demo.png]

Checks that both load without an error in the console, that a slider moves the picture, from the keyboard too,
and how long that takes.
"""
import argparse
import shutil
import statistics
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from spectral_nbdev.data import load_data
from spectral_nbdev.demo import build_demo
from spectral_nbdev.generator import SpectralGenerator
from spectral_nbdev.report import write_inspection


def arguments() -> argparse.Namespace:
    "What to open, and what to keep of it."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", type=Path, help="folder of a fitted model")
    p.add_argument("--source", default="auto", help="images to show: cifar10, photos, a folder, an .npz")
    p.add_argument("--size", type=int, help="side of the images in pixels")
    p.add_argument("--screenshot", type=Path, help="PNG of the demo to write")
    p.add_argument("--no-tsne", action="store_true", help="leave the slow map out of the report")
    p.add_argument("--page", type=Path, help="PNG of the report to write")
    return p.parse_args()


def open_page(browser, address: str, errors: list[str], width: int = 1300, height: int = 1000):
    "A page that collects what goes wrong on it."
    page = browser.new_page(viewport=dict(width=width, height=height))
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(address)
    return page


def check_report(browser, path: Path, screenshot: Path | None) -> None:
    "Pictures are complete, the table sorts, the console is silent."
    errors: list[str] = []
    page = open_page(browser, path.resolve().as_uri(), errors)
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length")
    assert not broken, f"{broken} pictures are broken"
    page.locator(".sortable th").nth(1).click()
    values = [float(x) for x in page.locator(".sortable tbody tr td:nth-child(2)").all_inner_texts()]
    assert values == sorted(values, reverse=True), "the table does not sort"
    size = path.stat().st_size / 1e6
    sections, pictures = page.locator("h2").count(), page.locator("img").count()
    print(f"report: {sections} sections, {pictures} pictures, {size:.1f} MB")
    assert size < 10 and not errors, errors
    if screenshot: page.screenshot(path=screenshot, full_page=True)


def timed_move(changed, action) -> float:
    "Seconds from an action until the picture is another."
    before, start = changed(), time.perf_counter()
    action()
    while changed() == before:
        if time.perf_counter() - start > 10: raise SystemExit("the picture did not move")
        time.sleep(.004)
    return time.perf_counter() - start


def reachable(page) -> set[str]:
    "Kinds of controls that the tabulator key reaches."
    found = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        found.add(page.evaluate("document.activeElement.type || document.activeElement.tagName"))
    return found


def check_demo(browser, address: str, screenshot: Path | None) -> None:
    "A slider and a switch move the changed picture and leave the other alone; the console is silent."
    errors: list[str] = []
    page = open_page(browser, address, errors)
    pictures = page.locator("img[src*='/file=']")
    pictures.nth(2).wait_for(timeout=30_000)
    kept = pictures.nth(0).get_attribute("src")
    changed = lambda: pictures.nth(1).get_attribute("src") # noqa: E731
    slider, took = page.locator("input[type=range][aria-label*='Gain']").first, []
    for _ in range(12): # from the keyboard
        slider.focus()
        took.append(timed_move(changed, lambda: page.keyboard.press("ArrowRight")))
    page.wait_for_timeout(1000)
    if screenshot: page.screenshot(path=screenshot)
    took.append(timed_move(changed, page.locator("input[type=checkbox]").first.click))
    page.wait_for_timeout(500)
    found = reachable(page)
    assert {"range", "checkbox"} <= found and pictures.nth(0).get_attribute("src") == kept
    print(f"demo: {1e3 * statistics.median(took):.0f} ms from key to picture (median of {len(took)}, slowest "
          f"{1e3 * max(took):.0f}), keyboard reaches {', '.join(sorted(found))}")
    assert not errors, errors


def main() -> None:
    "Write both pages of one model and use them."
    args = arguments()
    model, data = SpectralGenerator.from_pretrained(args.run, "cpu"), load_data(args.source, size=args.size)
    report = write_inspection(model, data.test, args.run / "inspection.html", labels=data.test_labels,
                              classes=data.classes, tsne=not args.no_tsne)
    demo = build_demo(model, data.test, data.classes)
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True)
    with sync_playwright() as play:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        check_report(browser, report, args.page)
        check_demo(browser, address, args.screenshot)
        browser.close()
    demo.close()


if __name__ == "__main__": main()
