# SPDX-License-Identifier: Apache-2.0
"""What a report says and draws of spiking networks, and of their events."""
