"""Open what `spectral_inspect` and `spectral_demo` make in a real browser, and use it.

    pip install playwright; apt-get install chromium        # or: playwright install chromium
    python tools/browser.py RUN [--source photos --size 8] [--screenshot results/demo.png] [--shots FOLDER]

RUN is a folder of a fitted model, or the name of one that ships. At the width of a desktop and of a phone
both pages load without an error in the console, do not scroll sideways, and have an alternative text for each
picture. The report sorts its table, its contents lead to its sections, and a dark screen has light text. In
the demo the keyboard moves sliders and pictures, and the time from the key to the frame with the new pictures
is printed: the median and the 95th percentile, beside the load of the machine. With --limit a slower page is
an error.
"""
import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from spectral_nbdev.commands.main import load_model
from spectral_nbdev.data import load_data
from spectral_nbdev.demo import build_demo
from spectral_nbdev.report import write_inspection

SIZES = dict(desktop=(1280, 900), phone=(390, 844)) # width and height in CSS pixels


def arguments() -> argparse.Namespace:
    "What to open, and what to keep of it."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", type=Path, help="folder of a fitted model, or the name of one that ships")
    p.add_argument("--source", default="auto", help="images to show: cifar10, photos, a folder, an .npz")
    p.add_argument("--size", type=int, help="side of the images in pixels")
    p.add_argument("--screenshot", type=Path, help="PNG of the demo on a desktop to write")
    p.add_argument("--shots", type=Path, help="folder for PNGs of both pages at both widths")
    p.add_argument("-n", type=int, default=2000, help="images that the report measures with")
    p.add_argument("--no-tsne", action="store_true", help="leave the slow map out of the report")
    p.add_argument("--moves", type=int, default=60, help="moves of sliders to time")
    p.add_argument("--limit", type=float, help="most milliseconds from key to picture, 95th percentile")
    return p.parse_args()


def open_page(browser, address: str, errors: list[str], size: str, **options):
    "A page that collects what goes wrong on it."
    width, height = SIZES[size]
    options = dict(has_touch=size == "phone") | options
    page = browser.new_page(viewport=dict(width=width, height=height), **options)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(address)
    return page


def check_shape(page, where: str) -> None:
    "The page is not wider than the screen; every picture is complete and has an alternative text."
    wide, screen = page.evaluate("(e => [e.scrollWidth, e.clientWidth])(document.documentElement)")
    assert wide <= screen, f"{where}: {wide} pixels wide on a screen of {screen}"
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length")
    assert not broken, f"{where}: {broken} pictures are broken"
    silent = page.locator("main img:not([alt]), main img[alt='']").count()
    assert not silent, f"{where}: {silent} pictures without alternative text"


def keep(page, folder: Path | None, name: str, full: bool = True) -> None:
    "A picture of a page."
    if folder: page.screenshot(path=folder / f"{name}.png", full_page=full)


def check_contents(page) -> None:
    "Each link of the contents leads to a section; each box that scrolls can be reached by the keyboard."
    for link in page.locator("nav a").all():
        target = link.get_attribute("href")
        link.click()
        top = page.evaluate("id => document.querySelector(id).getBoundingClientRect().top", target)
        last = page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1")
        assert abs(top) < 2 or last, f"{target} is not in view"
    page.evaluate("scrollTo(0, 0)")
    still = page.evaluate("[...document.querySelectorAll('.scroll')].filter(b => b.tabIndex !== 0).length")
    assert not still, f"{still} boxes cannot be scrolled from the keyboard"


def check_sorting(page) -> None:
    "A heading sorts its table, from the keyboard too, and says so."
    second = page.locator(".sortable th").nth(1)
    for order, act in (("descending", second.locator("button").click),
                       ("ascending", lambda: second.locator("button").press("Enter"))):
        act()
        values = [float(x) for x in page.locator(".sortable tbody tr td:nth-child(2)").all_inner_texts()]
        assert values == sorted(values, reverse=order == "descending"), "the table does not sort"
        assert second.get_attribute("aria-sort") == order


def brightness(page, name: str) -> float:
    "Mean of red, green and blue of a property of the page's body, 0 to 255."
    value = page.evaluate(f"getComputedStyle(document.body).{name}")
    return statistics.mean(float(x) for x in value.split("(")[1].rstrip(")").split(",")[:3])


def check_report(browser, path: Path, shots: Path | None) -> None:
    "The report at both widths, and on a dark screen."
    errors: list[str] = []
    for size in SIZES:
        page = open_page(browser, path.resolve().as_uri(), errors, size)
        check_shape(page, f"report, {size}")
        keep(page, shots, f"report-{size}")
        check_contents(page)
        check_sorting(page)
        page.close()
    page = open_page(browser, path.resolve().as_uri(), errors, "desktop", color_scheme="dark")
    dark, light = brightness(page, "backgroundColor"), brightness(page, "color")
    assert dark < 60 < 180 < light, "the dark page is not dark"
    keep(page, shots, "report-dark")
    sections, pictures = page.locator("h2").count(), page.locator("img").count()
    megabytes = path.stat().st_size / 1e6
    print(f"report: {sections} sections, {pictures} pictures, {megabytes:.1f} MB")
    assert megabytes < 10 and not errors, errors


