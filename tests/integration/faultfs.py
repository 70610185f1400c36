# SPDX-License-Identifier: GPL-3.0-or-later
"""A file system that fails to order: the kit's faultfs over a scratch folder."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from window import wait_for

FAULTFS = os.environ.get('THAW_FAULTFS', '')
needs_faultfs = unittest.skipUnless(os.access(FAULTFS, os.X_OK) and os.access('/dev/fuse', os.W_OK),
                                    'needs faultfs and FUSE')


class FaultFs:
    """`mount` shows `real`, with the faults of order(). The test has it removed at its end."""

    def __init__(self, test):
        self.scratch = Path(tempfile.mkdtemp(prefix='thaw-fault-'))
        self.real, self.mount = self.scratch / 'real', self.scratch / 'mnt'
        for folder in (self.real, self.mount):
            folder.mkdir()
        self.server = subprocess.Popen([FAULTFS, '-f', self.real, self.mount], stderr=subprocess.DEVNULL)
        test.addCleanup(self.clean_up)
        wait_for('the mount', self.mount.is_mount)

    def clean_up(self):
        try:
            self.order('release')
        except OSError:
            pass
        subprocess.run(['fusermount3', '-uz', self.mount], check=False)
        self.server.terminate()
        self.server.wait(10)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def order(self, text):
        (self.mount / '.faultfs').write_text(text + '\n')

    def n_hits(self):
        """How often a fault was given, of the rules that are set."""
        return sum(int(n) for n in re.findall(r'\bfired=(\d+)', (self.mount / '.faultfs').read_text()))
