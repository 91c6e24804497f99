# SPDX-License-Identifier: Apache-2.0
"""Detectors of several users as devices run them: packed elements, integers, images."""
