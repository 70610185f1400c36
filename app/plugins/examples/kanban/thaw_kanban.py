# SPDX-License-Identifier: LGPL-2.1-or-later
"""A board of files by tag, as an example of a canvas whose entries are anywhere. Tags are those of the attribute
`user.xdg.tags`: the plugin reads and writes them on its own thread, and the view looks up what is known of them."""
import os

import gi
gi.require_version('Pane', '1')
from gi.repository import Pane, Gdk, GLib, GObject, Graphene, Gtk  # noqa: E402

STAGES = ['No Stage', 'To Do', 'Doing', 'Done']
LIMIT, MARGIN, POINT = 2000, 8, Graphene.Point()  # so many have their tags read: a board with more cards isn't one


class KanbanView(Pane.CanvasView):
    __gtype_name__ = 'ThawKanbanView'

    def __init__(self):
        super().__init__()
        self.data = Pane.PluginData.get_default()
        self.set_icon_sizes([24, 32, 48], 1)
        target = Gtk.DropTarget.new(Gdk.FileList, Gdk.DragAction.COPY | Gdk.DragAction.MOVE)
        target.connect('accept', lambda target, drop: (  # what comes from elsewhere is copied as ever
            drop.get_drag() is not None and target.get_formats().match(drop.get_formats())))
        target.connect('drop', lambda target, files, x, _: target.get_widget().get_ancestor(KanbanView).drop(files, x))
        self.get_scrolled().get_child().add_controller(target)

    def do_map(self):
        Pane.CanvasView.do_map(self)
        self.handler = self.data.connect('changed', lambda _: self.changed())

    def do_unmap(self):
        self.data.disconnect(self.handler)
        Pane.CanvasView.do_unmap(self)

    def mirror(self, column):
        return len(STAGES) - 1 - column if self.get_direction() == Gtk.TextDirection.RTL else column

    def do_lay_out(self, width, height):
        style, self.columns = self.get_style(), [[] for _ in STAGES]
        self.width, self.height = max(width // len(STAGES), 1), max(style.icon_size, 2 * style.line_height) + 2 * MARGIN
        for position in range(min(self.get_n(), LIMIT)):
            stage = self.data.get_text(self.get_model(), self.get_id(position), 'thaw_kanban/stage')
            self.columns[STAGES.index(stage) if stage in STAGES else 0].append(position)
        self.places = {p: (stage, line) for stage, column in enumerate(self.columns) for line, p in enumerate(column)}
        self.rest, self.columns[0] = len(self.columns[0]) - LIMIT, [*self.columns[0], *range(LIMIT, self.get_n())]
        return width, self.height + max(map(len, self.columns)) * self.height + MARGIN

    def do_get_area(self, position):
        stage, line = self.places.get(position) or (0, position + self.rest)
        return stage * self.width + MARGIN // 2, self.height + line * self.height, self.width - MARGIN, self.height - MARGIN

    def do_find_range(self, x, y, width, height):
        first, end = max(y - self.height, 0) // self.height, max(y + height - self.height, 0) // self.height + 1
        found = [position for column in self.columns for position in column[first:end]]
        return (min(found), max(found) + 1) if found else (0, 0)

    def do_draw_below(self, snapshot, x, y, width, height):
        snapshot.translate(POINT.init(2 * MARGIN, self.height // 3))
        for stage in map(self.mirror, range(len(STAGES))):
            snapshot.append_layout(self.create_pango_layout(f'{STAGES[stage]}  {len(self.columns[stage])}'), self.get_color())
            snapshot.translate(POINT.init(self.width, 0))

    def do_draw_cell(self, cell, snapshot):
        width, size, top = cell.get_width(), cell.get_style().icon_size, cell.get_height() // 2
        cell.snapshot_icon(snapshot, width - MARGIN - size if cell.is_rtl() else MARGIN, top - size / 2, size)
        cell.snapshot_name(snapshot, size + 2 * MARGIN, top - cell.get_style().line_height, width - size - 3 * MARGIN, 2, 0)

    def drop(self, files, x):
        stage = self.mirror(min(int(x / self.width), len(STAGES) - 1))
        return (files.get_files()[0].has_parent(self.get_model().get_folder().get_location())
                and self.activate_action('app.plugin-operation', GLib.Variant('s', f'thaw_kanban/{stage}')))


class Kanban(GObject.Object, Pane.Plugin):
    def do_activate(self, host):
        host.add_view(KanbanView, 'kanban', 'Kanban', 'view-columns-symbolic', Pane.Needs.NAME)
        host.add_column('stage', 'Stage', self.say)
        host.add_menu(Pane.PluginPlace.FILE, lambda request: [request.add_item(str(i), s, None) for i, s in enumerate(STAGES)])
        for i, stage in enumerate(STAGES):
            host.add_operation(str(i), stage, lambda request, stage=stage: self.move(host, request, stage))

    def read(self, path):
        try:
            return os.getxattr(path, 'user.xdg.tags').decode(errors='replace').split(',')
        except OSError:  # has none, or can't have any
            return []

    def say(self, request):
        for i, name in enumerate(request.get_names() if request.get_path() else []):
            [request.set_value(name, t, STAGES.index(t)) for t in self.read(request.dup_file(i).get_path()) if t in STAGES[1:]]

    def move(self, host, request, stage):
        try:
            for path in [request.dup_file(i).get_path() for i in range(request.get_n_names())]:
                tags = [stage] * (stage != STAGES[0]) + [tag for tag in self.read(path) if tag and tag not in STAGES]
                os.setxattr(path, 'user.xdg.tags', ','.join(tags).encode())
        except (OSError, TypeError) as error:  # a server's files have no path
            request.fail(str(error))
        host.changed(request.get_location())
