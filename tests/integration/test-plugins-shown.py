# SPDX-License-Identifier: GPL-3.0-or-later
"""What plugins show, in the real window: columns, pages of properties, side panels, previews and views. Each is there
when the plugin is on and gone when it is off, and one that fails is named and takes nothing else with it."""

import unittest

from plugin_tools import PluginTestCase
from window import wait_for

from gi.repository import Atspi  # noqa: E402

VIEW = '''
    def do_activate(self, host):
        host.add_view({view}, 'lanes', '_Zanes', 'view-list-symbolic', Pane.Needs.NAME)
        host.add_label(lambda request: request.set_label('lanes are there', None))

class {view}(Pane.CellView):
    __gtype_name__ = '{view}'
    def do_measure_cell(self, style):
        return 200, 40
    def do_draw_cell(self, cell, snapshot):
        {draws}
'''
RENDERER = '''
class {kind}(Pane.PreviewRenderer):
    __gtype_name__ = '{kind}'
    def do_rate(self, item):
        return 99 if item.get_name().endswith('.zog') else 0
    def do_render(self, item, scope):
        {renders}
'''
PLUGINS = {
    'extras': '''
    def do_activate(self, host):
        host.add_column('length', 'Letters', self.lengths)
        host.add_side_panel('panel', '_Zood Panel', None, lambda request: Gtk.Label(label='a good panel'))
        host.add_property_page('page', 'Good Page', lambda request: Gtk.Label(label='page of ' + request.get_names()[0]))
        host.add_preview(Zog, 'zog')
    def lengths(self, request):
        for name in request.get_names():
            request.set_text(name, f'{len(name)} letters')
''' + RENDERER.format(kind='Zog', renders='''
        from gi.repository import Thaw
        future = Thaw.Future.new('zog')
        future.resolve_object(Gtk.Label(label='the zog of ' + item.get_name()))
        return future'''),
    'weights': '''
    def do_activate(self, host):
        host.add_typed_column('weight', 'Weight', Pane.PluginColumnType.NUMBER, self.weigh)
    def weigh(self, request):
        for name in set(request.get_names()) - {'b.txt'}:
            request.set_value(name, 'some', {'a': 2, 'd': 10, 'e': 9}[name[0]])
''',
    'view': VIEW.format(view='Lanes', draws="cell.snapshot_name(snapshot, 4, 4, 190, 1, 0)"),
    'column': '''
    def do_activate(self, host):
        self.host = host
        host.add_column('bad', 'Badness', self.fail)
    def fail(self, request):
        self.host.changed(None)
        raise ValueError('no such column')
''',
    'page': '''
    def do_activate(self, host):
        host.add_property_page('page', 'Bad Page', lambda request: 1 / 0)
        host.add_side_panel('panel', '_Zad Panel', None, lambda request: 'no widget')
''',
    'draws': VIEW.format(view='Fails', draws="raise ValueError('no such picture')"),
    'slow': VIEW.format(view='Slow', draws="time.sleep(0.15)"),
    'renders': '''
    def do_activate(self, host):
        host.add_preview(Bad, 'bad')
''' + RENDERER.format(kind='Bad', renders="raise ValueError('no such preview')"),
}


