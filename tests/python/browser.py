"""A real browser for tests: Chromium without a window, driven by WebDriver."""

import json
import os
import re
import shutil
from contextlib import contextmanager

import numpy as np
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


def wait(driver, condition, seconds=20):
    """Return what a condition gives as soon as it is true."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(driver, seconds, poll_frequency=0.1).until(lambda _: condition())


def number(driver, key, panel=0):
    """Return the first number of a reading, or NaN."""
    text = driver.find_elements("css selector", f'[data-number="{key}"]')[panel].text
    found = re.match(r"[−-]?[\d.]+", text)
    return float(found.group().replace("−", "-")) if found else np.nan


def control(driver, label):
    """Return the control with a label."""
    path = f"//label[normalize-space()='{label}']"
    name = driver.find_element("xpath", path).get_attribute("for")
    return driver.find_element("id", name)


def put(driver, label, value):
    """Set a control as a person does, with the events that follow."""
    driver.execute_script(
        "arguments[0].value = arguments[1];"
        "for (const type of ['input', 'change']) arguments[0].dispatchEvent(new Event(type));",
        control(driver, label),
        value,
    )


def press(driver, name):
    """Press the button with a name."""
    driver.find_element("xpath", f"//button[normalize-space()='{name}']").click()
