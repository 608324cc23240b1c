"""Directives whose content comes from the installed package, so that it is never stale."""

import json
import subprocess
import sys

from sphinx.util.docutils import SphinxDirective

import quiescent


class Commands(SphinxDirective):
    """The sections of every command of `quiescent`, from its own description."""

    def run(self):
        """Return the parsed sections."""
        self.env.note_reread()
        command = [sys.executable, "-m", "quiescent", "man", "--markdown"]
        page = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
        # The page that holds them has a title of its own.
        page = page.partition("\n")[2]
        return self.parse_text_to_nodes(page, allow_section_headings=True)


class Keys(SphinxDirective):
    """A section for each group of an experiment's keys, with their units and defaults."""

    def run(self):
        """Return the parsed sections."""
        self.env.note_reread()
        groups = {}
        for key in quiescent.keys():
            group = key["path"].partition(".")[0] if "." in key["path"] else "the experiment"
            groups.setdefault(group, []).append(_described(key))
        page = "\n".join(f"## {group}\n\n{''.join(keys)}" for group, keys in groups.items())
        return self.parse_text_to_nodes(page, allow_section_headings=True)


def _described(key):
    """Return a key as an item of a list: its path, unit, meaning, values and defaults."""
    notes = [note for note in (key["unit"], _words(key["task"])) if note]
    parts = [f"- `{key['path']}`" + (f" ({'; '.join(notes)})" if notes else "")]
    parts.append(f": {key['meaning']}.")
    if key["choices"]:
        parts.append(" One of " + ", ".join(f"`{choice}`" for choice in key["choices"]) + ".")
    if key["defaults"]:
        defaults = (_default(found, key["task"]) for found in key["defaults"])
        parts.append(f" Default {' or '.join(defaults)}.")
    return "".join(parts) + "\n"


def _default(found, task):
    """Return a default, with the kinds of network and task that it is for if there are others."""
    of = [_words(kind) for kind in (found["network"], found["task"]) if kind not in (None, task)]
    value = json.dumps(found["value"], ensure_ascii=False)
    return f"`{value}`" + (f" ({', '.join(of)})" if of else "")


def _words(name):
    return (name or "").replace("_", " ")


def setup(app):
    """Register the directives."""
    app.add_directive("quiescent-commands", Commands)
    app.add_directive("quiescent-keys", Keys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
