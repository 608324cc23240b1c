"""Equations as MathML, which browsers show without a script."""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import SphinxError


def _converted(node, display):
    try:
        return convert(node.astext().strip(), display=display)
    except Exception as error:
        raise SphinxError(f"{node.source}:{node.line}: {node.astext()}: {error!r}") from error


def _inline(translator, node):
    translator.body.append(_converted(node, "inline"))
    raise nodes.SkipNode


def _block(translator, node):
    equation = _converted(node, "block")
    translator.body.append(f'<div class="math">{equation}</div>')
    raise nodes.SkipNode


def setup(app):
    """Register the renderer for `html_math_renderer`."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
