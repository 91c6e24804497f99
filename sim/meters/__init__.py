# SPDX-License-Identifier: Apache-2.0
"""Energy meters that play back a trace in their own protocols; the doubles of the instruments."""
