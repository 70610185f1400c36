# SPDX-License-Identifier: LGPL-2.1-or-later
"""A view of names under their first letters, as an example of a canvas in Python: entries flow, in groups. Which group an
entry is in is a number that the view makes up."""
import gi
gi.require_version('Pane', '1')
from gi.repository import GObject, Pane  # noqa: E402

MARGIN = 6
CHARS = 24
FOLDERS = -1


class LettersView(Pane.CanvasView):
    __gtype_name__ = 'ThawLettersView'

    def __init__(self):
        super().__init__()
        self.set_icon_sizes([16, 24, 32], 1)

    def do_get_group(self, entry):
        store = self.get_model().get_store()
        if store.is_folder(entry):
            return FOLDERS
        letter = store.dup_display_name(entry)[:1].upper()
        return ord(letter) if letter.isalpha() else 0

    def do_dup_group_title(self, group):
        return 'Folders' if group == FOLDERS else chr(group) if group else '#'

    def do_measure_cell(self, style):
        return style.icon_size + CHARS * style.char_width + 3 * MARGIN, max(style.icon_size, style.line_height) + MARGIN

    def do_draw_cell(self, cell, snapshot):
        style = cell.get_style()
        width, height, size = cell.get_width(), cell.get_height(), style.icon_size
        start = size + 2 * MARGIN
        cell.snapshot_icon(snapshot, width - MARGIN - size if cell.is_rtl() else MARGIN, (height - size) / 2, size)
        cell.snapshot_name(snapshot, start, (height - style.line_height) // 2, width - start - MARGIN, 1, 0)


class Letters(GObject.Object, Pane.Plugin):
    def do_activate(self, host):
        host.add_view(LettersView, 'letters', 'Letters', 'view-list-symbolic', Pane.Needs.NAME)

    def do_deactivate(self):
        pass
