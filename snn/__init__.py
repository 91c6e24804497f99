# SPDX-License-Identifier: Apache-2.0
"""Spiking neurons, networks of them, and their adaptation."""
