# SPDX-License-Identifier: Apache-2.0
"""The air: numerology, channels, scenarios and their drift."""
