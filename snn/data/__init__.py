# SPDX-License-Identifier: Apache-2.0
"""Data sets of events, and of sound that becomes events."""
