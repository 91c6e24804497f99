# SPDX-License-Identifier: Apache-2.0
"""Receivers that keep learning while they detect, from the reference signals of the slots."""
