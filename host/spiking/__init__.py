# SPDX-License-Identifier: Apache-2.0
"""Experiments with spiking networks: trained at some time steps, run at others."""
