# SPDX-License-Identifier: Apache-2.0
"""Spiking networks and their data, as the command line works with them."""
