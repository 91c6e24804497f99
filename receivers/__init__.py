# SPDX-License-Identifier: Apache-2.0
"""OFDM receivers: classical, genie and neural."""
