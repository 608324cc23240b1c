"""The documentation's site: `python -m sphinx --fail-on-warning docs OUT`, as test.sh does.

Nothing is fetched while it is built, and its pages load nothing from other hosts. Pages about
commands, keys and functions are made of the installed package.
"""

import sys
from pathlib import Path

import quiescent

sys.path.append(str(Path(__file__).parent / "_ext"))

project = "quiescent"
author = "The quiescent developers"
version = release = quiescent.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "mathml",
    "reference",
]
exclude_patterns = ["_build"]

# Markdown as GitHub shows it, too: equations in dollars, links to headings and files.
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4

# Notebooks are executed anew by every build. A cell that raises, or writes to the standard error
# stream, is an error of the build.
nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_output_stderr = "error"

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"quiescent {version}"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
