# SPDX-License-Identifier: LGPL-2.1-or-later
"""A view of broad tiles, as an example of a view of cells in Python: it says how large a tile is and draws it, all else
is the host's."""
import gi
gi.require_version('Pane', '1')
from gi.repository import GObject, Pane  # noqa: E402

MARGIN = 8
CHARS = 24


class TilesView(Pane.CanvasView):
    __gtype_name__ = 'ThawTilesView'

    def __init__(self):
        super().__init__()
        self.set_icon_sizes([48, 64, 96], 1)

    def do_measure_cell(self, style):
        width = style.icon_size + CHARS * style.char_width + 3 * MARGIN
        return width, max(style.icon_size, 3 * style.line_height) + 2 * MARGIN

    def do_draw_cell(self, cell, snapshot):
        style = cell.get_style()
        width, height, size = cell.get_width(), cell.get_height(), style.icon_size
        start = size + 2 * MARGIN
        top = (height - 3 * style.line_height) // 2
        details = (Pane.EntryDetail.NAME, 1), (Pane.EntryDetail.TYPE, 0.65), (Pane.EntryDetail.SIZE, 0.65)
        cell.snapshot_icon(snapshot, width - MARGIN - size if cell.is_rtl() else MARGIN, (height - size) / 2, size)
        for line, (detail, opacity) in enumerate(details):
            cell.snapshot_words(snapshot, cell.dup_detail(detail), start, top + line * style.line_height,
                                width - start - MARGIN, 1, 0, opacity)


class Tiles(GObject.Object, Pane.Plugin):
    def do_activate(self, host):
        host.add_view(TilesView, 'tiles', 'Tiles', 'view-grid-symbolic', Pane.Needs.STAT | Pane.Needs.THUMBNAIL)

    def do_deactivate(self):
        pass
