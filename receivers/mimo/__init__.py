# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users on one resource element at a time."""
