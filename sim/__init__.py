# SPDX-License-Identifier: Apache-2.0
"""What stands in for the world: transmitter, slots, codec, emulated boards, faults."""
