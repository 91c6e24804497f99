# SPDX-License-Identifier: Apache-2.0
"""The report of an experiment with detectors of several users."""