class PluginsShownTest(PluginTestCase):
    plugins_in_python = PLUGINS

    def select_last(self, window):
        window.keys('Down', 'End')
        wait_for('c.zog', lambda: any(row.startswith('c.zog') for row in window.selected()))

    def choose_view(self, window, key):
        window.expect_text('lanes are there')
        next(node for node in window.nodes() if node.get_name() == 'How Folders Are Shown'
             and node.get_role() == Atspi.Role.TOGGLE_BUTTON).do_action(0)
        wait_for('the menu', window.menu_items)
        window.keys(key)
        wait_for('the menu to go', lambda: not window.menu_items())

    def test_there_when_on_and_gone_when_off(self):
        (self.folder / 'c.zog').write_text('z')
        with self.window('extras') as window:
            window.expect_text('a.txt, Plain text document, 5 bytes')
            wait_for('the column', lambda: 'Letters' in window.names()
                     and any(row.endswith(', 5 letters') for row in window.rows()))
            self.choose(window, 'z')
            window.expect_text('a good panel')
            self.select_last(window)
            window.keys('space')
            window.expect_text('the zog of c.zog')
            window.keys('Escape')
            window.keys('alt+Return')
            window.expect_text('page of c.zog')
            window.keys('Escape')
            wait_for('the page to go', lambda: not window.has_text('page of c.zog'))
            self.turn(window, 'Extras')
            wait_for('all to go', lambda: 'Letters' not in window.names() and not window.has_text('a good panel')
                     and not any(row.endswith(' letters') for row in window.rows()))
            window.keys('Escape')
            wait_for('the dialog to go', lambda: not window.has_text('fails three times'))
            window.click(window.rows()[2])
            window.keys('space')
            window.expect_text('3 of 3')
            self.assertFalse(window.has_text('the zog of'))
            window.keys('Escape')
            window.keys('alt+Return')
            window.expect_text('Permissions')
            self.assertFalse(window.has_text('page of'))
            window.keys('Escape')
            wait_for('the page to go', lambda: not window.has_text('Permissions'))
            self.turn(window, 'Extras')
            window.expect_text('a good panel')

    def expect_sort(self, window, names, sort):
        window.expect_rows(names)
        file = self.state / 'thaw-files' / 'state.ini'
        wait_for('it to be remembered', lambda: file.exists() and f'sort={sort}\n' in file.read_text())

    def test_a_column_sorts(self):
        for name in ('d.txt', 'e.txt'):
            (self.folder / name).write_text(name)
        with self.window('weights') as window:
            window.expect_rows(['a.txt', 'b.txt', 'd.txt', 'e.txt'])
            window.activate('Weight')
            self.expect_sort(window, ['d.txt', 'e.txt', 'a.txt', 'b.txt'], 'bad_weights/weight')
            window.activate('Weight')
            window.expect_rows(['a.txt', 'e.txt', 'd.txt', 'b.txt'])
            for names in (['a.txt', 'b.txt', 'd.txt', 'e.txt'], ['a.txt', 'e.txt', 'd.txt', 'b.txt']):
                self.turn(window, 'Weights')
                wait_for(f'rows {names}', lambda names=names: [row.split(',')[0] for row in window.rows()][:4] == names)
            window.keys('Escape')
            wait_for('the dialog to go', lambda: not window.has_text('fails three times'))
            (self.folder / 'e.txt').rename(self.folder / 'a2.txt')
            window.expect_rows(['a.txt', 'a2.txt', 'd.txt', 'b.txt'])
            window.activate('Name')
            self.expect_sort(window, ['a.txt', 'a2.txt', 'b.txt', 'd.txt'], 'name')

    def test_a_view_comes_and_goes(self):
        with self.window('view') as window:
            window.expect_rows(['a.txt', 'b.txt'])
            wait_for('the header', lambda: 'Modified' in window.names())
            self.choose_view(window, 'z')
            wait_for('the header to go', lambda: 'Modified' not in window.names())
            window.expect_rows(['a.txt', 'b.txt'])
            self.turn(window, 'View')
            wait_for('the list', lambda: 'Modified' in window.names())
            window.keys('Escape')
            window.expect_rows(['a.txt', 'b.txt'])

    def test_bad_ones_are_named(self):
        (self.folder / 'c.zog').write_text('z')
        with self.window('column', 'page', 'renders') as window:
            wait_for('the column to be out', lambda: 'Badness' not in window.names()
                     and self.states().get('bad_column', '').startswith('out “Column” has a fault'))
            self.select_last(window)
            window.keys('space')
            window.expect_text('“Renders” has a fault: ValueError: no such preview')
            window.keys('Escape')
            window.keys('alt+Return')
            window.expect_text('Permissions')
            window.keys('Escape')
            wait_for('the page to go', lambda: not window.has_text('Permissions'))
            window.expect_text('“Page” has a fault: ZeroDivisionError', 20)

    def test_bad_views_are_named(self):
        with self.window('draws') as window:
            window.expect_rows(['a.txt', 'b.txt'])
            self.choose_view(window, 'z')
            wait_for('it to be out', lambda: self.states().get('bad_draws', '').startswith('out “Draws” has a fault'))
            wait_for('the list', lambda: 'Modified' in window.names())
            window.expect_rows(['a.txt', 'b.txt'])
        with self.window('slow', THAW_GUARD='') as window:  # it blocks on purpose
            window.expect_rows(['a.txt', 'b.txt'])
            self.choose_view(window, 'z')
            window.expect_text('“Slow” held up the window')


if __name__ == '__main__':
    unittest.main(verbosity=2)
