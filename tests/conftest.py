# SPDX-License-Identifier: Apache-2.0
"""What every test run shares: one thread a process, and property tests that repeat exactly."""

import os

from hypothesis import settings

# Before torch is imported by any test: the results must not depend on the machine's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("airloop", deadline=None, derandomize=True)
settings.load_profile("airloop")
