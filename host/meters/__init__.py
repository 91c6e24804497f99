# SPDX-License-Identifier: Apache-2.0
"""Energy meters: what a run of a network takes out of a board's supply, window by window."""