WATCH = """() => {
  const sources = () => [...document.querySelectorAll(".sd-pictures img")].map(image => image.src).join();
  let start = null, before = sources();
  window.took = [];
  document.addEventListener("keydown", () => { start = performance.now(); }, true);
  new MutationObserver(async () => {
    const now = sources();
    if (now === before || start === null) return;
    const pressed = start;
    [before, start] = [now, null];
    await Promise.allSettled([...document.querySelectorAll(".sd-pictures img")].map(image => image.decode()));
    requestAnimationFrame(() => window.took.push(performance.now() - pressed));
  }).observe(document.body, {subtree: true, childList: true, attributes: true, attributeFilter: ["src"]});
}"""


def reachable(page) -> set[str]:
    "Kinds of controls that the tabulator key reaches."
    found = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        found.add(page.evaluate("document.activeElement.type || document.activeElement.tagName"))
    return found


def time_sliders(page, moves: int, limit: float | None) -> None:
    "Move every visible slider in turn, and print the times from the key to the frame with the new pictures."
    sliders = page.locator("input[type=range]:visible").element_handles()
    page.get_by_label("Share of the second image").last.press("PageUp") # else its number changes nothing
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    for i in range(moves + 5): # asking the page rarely, because every question costs it time, too
        full = sliders[i % len(sliders)].evaluate("e => { e.focus(); return e.value === e.max; }")
        page.keyboard.press("ArrowLeft" if full else "ArrowRight")
        for _ in range(50):
            page.wait_for_timeout(200)
            if page.evaluate("window.took.length") > i: break
        else: raise SystemExit("the picture did not move")
    took = sorted(page.evaluate("window.took")[5:]) # the first moves warm up
    p50, p95 = statistics.median(took), took[min(len(took) - 1, round(.95 * len(took)))]
    print(f"demo: {p50:.0f} ms from key to picture (median of {moves} moves; 95th percentile {p95:.0f}, "
          f"slowest {took[-1]:.0f}); load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    assert limit is None or p95 <= limit, f"95th percentile: {p95:.0f} ms, more than {limit:g}"


def in_view(page, element) -> bool:
    "Whether an element lies within the screen from top to bottom."
    box = element.bounding_box()
    return box is not None and box["y"] >= -1 and box["y"] + box["height"] <= page.viewport_size["height"] + 1


def check_controls(page, size: str) -> None:
    "A switch and the reset act; on a phone fingers find the controls and the changed picture stays in view."
    source = lambda kind: page.locator(f".sd-{kind} img").get_attribute("src") # noqa: E731
    same = "document.querySelector('.sd-changed img').src == document.querySelector('.sd-unchanged img').src"
    page.get_by_role("button", name="Reset the changes").click()
    page.wait_for_function(same)
    kept = source("unchanged")
    page.locator("input[type=checkbox]").first.click()
    page.wait_for_function(same.replace("==", "!="))
    assert source("unchanged") == kept
    page.get_by_text("a new sample").click()
    page.locator(".sd-original").wait_for(state="detached")
    page.get_by_label("Seed of the sample").first.wait_for()
    page.get_by_text("a test image").click()
    page.locator(".sd-original").wait_for()
    if size != "phone": return
    for control in page.locator("input[type=range]:visible, input[type=checkbox]:visible").all():
        control.scroll_into_view_if_needed()
        assert in_view(page, page.locator(".sd-changed img")), "the changed picture left the screen"
    tops = [page.locator(f".sd-{kind} img").bounding_box() for kind in ("original", "unchanged")]
    assert tops[0]["x"] == tops[1]["x"] and tops[0]["y"] < tops[1]["y"], "the pictures stand in one row"


def check_demo(browser, address: str, args: argparse.Namespace) -> None:
    "The demo at both widths."
    errors: list[str] = []
    for size in SIZES:
        page = open_page(browser, address, errors, size)
        page.locator(".sd-changed img").wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        check_shape(page, f"demo, {size}")
        keep(page, args.shots, f"demo-{size}")
        if size == "desktop": time_sliders(page, args.moves, args.limit)
        if size == "desktop" and args.screenshot:
            page.wait_for_timeout(1000)
            page.screenshot(path=args.screenshot, full_page=True)
        check_controls(page, size)
        keep(page, args.shots, f"demo-{size}-used", full=False)
        check_shape(page, f"demo, {size}, used")
        found = reachable(page)
        assert {"range", "checkbox", "radio", "number"} <= found, f"the keyboard reaches only {found}"
        page.close()
    print(f"demo: the keyboard reaches {', '.join(sorted(found))}")
    assert not errors, errors


def main() -> None:
    "Write both pages of one model and use them."
    args = arguments()
    model, data = load_model(args.run, "cpu"), load_data(args.source, size=args.size)
    if args.shots: args.shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        report = write_inspection(model, data.test, Path(folder) / "inspection.html", labels=data.test_labels,
                                  classes=data.classes, n=args.n, tsne=not args.no_tsne)
        demo = build_demo(model, data.test, data.classes)
        _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        check_report(browser, report, args.shots)
        check_demo(browser, address, args)
        browser.close()
        demo.close()


if __name__ == "__main__": main()
