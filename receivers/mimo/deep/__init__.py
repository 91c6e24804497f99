# SPDX-License-Identifier: Apache-2.0
"""Detectors that learn: from a block's pilots, or beforehand from many channels."""
