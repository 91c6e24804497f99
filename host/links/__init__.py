# SPDX-License-Identifier: Apache-2.0
"""Byte links to devices."""
