# SPDX-License-Identifier: Apache-2.0
"""Studies of the linear models of `receivers.theory`: what is computed, tabulated and drawn."""
