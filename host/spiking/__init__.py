# SPDX-License-Identifier: Apache-2.0
"""Spiking networks: trained at one time step and run at others; and the events they take."""
