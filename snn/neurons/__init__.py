# SPDX-License-Identifier: Apache-2.0
"""Spiking neurons: each its differential equation, and what it becomes at a time step."""
