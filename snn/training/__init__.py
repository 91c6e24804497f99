# SPDX-License-Identifier: Apache-2.0
"""Training spiking networks on recordings of events."""
