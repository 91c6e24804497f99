# SPDX-License-Identifier: Apache-2.0
"""Spiking networks to and from other tools, by the Neuromorphic Intermediate Representation."""
