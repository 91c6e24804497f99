# SPDX-License-Identifier: Apache-2.0
"""Spiking networks in integers: what devices compute, bit for bit."""
