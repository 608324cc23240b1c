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
            group = key["path"].partition(".")[0] if "." in key["path"] else "experiment"
            groups.setdefault(group, []).append(_described(key))
        page = "\n".join(f"## {group}\n\n{''.join(keys)}" for group, keys in groups.items())
        return self.parse_text_to_nodes(page, allow_section_headings=True)


def _described(key):
    """Return a key as an item of a list: its path, meaning, unit, values and defaults."""
    task = f" ({_words(key['task'])})" if key["task"] else ""
    facts = [f"unit {key['unit']}"] if key["unit"] else []
    facts += [f"one of {_code(key['choices'])}"] if key["choices"] else []
    facts += ["default " + " or ".join(map(_default, key["defaults"]))] if key["defaults"] else []
    closing = f" *{'; '.join(facts)}.*" if facts else ""
    return f"- `{key['path']}`{task}: {key['meaning']}.{closing}\n"


def _default(found):
    of = ", ".join(_words(found[name]) for name in ("network", "task") if found[name])
    value = json.dumps(found["value"], ensure_ascii=False).strip('"') or "none"
    return f"`{value}`" + (f" ({of})" if of else "")


def _code(values):
    return ", ".join(f"`{value}`" for value in values)


def _words(name):
    return name.replace("_", " ")


def setup(app):
    """Register the directives."""
    app.add_directive("quiescent-commands", Commands)
    app.add_directive("quiescent-keys", Keys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
