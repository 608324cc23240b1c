"""A real browser for tests: Chromium without a window, driven by WebDriver."""

import json
import os
import shutil
from contextlib import contextmanager

import pytest

REQUIRED = bool(os.environ.get("QUIESCENT_REQUIRE_BROWSER"))
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
)


@contextmanager
def chromium():
    """Open a browser; its logs of the console and of the network are kept."""
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        assert not REQUIRED, "chromium and chromedriver are required and not there"
        pytest.skip("there is no chromium with its driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def console(driver):
    """Return the lines of the console since the last call that are not mere information."""
    lines = driver.get_log("browser")
    return [line["message"] for line in lines if line["level"] in ("WARNING", "SEVERE")]


def addresses(driver):
    """Return the addresses that were asked for since the last call."""
    found = []
    for line in driver.get_log("performance"):
        message = json.loads(line["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
        elif message["method"] == "Network.webSocketCreated":
            found.append(message["params"]["url"])
    return found


def emulate(driver, **media):
    """Let the page believe in other preferences, such as `prefers_color_scheme="dark"`."""
    features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
