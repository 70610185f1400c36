# SPDX-License-Identifier: GPL-3.0-or-later
"""Places that aren't folders on a disk: servers that ask something first, recent files, volumes. Skipped without gvfs."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi  # noqa: E402

from davserver import DavServer, end_daemons, make_certificate, needs_gvfs  # noqa: E402
from window import PatientTestCase, Timeout, wait_for, Window  # noqa: E402

PATIENCE = 30.0  # gvfs and its daemons have to be started first
TITLE = '“127.0.0.1” Asks for a Password'
NAMES = ['a', 'b']


def focused_field(window):
    """The label of the entry that has the focus: that is on the text inside it."""
    for node in window.nodes():
        if node.get_state_set().contains(Atspi.StateType.FOCUSED):
            return node.get_name()
    return None


@needs_gvfs
class QuestionTest(PatientTestCase):
    @classmethod
    def tearDownClass(cls):
        end_daemons()

    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-places-'))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)

    def expect_question(self, window):
        window.expect_text(TITLE, PATIENCE)
        window.expect_text('Password')

    def expect_field(self, window, name):
        wait_for(f'the focus on {name}', lambda: focused_field(window) == name)

    def test_a_password(self):
        server = DavServer(self, NAMES, asks=True)
        with Window(server.uri) as window:
            self.expect_question(window)
            window.expect_text('the vault')
            window.expect_text('Remember Password')
            self.assertFalse(window.has_text('not accepted'))
            self.expect_field(window, 'User Name')
            window.type('me')
            window.focus('Password')
            window.type('wrong')
            window.keys('Return')
            window.expect_text('not accepted', PATIENCE)
            self.expect_field(window, 'Password')
            window.type('secret')
            window.keys('Return')
            window.expect_rows(NAMES, PATIENCE)
            self.assertFalse(window.has_text(TITLE))

    def test_cancel_and_try_again(self):
        server = DavServer(self, NAMES, asks=True)
        with Window(server.uri) as window:
            self.expect_question(window)
            self.expect_field(window, 'User Name')
            window.keys('Escape')
            window.expect_text('Not Connected', PATIENCE)
            window.activate('Try Again')
            self.expect_question(window)
            self.assertFalse(window.has_text('not accepted'))
            window.activate('Cancel')
            window.expect_text('Not Connected', PATIENCE)

    def test_leaving_refuses(self):
        server = DavServer(self, NAMES, asks=True)
        (self.scratch / 'deep.txt').write_text('')
        with Window(self.scratch) as window:
            window.expect_rows(['deep.txt'])
            window.keys('ctrl+l')
            window.expect_focus('Location')
            window.type(server.uri)
            window.keys('Return')
            self.expect_question(window)
            window.keys('alt+Left')
            window.expect_rows(['deep.txt'])
            self.assertFalse(window.has_text(TITLE))
            window.keys('alt+Right')
            self.expect_question(window)
            self.assertFalse(window.has_text('not accepted'))

    def test_other_tabs_go_on(self):
        server = DavServer(self, NAMES, asks=True)
        (self.scratch / 'deep.txt').write_text('')
        with Window(self.scratch, server.uri) as window:
            window.expect_rows(['deep.txt'])
            window.keys('ctrl+Page_Down')
            self.expect_question(window)
            window.keys('ctrl+Page_Up')
            window.expect_rows(['deep.txt'])
            window.keys('ctrl+Page_Down')
            self.expect_question(window)

    @unittest.skipUnless(shutil.which('openssl'), 'openssl is not installed')
    def test_a_server_nobody_knows(self):
        server = DavServer(self, NAMES, certificate=make_certificate(self.scratch))
        with Window(server.uri) as window:
            window.expect_text('“127.0.0.1” Asks', PATIENCE)
            window.expect_focus('“127.0.0.1” Asks')
            # A key held down trusts nobody.
            window.keys('Return', 'space')
            window.expect_text('“127.0.0.1” Asks')
            window.activate('Yes')
            window.expect_rows(NAMES, PATIENCE)


@needs_gvfs
class MadeUpPlacesTest(PatientTestCase):
    @classmethod
    def tearDownClass(cls):
        end_daemons()

    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-places-'))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)

    def test_titles(self):
        for uri, title in (('trash:///', 'Trash'), ('recent:///', 'Recent'), ('computer:///', 'Computer'),
                           ('network:///', 'Network')):
            with Window(uri) as window:
                window.expect_title(title)

    def add_recent(self, target):
        data = Path(os.environ['XDG_DATA_HOME'])
        data.mkdir(parents=True, exist_ok=True)
        (data / 'recently-used.xbel').write_text(f'''<?xml version="1.0" encoding="UTF-8"?>
<xbel version="1.0" xmlns:bookmark="http://www.freedesktop.org/standards/desktop-bookmarks"
      xmlns:mime="http://www.freedesktop.org/standards/shared-mime-info">
  <bookmark href="{target.as_uri()}" added="2026-01-01T00:00:00Z" modified="2026-01-01T00:00:00Z" visited="2026-01-01T00:00:00Z">
    <info><metadata owner="http://freedesktop.org"><mime:mime-type type="text/plain"/>
      <bookmark:applications><bookmark:application name="test" exec="test %u" modified="2026-01-01T00:00:00Z" count="1"/>
      </bookmark:applications></metadata></info>
  </bookmark>
</xbel>''')

    def set_application(self):
        """One that writes down what it is given."""
        opened = self.scratch / 'opened'
        script = self.scratch / 'open'
        script.write_text(f'#!/bin/sh\necho "$1" >{opened}.new\nmv {opened}.new {opened}\n')
        script.chmod(0o755)
        applications = Path(os.environ['XDG_DATA_HOME'], 'applications')
        applications.mkdir(parents=True, exist_ok=True)
        (applications / 'notes.desktop').write_text(
            f'[Desktop Entry]\nType=Application\nName=Notes\nExec={script} %f\nMimeType=text/plain;\n')
        (applications / 'mimeapps.list').write_text('[Default Applications]\ntext/plain=notes.desktop\n')
        return opened

    def test_a_recent_file_opens(self):
        target = self.scratch / 'Letter & more.txt'
        target.write_text('x')
        self.add_recent(target)
        opened = self.set_application()
        with Window('recent:///') as window:
            window.expect_rows([target.name], PATIENCE)
            window.keys('Down')
            window.expect_focus(target.name)
            window.keys('Return')
            try:
                wait_for('the application', opened.exists)
            except Timeout as error:
                raise Timeout(f'{error}; the focus is on {window.focused()}, shown are {window.names()}') from None
            self.assertEqual(opened.read_text().strip(), str(target))

    def test_a_volume_opens(self):
        root = subprocess.run(['ls', '/'], capture_output=True, text=True, check=True).stdout.split()
        with Window('computer:///') as window:
            wait_for('the file system', lambda: any(window.rows()), PATIENCE)
            window.type('file')
            window.keys('Return')
            wait_for('the root', lambda: {'etc', 'usr'} & {row.split(',')[0] for row in window.rows()}, PATIENCE)
            self.assertIn('etc', root)


if __name__ == '__main__':
    unittest.main(verbosity=2)
