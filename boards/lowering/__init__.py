# SPDX-License-Identifier: Apache-2.0
"""From an operator of a graph to the operators of an image: one, several, or none."""
