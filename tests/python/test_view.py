"""The viewer: its page in a real browser, served by the real command, and its widget."""

import json
import re
import struct
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest
from browser import addresses, chromium, console, control, emulate, number, press, put, wait

import quiescent as qs
from quiescent import _native


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the folder of a small network that has learned a little of position."""
    changes = {
        "network.units": 48,
        "task.cells.count": 64,
        "training.batches": 300,
        "training.trials": 20,
        "training.test_every": 100,
        "training.rest_every": 150,
        "rest.steps": 60,
    }
    folder = tmp_path_factory.mktemp("view") / "position"
    return qs.train("demo/spatial/noisy_unbiased", changes, out=folder, progress=False).folder


@pytest.fixture(scope="module")
def page(run, trained):
    """Serve two runs by the command, and return the address."""
    command = [sys.executable, "-m", "quiescent", "view", run, trained.folder, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            yield re.search(r"http://127\.0\.0\.1:\d+/", line).group()
        finally:
            server.kill()


@pytest.fixture(scope="module")
def browser():
    with chromium() as driver:
        yield driver


def open_page(driver, address, query=""):
    driver.get(f"{address}?{query}")
    wait(driver, lambda: number(driver, "time") > 0)


def test_the_page_comes_from_this_machine_alone_and_moves(browser, page):
    open_page(browser, page)
    first = number(browser, "time")
    wait(browser, lambda: number(browser, "time") > first + 0.5)
    wait(browser, lambda: np.isfinite(number(browser, "kl")))
    assert console(browser) == []
    assert {re.match(r"\w+://([^/]+)", url).group(1) for url in addresses(browser)} <= {
        page.removeprefix("http://").rstrip("/")
    }
    assert "show=rest" in browser.current_url
    assert "noise=1.41" in browser.current_url
    canvases = browser.find_elements("css selector", "canvas")
    assert all(canvas.get_attribute("aria-label") for canvas in canvases)


def test_a_click_lets_rest_begin_there(browser, page):
    open_page(browser, page, "playing=no&noise=0")
    arena = browser.find_element("css selector", "canvas")
    from selenium.webdriver import ActionChains

    # A quarter of the width of the arena to the right of its centre, as much above it; a scale is
    # below the arena.
    side = arena.size["width"] - 20
    middle = (arena.size["height"] - arena.size["width"]) // 2
    ActionChains(browser).move_to_element_with_offset(
        arena, side // 4, -side // 4 - middle
    ).click().perform()
    wait(browser, lambda: "from=" in browser.current_url and "," in browser.current_url)
    x, y = map(float, re.search(r"from=([-\d.]+),([-\d.]+)", browser.current_url).groups())
    assert abs(x - 0.55) < 0.02
    assert abs(y - 0.55) < 0.02
    wait(browser, lambda: number(browser, "time") > 0.1)
    press(browser, "Pause")
    press(browser, "Begin anew")
    wait(browser, lambda: number(browser, "time") == 0.02)
    here = browser.find_element("css selector", '[data-number="here"]').text
    shown = [float(part) for part in re.findall(r"[−-]?[\d.]+", here.replace("−", "-"))]
    # The first decoded value is that of the same simulation in Python.
    expected = _first_step(browser, (x, y))
    assert np.allclose(shown, expected, atol=0.006), (shown, expected)


def _first_step(browser, point):
    name = browser.find_element("css selector", ".qv-title select option").text
    rest = qs.open(name).rest(steps=1, trials=200, start=point, noise="none")
    return rest.decoded.values[0, 0]


def test_noise_decides_how_far_rest_goes(browser, page):
    open_page(browser, page, "noise=0&speed=16")
    # Without noise, states fall to a fixed point, some of them slowly.
    wait(browser, lambda: number(browser, "time") > 50)
    assert number(browser, "variance") < 0.001
    put(browser, "Noise of rest", "2")
    before = number(browser, "time")
    wait(browser, lambda: number(browser, "time") > before + 10)
    assert number(browser, "variance") > 0.002
    assert "noise=2" in browser.current_url
    assert number(browser, "time") > before, "noise does not begin anew"


def test_pause_step_and_the_keyboard(browser, page):
    open_page(browser, page)
    press(browser, "Pause")
    wait(browser, lambda: "playing=no" in browser.current_url)
    at = number(browser, "time")
    from selenium.webdriver import ActionChains, Keys

    press(browser, "Step")
    wait(browser, lambda: number(browser, "time") > at)
    # Keys need no focus of their own; a button keeps its meaning of the space bar, and no other.
    at = number(browser, "time")
    ActionChains(browser).send_keys(".").perform()
    wait(browser, lambda: number(browser, "time") > at)
    browser.execute_script("document.activeElement.blur()")
    ActionChains(browser).send_keys(" ").perform()
    wait(browser, lambda: "playing=yes" in browser.current_url)
    arena = browser.find_element("css selector", "canvas")
    keys = ActionChains(browser)
    browser.execute_script("arguments[0].focus()", arena)
    keys.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ENTER).perform()
    wait(browser, lambda: "from=0.055,0.055" in browser.current_url)
    wait(browser, lambda: "playing=yes" in browser.current_url)
    keys.send_keys(" ").perform()
    wait(browser, lambda: "playing=no" in browser.current_url)


def test_what_is_set_is_in_the_address(browser, page):
    query = "show=rest&from=0.5,0.2&noise=1&adaptation=0.3,2&momentum=0.5&trials=30&seed=4&speed=2"
    open_page(browser, page, f"run=0&{query}&2.run=1&2.show=wake_then_rest&2.trials=10")
    wait(browser, lambda: np.isfinite(number(browser, "time", panel=1)))
    wait(browser, lambda: "2.seed=" in browser.current_url)
    address = browser.current_url
    for part in query.split("&"):
        assert part in address
    assert "2.run=1" in address
    assert "2.show=wake_then_rest" in address
    assert control(browser, "strength b").get_attribute("value") == "0.3"
    # Loaded again, it shows the same.
    open_page(browser, page, address.split("?")[1])
    wait(browser, lambda: np.isfinite(number(browser, "time", panel=1)))
    wait(browser, lambda: browser.current_url == address)
    # What cannot be shown is said, and what was shown goes on.
    open_page(browser, page, "show=rest&trials=1000")
    wait(browser, lambda: "trials" in browser.find_element("css selector", ".qv-status").text)
    assert console(browser) == []


def test_what_is_refused_changes_nothing(browser, page):
    open_page(browser, page, "show=rest&adaptation=0.3,0.5")
    put(browser, "τ in s", "0.005")
    status = browser.find_element("css selector", ".qv-status")
    wait(browser, lambda: "rest.adaptation.tau_s" in status.text)
    wait(browser, lambda: control(browser, "τ in s").get_attribute("value") == "0.5")
    put(browser, "Noise of rest", "0.5")
    wait(browser, lambda: "noise=0.5" in browser.current_url)
    assert "adaptation=0.3,0.5" in browser.current_url
    assert status.text == ""


def test_a_drag_is_followed_and_its_end_counts(browser, page):
    open_page(browser, page, "show=rest&momentum=0.5,heated")
    browser.execute_async_script(
        """
        const [slider, done] = arguments;
        let value = 0;
        const drag = () => {
          slider.value = value += 0.01;
          slider.dispatchEvent(new Event("input"));
          if (value < 3) setTimeout(drag, 1);
          else done();
        };
        drag();
        """,
        control(browser, "Noise of rest"),
    )
    put(browser, "Noise of rest", "2.5")
    wait(browser, lambda: "noise=2.5&" in browser.current_url)
    at = number(browser, "time")
    wait(browser, lambda: number(browser, "time") > at)
    # Momentum keeps what was set of it.
    assert "momentum=0.5,heated" in browser.current_url
    put(browser, "friction λ", "0.4")
    wait(browser, lambda: "momentum=0.4,heated" in browser.current_url)
    assert not control(browser, "noise × √λ").is_selected()
    assert console(browser) == []


def test_darkness_phones_and_still_pages(browser, page):
    def background():
        return browser.execute_script(
            "return getComputedStyle(document.querySelector('.quiescent-view')).backgroundColor"
        )

    try:
        open_page(browser, page)
        light = background()
        emulate(browser, prefers_color_scheme="dark")
        assert background() != light
        open_page(browser, page)
        assert console(browser) == []
        emulate(browser, prefers_reduced_motion="reduce")
        # Whatever a link says, little motion is wanted.
        for query in ("", "?playing=yes"):
            browser.get(page + query)
            wait(browser, lambda: "playing=no" in browser.current_url)
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 375, "height": 700, "deviceScaleFactor": 2, "mobile": True},
        )
        emulate(browser)
        open_page(browser, page)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= 375
    finally:
        emulate(browser)
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_rest_in_training_can_be_looked_through(browser, page, run):
    open_page(browser, page)
    slider = wait(browser, lambda: control(browser, "Rest after batch"))
    wait(browser, slider.is_displayed)
    put(browser, "Rest after batch", "0")
    output = slider.find_element("xpath", "following-sibling::output")
    wait(browser, lambda: output.text == "0")
    # What was kept has 60 steps, and is played again and again.
    wait(browser, lambda: 0 < number(browser, "time") <= 1.2)
    now = browser.find_element("css selector", '[data-number="stage"]')
    assert now.text == "at rest, after batch 0"
    # Its divergence was measured then; the active phase of now is not beside it.
    kept = json.loads(sorted((run / "emergence").glob("*.json"))[0].read_text())
    expected = kept["reactivation"]["kl_quiescent_from_active"]["nats"]
    assert abs(number(browser, "kl") - expected) < 0.006
    assert "active" not in browser.find_element("css selector", '[data-number="step"]').text
    # From one that was kept to another one, and to another noise of the network as it is.
    put(browser, "Rest after batch", "1")
    wait(browser, lambda: now.text == "at rest, after batch 150")
    put(browser, "Noise of rest", "2")
    wait(browser, lambda: "noise=2&" in browser.current_url and now.text == "at rest")
    put(browser, "Rest after batch", "0")
    wait(browser, lambda: now.text == "at rest, after batch 0")
    put(browser, "Rest after batch", "3")
    wait(browser, lambda: number(browser, "time") > 1.3)
    assert output.text == "now, live"
    assert console(browser) == []


def test_other_sites_and_unknown_paths_are_refused(page):
    def status(path="", **headers):
        request = urllib.request.Request(page + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                assert "default-src 'none'" in response.headers["content-security-policy"]
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    assert status() == 200
    assert status("viewer.js") == 200
    for path in ("../run.json", "..%2f..%2fetc%2fpasswd", "run.json", "//etc/passwd"):
        assert status(path) == 404
    assert status(Host="evil.example") == 403
    assert status(Origin="http://evil.example") == 403
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    assert status("live", **upgrade) == 403
    assert status("live", Origin="http://evil.example", **upgrade) == 403


def test_a_report_plays_stored_phases_from_the_disk(browser, run, tmp_path):
    command = [sys.executable, "-m", "quiescent", "report", run, "--out", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    addresses(browser)
    browser.get((tmp_path / "report.html").as_uri())
    wait(browser, lambda: number(browser, "time") == 0.02)
    assert "How reactivation emerges" in browser.page_source
    players = browser.find_elements("css selector", ".moving .qv-panel select")
    assert [each.get_attribute("value") for each in players] == ["0", "1"]
    press(browser, "Play")
    wait(browser, lambda: number(browser, "time", panel=1) > 0.3)
    press(browser, "Pause")
    # What is shown is what the folder holds, in 16 bits.
    step = round(number(browser, "time", panel=1) / 0.02)
    decoded = qs.open(run).rest(steps=step).decoded.values[0, -1]
    here = browser.find_elements("css selector", '[data-number="here"]')[1].text
    shown = [float(part) for part in re.findall(r"[−-]?[\d.]+", here.replace("−", "-"))]
    assert np.allclose(shown, decoded, atol=0.006)
    assert console(browser) == []
    schemes = {url.split(":")[0] for url in addresses(browser)}
    assert schemes <= {"file", "data"}


# The widget.


class Sent:
    """What a widget sends, as it would go to a page."""

    def __init__(self, monkeypatch, widget):
        self.messages = []
        monkeypatch.setattr(widget, "send", self.send)
        self.widget = widget

    def send(self, content, buffers=None):
        self.messages.append((content, buffers))

    def ask(self, session="a", **request):
        self.messages.clear()
        text = json.dumps(request, separators=(",", ":"))
        self.widget._receive(self.widget, {"session": session, "request": text}, [])
        return [
            json.loads(content["text"]) if "text" in content else buffers[0]
            for content, buffers in self.messages
        ]


def test_the_widget_shows_what_python_simulates(trained, monkeypatch):
    widget = trained.view(start=0.3, noise_ratio=1.5, trials=10, seed=5)
    assert widget.state["panels"][0]["settings"]["from"] == {"point": [0.3]}
    sent = Sent(monkeypatch, widget)
    (hello,) = sent.ask(type="open")
    assert hello["type"] == "hello"
    assert hello["runs"] == [trained.folder.name]
    (scene,) = sent.ask(type="choose", run=0)
    assert scene["unit"] == "rad"
    assert scene["low"] is None
    settings = {**scene["settings"], **widget.state["panels"][0]["settings"]}
    sent.ask(type="set", settings=settings)
    frames = [sent.ask(type="step", steps=3)[0] for _ in range(2)]
    sigma = 1.5 * trained.experiment["network.noise.sigma"]
    rest = trained.rest(steps=6, trials=10, start=0.3, noise=sigma, seed=5)
    assert struct.unpack_from("<4s7I", frames[1]) == (b"QUV2", 1, 6, 1, 3, 10, 72, 40)
    for place, frame in enumerate(frames):
        path = np.frombuffer(frame, "<f4", 9, offset=80).reshape(3, 3)
        steps = slice(3 * place, 3 * place + 3)
        assert np.array_equal(path[:, 0], rest.decoded.values[0, steps, 0])


def test_the_widget_s_sessions_are_apart_and_bounded(trained, monkeypatch):
    sent = Sent(monkeypatch, trained.view())
    for number_ in range(40):
        sent.ask(session=str(number_), type="open")
    assert len(sent.widget._sessions) == 16
    # One that is no longer there is told so.
    assert sent.ask(session="0", type="choose", run=0)[0]["type"] == "ended"
    assert sent.ask(session="39", type="choose", run=0)[0]["type"] == "scene"
    assert sent.ask(session="39", type="step", steps=1)[0][:4] == b"QUV2"
    sent.ask(session="39", type="close")
    assert sent.ask(session="39", type="step", steps=1)[0]["type"] == "ended"
    with pytest.raises(qs.MeasurementError):
        sent.ask(session="38", type="shutdown")


def test_the_module_is_the_command_s(page):
    script, style = _native.viewer_assets()
    with urllib.request.urlopen(page + "viewer.js", timeout=10) as served:
        assert served.read().decode() == script
    # Nothing is fetched from anywhere.
    assert not re.search(r"https?://(?!anywidget\.dev)", script + style)
    assert "import " not in script
