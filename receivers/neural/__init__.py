# SPDX-License-Identifier: Apache-2.0
"""The convolutional receiver: one small network from received grid to log-likelihood ratios."""
