# SPDX-License-Identifier: Apache-2.0
"""What makes a network smaller: quantization and its fixed-point arithmetic."""
