"""The viewer in notebooks: an anywidget that draws what this process simulates."""

from __future__ import annotations

import json
from typing import Any

import anywidget
import traitlets

from quiescent import _native

#: Most sessions of one widget: two for each place where it is displayed.
_MOST_SESSIONS = 16


class View(anywidget.AnyWidget):
    """Networks awake and at rest, moving; see :meth:`quiescent.Network.view`.

    `state` is what is set, as plain data: which network each panel shows and how, whether it
    plays, and how fast. It follows the controls.
    """

    _esm, _css = _native.viewer_assets()
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, gallery: _native.ViewGallery, state: dict[str, Any]) -> None:
        super().__init__(state=state)
        self._gallery = gallery
        self._sessions: dict[str, _native.ViewSession] = {}
        self.on_msg(self._receive)

    def _receive(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        name, request = content["session"], content["request"]
        if request == '{"type":"open"}':
            session, hello = self._gallery.open()
            self._sessions[name] = session
            while len(self._sessions) > _MOST_SESSIONS:
                # The oldest, most likely of a display that is gone: dictionaries keep the order of
                # insertion.
                del self._sessions[next(iter(self._sessions))]
            self.send({"session": name, "text": hello})
        elif request == '{"type":"close"}':
            self._sessions.pop(name, None)
        elif name in self._sessions:
            for answer in self._sessions[name].receive(request):
                if isinstance(answer, bytes):
                    self.send({"session": name}, buffers=[answer])
                else:
                    self.send({"session": name, "text": answer})
        else:
            message = "This display was closed, since there are many others. Run its cell again."
            self.send({"session": name, "text": json.dumps({"type": "ended", "message": message})})
