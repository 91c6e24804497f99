# SPDX-License-Identifier: Apache-2.0
"""Events: what happened when in which channel, on disk, in memory and in bins."""
