# SPDX-License-Identifier: Apache-2.0
"""How each kind of node of a `torch.export` program becomes layers of a graph."""
