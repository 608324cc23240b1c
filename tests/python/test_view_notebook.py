"""The viewer's widget in a real notebook: JupyterLab in a real browser."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from urllib.parse import urlsplit

import numpy as np
import pytest
from browser import REQUIRED, addresses, chromium, console, number, press, put, wait

# The notebook is open and its kernel runs.
KERNEL_IS_THERE = "return !!window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
NOTEBOOK = "return jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON()"
PRINT = """state = view.state
print(state["panels"][0]["settings"].get("noise_ratio"), state.get("playing"))"""


@pytest.fixture
def lab(tmp_path, trained):
    """Serve JupyterLab with one notebook, and return the notebook's address."""
    if find_spec("jupyterlab") is None:
        assert not REQUIRED, "jupyterlab is required and not there"
        pytest.skip("there is no jupyterlab")
    cells = [
        f"import quiescent as qs\nnet = qs.open({str(trained.folder)!r})",
        "view = net.view(trials=20, seed=4)\nview",
        "view",
        PRINT,
    ]
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell{place}",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for place, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "view.ipynb").write_text(json.dumps(notebook))
    own = {
        name: str(tmp_path / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--IdentityProvider.token=secret"),
        "--ServerApp.root_dir=" + str(tmp_path),
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, **own}
    ) as server:
        try:
            said = ""
            for line in server.stderr:
                said += line
                if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab\?token", line):
                    break
            else:
                pytest.fail(f"jupyterlab has no address: {said}")
            yield f"{found.group(1)}/lab/tree/view.ipynb?token=secret"
        finally:
            server.kill()


def test_the_widget_lives_in_jupyterlab(lab, trained):
    with chromium() as driver:

        def run(command):
            driver.execute_script("jupyterapp.commands.execute(arguments[0])", command)

        def printed():
            (*_, last) = driver.execute_script(NOTEBOOK)["cells"]
            return "".join(text for output in last["outputs"] for text in output["text"]).strip()

        driver.get(lab)
        wait(driver, lambda: driver.execute_script(KERNEL_IS_THERE), 60)
        run("notebook:run-all-cells")
        # Displayed twice, it moves twice.
        readings = '[data-number="time"]'
        wait(driver, lambda: len(driver.find_elements("css selector", readings)) == 2, 60)
        for panel in (0, 1):
            wait(driver, lambda panel=panel: number(driver, "time", panel) > 0.5)
        wait(driver, lambda: np.isfinite(number(driver, "kl")))
        # What it shows is what Python simulates.
        press(driver, "Pause")
        press(driver, "Begin anew")
        wait(driver, lambda: number(driver, "time") == 0.02)
        rest = trained.rest(steps=1, trials=20, seed=4)
        assert abs(number(driver, "here") - rest.decoded.values[0, 0, 0]) < 0.006
        # The other one goes on.
        at = number(driver, "time", 1)
        wait(driver, lambda: number(driver, "time", 1) > at)
        # What is set is known in Python.
        put(driver, "Noise of rest", "3")
        driver.execute_script("jupyterapp.shell.currentWidget.content.activeCellIndex = 3")
        wait(driver, lambda: run("notebook:run-cell") or printed() == "3 False")
        assert console(driver) == []
        asked = [urlsplit(url) for url in addresses(driver)]
        assert {url.netloc for url in asked if url.netloc} == {urlsplit(lab).netloc}
