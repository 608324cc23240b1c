"""Equations as MathML, which browsers show without a script."""

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml, unichar2tex
from sphinx.util import logging

logger = logging.getLogger(__name__)


def _visit(translator, node):
    block = isinstance(node, nodes.math_block)
    tex = node.astext().strip().translate(unichar2tex.uni2tex_table)
    try:
        equation = latex2mathml.tex2mathml(tex, as_block=block)
    except MathError as error:
        logger.warning("%s: %s", error, tex, location=node)
        equation = f"<code>{translator.encode(tex)}</code>"
    # A bar with an index would grow with the line, but not its partner.
    equation = equation.replace(">‖</mo>", ' stretchy="false">‖</mo>')
    translator.body.append(f'<div class="math">{equation}</div>' if block else equation)
    raise nodes.SkipNode


def setup(app):
    """Register the renderer for `html_math_renderer`."""
    app.add_html_math_renderer("mathml", (_visit, None), (_visit, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
