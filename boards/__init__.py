# SPDX-License-Identifier: Apache-2.0
"""The device: board files, the network graph, quantization, compilation and the image."""
